"""How quick the emulator is: seeding 100,000 customers, and simple reads on one core.

    python bench/emulator.py

The emulator runs in a process of its own, tied to one core where the system allows that. Processor seconds are what
counts: they do not depend on what else the machine does. Memory is the resident set right after the start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

CUSTOMERS = 100_000
SECONDS = 6.0
CALLERS = 8


@contextmanager
def emulator(customers: int) -> Iterator[tuple[int, dict[str, Any], float]]:
    """Starts one; gives its process id, the ready object, and the seconds until it was ready."""
    command = [sys.executable, "-m", "novation.emulator", "--port", "0", "--control-port", "0", "--rate", "0"]
    command += ["--customers", str(customers), "--with-parent"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(process.pid))})
        ready = json.loads(process.stdout.readline())
        yield process.pid, ready, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int, what: str = "VmRSS") -> float:
    """Memory of a process: now, or with ``VmHWM`` the most so far."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith(what))
    return int(line.split()[1]) / 1024


def _token(ready: dict[str, Any]) -> str:
    account = ready["accounts"]["source"]
    form = {
        "grant_type": "client_credentials", "client_id": account["client_id"],
        "client_secret": account["client_secret"], "resource": "https://api.partnercenter.microsoft.com",
    }  # fmt: skip
    connection = HTTPConnection(str(urlsplit(ready["login"]).netloc), timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/{account['tenant_id']}/oauth2/token", urlencode(form), kind)
    return str(json.loads(connection.getresponse().read())["access_token"])


def _customers(ready: dict[str, Any], count: int) -> list[str]:
    connection = HTTPConnection(str(urlsplit(ready["control"]).netloc), timeout=60)
    connection.request("GET", f"/customers?limit={count}")
    return [item["tenantId"] for item in json.loads(connection.getresponse().read())["items"]]


def reads(pid: int, ready: dict[str, Any]) -> dict[str, float]:
    """Reads of one customer each, for some seconds, over a few connections: a second, and a processor second."""
    host, headers = str(urlsplit(ready["api"]).netloc), {"Authorization": f"Bearer {_token(ready)}"}
    tenants = _customers(ready, 200)
    counts, stop = [0] * CALLERS, threading.Event()

    def caller(number: int) -> None:
        connection, place = HTTPConnection(host, timeout=30), number
        while not stop.is_set():
            connection.request("GET", f"/v1/customers/{tenants[place % len(tenants)]}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"HTTP {answer.status}")
            counts[number] += 1
            place += CALLERS
        connection.close()

    began, spent = time.perf_counter(), processor_seconds(pid)
    callers = [threading.Thread(target=caller, args=(number,)) for number in range(CALLERS)]
    for thread in callers:
        thread.start()
    stop.wait(SECONDS)
    stop.set()
    for thread in callers:
        thread.join()
    wall, used = time.perf_counter() - began, processor_seconds(pid) - spent
    return {"per_second": sum(counts) / wall, "per_processor_second": sum(counts) / max(used, 0.01)}


def measure() -> dict[str, Any]:
    """The figures, and whether the goals are met: 30 s, 2 GB, 1,500 reads a second of one core."""
    with emulator(CUSTOMERS) as (pid, ready, seconds):
        seeded = processor_seconds(pid)
        most = resident_megabytes(pid, "VmHWM")
        speed = reads(pid, ready)
    return {
        "customers": CUSTOMERS,
        "ready_after_seconds": round(seconds, 1),
        "seed_processor_seconds": round(seeded, 1),
        "most_memory_mb": round(most),
        "reads_per_second": round(speed["per_second"]),
        "reads_per_processor_second": round(speed["per_processor_second"]),
        "kept": seeded < 30 and most < 2048 and speed["per_processor_second"] >= 1500,
    }


def main() -> int:
    """Prints the figures; 0 if the goals are met."""
    result = measure()
    for name, value in result.items():
        print(f"{name:28} {value}")
    return 0 if result["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())

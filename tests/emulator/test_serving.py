"""The program: ready line, ports, clock file, clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from novation.emulator import serve
from novation.emulator.partners import SOURCE, TARGET


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [
        sys.executable,
        "-m",
        "novation.emulator",
        "--port",
        "0",
        "--control-port",
        "0",
        "--customers",
        "5",
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def test_the_ready_line_has_all_that_a_client_needs_and_the_documented_secrets() -> None:
    with started("--seed", "9", "--faults", "default") as (process, ready):
        assert ready["ready"] is True
        assert (ready["customers"], ready["seed"], ready["faults"]) == (5, 9, "default")
        assert (
            ready["accounts"]["source"]["client_secret"]
            == SOURCE.client_secret
            == "emulator-source-client-secret"
        )
        assert (
            ready["accounts"]["target"]["tenant_id"]
            == TARGET.tenant_id
            == "bbbbbbbb-0001-4000-8000-bbbbbbbbbbbb"
        )
        with httpx2.Client(trust_env=False) as http:
            assert http.get(ready["control"] + "/ready").json() == ready
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0
        assert out == ""
        assert "Partner Center emulator" in err
        assert "Traceback" not in err


def test_a_taken_port_gives_one_sentence_and_exit_code_two() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "novation.emulator", "--port", port, "--control-port", "0", "--customers", "1"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert port in done.stderr


def test_bad_input_gives_exit_code_two() -> None:
    assert serve.main(["--start", "yesterday"]) == 2
    assert serve.main(["--customers", "-1"]) == 2


def test_the_clock_file_lets_another_process_know_the_time(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    with started("--clock-file", str(path), "--speed", "86400", "--start", "2027-01-01T00:00:00Z") as (
        _,
        ready,
    ):
        state = json.loads(path.read_text())
        assert (state["anchor"], state["speed"]) == ("2027-01-01T00:00:00Z", 86400.0)
        assert abs(state["wall"] - time.time()) < 30
        with httpx2.Client(trust_env=False) as http:
            http.post(ready["control"] + "/clock", json={"to": "2028-01-01T00:00:00Z", "speed": 0})
        assert json.loads(path.read_text())["anchor"] == "2028-01-01T00:00:00Z"
        assert [p.name for p in tmp_path.iterdir()] == ["clock.json"]


def test_it_ends_when_its_parent_is_gone() -> None:
    script = (
        "import subprocess,sys;p=subprocess.Popen([sys.executable,'-m','novation.emulator','--port','0',"
        "'--control-port','0','--customers','1','--with-parent'],stdout=subprocess.PIPE,stderr=subprocess.DEVNULL);"
        "p.stdout.readline();print(p.pid,flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    child = int(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        if _zombie(child):
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists() or _zombie(child)


def _zombie(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_many_customers_start_small() -> None:
    """A fifth of what ``bench/emulator.py`` measures, with a fifth of its bound. Processor time, not the clock on the
    wall: the machine may be busy with something else."""
    with started("--customers", "20000") as (process, ready):
        assert ready["customers"] == 20_000
        used = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{process.pid}/status").read_text()
    seconds = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    megabytes = int(status.split("VmRSS:")[1].split()[0]) / 1024
    assert seconds < 6
    assert megabytes < 200

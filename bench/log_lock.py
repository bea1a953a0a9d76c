"""How long an engine on PostgreSQL holds the head of the evidence log, which every writer needs.

    python bench/log_lock.py            60 customers
    python bench/log_lock.py --moved 200

Microsoft answers at once, so that the engine never rests: the share of its time in which it holds the lock says how
many engines could work side by side before they wait for each other. Needs a PostgreSQL server on which a database
can be made: `NOVATION_BENCH_POSTGRES`, by default postgres://postgres@127.0.0.1:5432.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from bench.apart import apart

SERVER = os.environ.get("NOVATION_BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432")
MOVED = 60


def measure(moved: int = MOVED) -> dict[str, Any]:
    """Moves customers on a database of its own."""
    with database() as url:
        return apart(
            __file__, "--part", "--moved", str(moved),
            DATABASE_URL=url, NOVATION_MAIL_RATE="1000000", NOVATION_API_RATE="1000000", NOVATION_LOG_LEVEL="ERROR",
        )  # fmt: skip


@contextmanager
def database() -> Iterator[str]:
    """An empty database on the server; yields its address."""
    name = f"novation_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


class Watch:
    """Counts the time from the lock of the head to the end of its transaction, while the engine works."""

    def __init__(self) -> None:
        from novation.evidencelog.services import events
        from novation.postgresql import base

        self.on, self.held, self.locks = False, 0.0, 0
        self._since = 0.0
        lock, commit = events._locked_head, base.DatabaseWrapper.commit

        def locked() -> Any:
            head = lock()
            if self.on and not self._since:
                self._since, self.locks = time.perf_counter(), self.locks + 1
            return head

        def committed(connection: Any) -> None:
            commit(connection)
            if self._since:
                self.held += time.perf_counter() - self._since
                self._since = 0.0

        events._locked_head = locked
        base.DatabaseWrapper.commit = committed  # type: ignore[method-assign]  # for the time of this process


def part(moved: int) -> dict[str, Any]:
    from bench.engine import House

    house = House()
    watch, idle = Watch(), house.idle

    async def watched() -> None:
        watch.on = True
        try:
            await idle()
        finally:
            watch.on = False

    house.idle = watched  # type: ignore[method-assign]  # the same, with a watch

    async def run() -> dict[str, Any]:
        ids = await asyncio.to_thread(house.take_in, moved)
        await house.to_the_end(ids)
        return {
            "customers": moved,
            "share of the engine's time with the log locked": watch.held / house.wall,
            "ms with the log locked, each time": watch.held * 1000 / watch.locks,
            "times locked for one customer": watch.locks / moved,
            "processor ms for one customer": house.cpu * 1000 / moved,
            "customers a second": moved / house.wall,
        }

    return asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="store_true")
    parser.add_argument("--moved", type=int, default=MOVED)
    options = parser.parse_args()
    print(
        json.dumps(
            part(options.moved) if options.part else measure(options.moved),
            indent=None if options.part else 2,
        )
    )


if __name__ == "__main__":
    main()

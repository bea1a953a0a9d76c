"""The command line: ``python -m novation.emulator`` and ``novation emulator``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from novation.emulator.clock import DEFAULT_START, parse_time, wire_time
from novation.emulator.faults import PROFILES
from novation.emulator.server import Options, Server


def parser() -> argparse.ArgumentParser:
    """The options and their defaults."""
    p = argparse.ArgumentParser(
        prog="novation emulator",
        description="A stand-in for Partner Center, Graph and the sign-in service with two partner accounts.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    p.add_argument("--host", default="127.0.0.1", help="address to listen on")
    p.add_argument("--port", type=int, default=8731, help="API port; 0 takes a free one")
    p.add_argument("--control-port", type=int, default=8732, help="control port; 0 takes a free one")
    p.add_argument("--customers", type=int, default=200, help="customers of the source account")
    p.add_argument("--seed", type=int, default=1, help="same seed, same world")
    p.add_argument("--faults", choices=sorted(PROFILES), default="none", help="how hostile to be")
    p.add_argument("--rate", type=int, default=500, help="calls a minute per account and kind; 0 is no limit")
    p.add_argument(
        "--customer-rate",
        type=int,
        default=0,
        help="calls a minute per account, kind and customer; 0 is no limit",
    )
    p.add_argument("--plain", action="store_true", help="leave the oddities out of the seed")
    p.add_argument(
        "--rich", action="store_true", help="add what real accounts hold; the first 13 have one kind each"
    )
    p.add_argument(
        "--tls", action="store_true", help="serve the API over https with a certificate of our own"
    )
    p.add_argument(
        "--tls-dir", type=Path, default=None, help="where ca.pem is written (default: a temporary folder)"
    )
    p.add_argument("--clock-file", type=Path, default=None, help="file that shares the virtual clock")
    p.add_argument("--start", default=wire_time(DEFAULT_START), help="virtual time at the start, ISO 8601")
    p.add_argument("--speed", type=float, default=1.0, help="virtual seconds per second")
    p.add_argument("--with-parent", action="store_true", help="stop when the parent process is gone")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until it is told to stop. Exit codes: 0 stopped, 2 bad input or a port that is taken."""
    options = parser().parse_args(argv)
    try:
        start = parse_time(options.start)
        if options.customers < 0 or options.speed < 0 or min(options.rate, options.customer_rate) < 0:
            raise ValueError("--customers, --speed, --rate and --customer-rate must not be negative.")
    except ValueError as error:
        print(f"novation emulator: {error}", file=sys.stderr)
        return 2
    wanted = Options(
        host=options.host, port=options.port, control_port=options.control_port, customers=options.customers,
        seed=options.seed, faults=options.faults, rate=options.rate, customer_rate=options.customer_rate,
        plain=options.plain, rich=options.rich, start=start, speed=options.speed, clock_file=options.clock_file,
        tls=options.tls, tls_dir=options.tls_dir,
    )  # fmt: skip
    try:
        asyncio.run(_run(wanted, with_parent=options.with_parent))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(
            f"novation emulator: port {options.port} or {options.control_port} is taken. "
            "Choose others with --port and --control-port, or 0 for free ones.",
            file=sys.stderr,
        )
        return 2
    return 0


async def _run(options: Options, *, with_parent: bool) -> None:
    server = Server(options)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        ready = await server.start()
        print(json.dumps(ready), flush=True)
        _banner(ready, options)
        watcher = asyncio.create_task(_watch_parent(os.getppid(), stop)) if with_parent else None
        await stop.wait()
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
    finally:
        await server.stop()


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    # Nothing tells a process that its parent is gone, so it has to look.
    while os.getppid() == parent and parent != 1:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)
            return
    stop.set()


def _banner(ready: dict[str, object], options: Options) -> None:
    kinds = ", plain" * options.plain + ", rich" * options.rich
    lines = (
        "Partner Center emulator",
        f"  API, sign-in, Graph   {ready['api']}",
        f"  control and state     {ready['control']}",
        f"  customers             {options.customers} (seed {options.seed}{kinds})",
        f"  faults                {options.faults}",
        f"  virtual clock         {wire_time(options.start)}, speed {options.speed:g}",
        "  Ids and secrets are in the JSON line above. Stop with Ctrl-C.",
    )
    print("\n".join(lines), file=sys.stderr, flush=True)

"""A process that has loaded everything and forks engines: a kill -9 and a new start cost no second each.

Reads one JSON object a line from its standard input, `{"failpoints": "…", "lease": seconds}`, forks an engine and
prints its process id. The engines are as real as any: processes with connections and leases of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from datetime import timedelta
from typing import Any

import django


def engine(order: dict[str, Any]) -> None:
    """Becomes an engine until it is stopped or dies."""
    from novation import clock, failpoints
    from novation.commands.processes import _die_with_parent
    from novation.engine import claims
    from novation.engine.clients import opened
    from novation.engine.loop import run_engine

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with_parent()
    failpoints.arm(order.get("failpoints", ""))
    if "lease" in order:
        claims.LEASE = timedelta(seconds=order["lease"])
    asyncio.run(run_engine(opened(("source", "target")), clock.clock()))


def main() -> None:
    django.setup()
    import novation.engine.loop  # noqa: F401 (loaded before the fork, once for all engines)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them, so they leave no trace
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                engine(json.loads(line))
                code = 0
            except BaseException:
                traceback.print_exc()  # into the log of the nursery, which a test reads
                raise
            finally:
                os._exit(code)
        print(child, flush=True)


if __name__ == "__main__":
    main()

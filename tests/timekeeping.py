"""Two time services on ports of their own, pinned as an operator would, for tests of stamps and bundles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from novation.clock import FixedClock
from novation.engine import checkpointer
from novation.evidencelog.services import timestamps
from novation.rehearsal.fake_tsa import FakeTimeServices


@contextmanager
def time_services(settings: Any, home: Path, clock: FixedClock) -> Iterator[Callable[[], int]]:
    """Starts both services and pins them; yields what asks for every awaited stamp, once."""
    keepers = FakeTimeServices(clock.now)
    settings.NOVATION_HOME = home
    settings.NOVATION_TIME_SERVICES = dict(pair.split("=", 1) for pair in keepers.setting.split())
    for name, service in keepers.services.items():
        timestamps.pin(name, service.chain)
    keepers.start()
    try:
        yield lambda: asyncio.run(checkpointer.stamp_now(clock))
    finally:
        keepers.stop()

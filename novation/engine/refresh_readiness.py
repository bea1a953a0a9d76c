"""Keeps the findings of the readiness check fresh: time passes, policies and contacts change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from novation.moves.models import Move
from novation.moves.services import readiness

if TYPE_CHECKING:
    from novation.engine.loop import Engine

#: Real seconds between looks; one look is one query on a partial index.
EVERY = 3.0


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Judges anew what is due, in small transactions, until `stop` is set."""
    while not stop.is_set():
        looked = await engine.db(_one_group, engine)
        if not looked:
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                continue


def _one_group(engine: Engine) -> int:
    now = engine.clock.now()
    if not Move.objects.filter(readiness_due__lte=now).exists():
        return 0
    return readiness.refresh_due(now=now)

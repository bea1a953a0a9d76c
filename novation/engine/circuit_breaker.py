"""The rule about failing calls, looked at every few seconds while the engine runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from novation.moves.models import Programme
from novation.moves.services import circuit_breaks

if TYPE_CHECKING:
    from novation.engine.loop import Engine

#: Real seconds between looks: a rule that speaks pauses the programme within this time.
EVERY = 2.0


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Looks again and again until `stop` is set."""
    while not stop.is_set():
        await engine.db(look, engine)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY)


def look(engine: Engine) -> None:
    """One look at every programme that runs."""
    for programme in Programme.objects.filter(state=Programme.State.RUNNING):
        circuit_breaks.judge_failures(programme, now=engine.clock.now())

"""The rule about failing calls, looked at every few seconds while the engine runs."""

from __future__ import annotations

from datetime import datetime

from novation.engine.context import EngineContext
from novation.engine.periodic import Periodic
from novation.moves.models import Programme
from novation.moves.services import circuit_breaks

#: Real seconds between looks: a rule that speaks pauses the programme within this time.
EVERY = 2.0


def job(context: EngineContext) -> Periodic:
    """Looks again and again."""

    async def run() -> None:
        await context.db(look, context.clock.now())

    return Periodic("circuit breaker", EVERY, run)


def look(now: datetime) -> None:
    """One look at every programme that runs."""
    for programme in Programme.objects.filter(state=Programme.State.RUNNING):
        circuit_breaks.judge_failures(programme, now=now)

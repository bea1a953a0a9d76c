"""Keeps the findings of the readiness check fresh: time passes, policies and contacts change."""

from __future__ import annotations

from datetime import datetime

from novation.engine.context import EngineContext
from novation.engine.periodic import Periodic
from novation.moves.models import Move
from novation.moves.services import readiness

#: Real seconds between looks; one look is one query on a partial index.
EVERY = 3.0


def job(context: EngineContext) -> Periodic:
    """Judges anew what is due, in small transactions, and rests when nothing is."""

    async def run() -> float | None:
        return 0.0 if await context.db(_one_group, context.clock.now()) else None

    return Periodic("readiness", EVERY, run)


def _one_group(now: datetime) -> int:
    if not Move.objects.filter(readiness_due__lte=now).exists():
        return 0
    return readiness.refresh_due(now=now)

"""Readings that speak of many customers at once: who is in the target's list."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from novation.clock import Clock
from novation.domain.errors import NeedsOperator
from novation.engine.translate import who_acts
from novation.failpoints import failpoint
from novation.moves.models import Account, Move
from novation.moves.services import tracks
from novation.moves.services.observed import relationship
from novation.partnercenter import errors

if TYPE_CHECKING:
    from novation.engine.loop import Engine

log = logging.getLogger(__name__)

#: Between two readings of the whole list: so much programme time, but never less real time than the second.
EVERY = timedelta(hours=1)
AT_LEAST = timedelta(seconds=3)

#: Relationship states in which the list may bring news.
_OPEN = ("none", "waiting", "task", "checking", "stalled", "lost")


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Reads the target's customer list again and again until `stop` is set."""
    while not stop.is_set():
        if await engine.db(worth_it):
            try:
                seen = [row.id or "" async for row in engine.target.customers.list(page_size=500)]
                failpoint("sweep-read")
                await engine.db(take_in, seen, clock=engine.clock)
            except errors.PartnerCenterError as error:
                _log(who_acts(error))
        pause = max(engine.clock.wait(EVERY), AT_LEAST.total_seconds())
        try:
            await asyncio.wait_for(stop.wait(), min(pause, 3600.0))
        except TimeoutError:
            continue


def _log(error: Exception) -> None:
    level = logging.WARNING if isinstance(error, NeedsOperator) else logging.INFO
    log.log(level, "The target's customer list was not read: %s", error, extra={"action": "sweep_failed"})


def worth_it() -> bool:
    """True while any relationship is awaited; otherwise the list can tell nothing new."""
    return Move.objects.filter(
        relationship_state__in=_OPEN, decision_state__in=("mandate", "self", "asked")
    ).exists()


def take_in(tenants: list[str], *, clock: Clock) -> int:
    """Takes a complete customer list of the target into the facts.

    Args:
        tenants: tenant ids, as listed.
        clock: of the programme.

    Returns:
        How many relationships were seen for the first time.
    """
    listed = {tenant.lower() for tenant in tenants}
    now = clock.now()
    Account.objects.filter(role=Account.Role.TARGET).update(read_at=now)
    news = [
        pk
        for pk, tenant in Move.objects.filter(relationship_state__in=_OPEN).values_list(
            "pk", "customer__tenant_id"
        )
        if tenant in listed
    ]
    count = 0
    for start in range(0, len(news), 50):
        with transaction.atomic():
            for pk in news[start : start + 50]:
                move = tracks.locked(pk)
                if move.relationship_state in _OPEN:
                    value = {"relationship": "reseller", "by": "customer list"}
                    relationship.relationship(move, value, now=now)
                    tracks.wake(move, at=now)
                    count += 1
    return count

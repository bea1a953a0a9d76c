"""Readings that speak of many customers at once: who is in the target's list."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet

from novation.clock import Clock
from novation.customers.models import Account
from novation.domain import states
from novation.domain.errors import NeedsOperator
from novation.domain.stage import ENDED
from novation.engine.translate import who_acts
from novation.failpoints import failpoint
from novation.moves.models import Move, Programme
from novation.moves.services import tracks
from novation.moves.services.observed import relationship, unexpected_customers
from novation.partnercenter import errors

if TYPE_CHECKING:
    from novation.engine.loop import Engine

log = logging.getLogger(__name__)

#: Between two readings of the whole list: so much programme time, but never less real time than the second.
EVERY = timedelta(hours=1)
AT_LEAST = timedelta(seconds=3)

#: Relationship states in which the list may bring news.
#: The list is the target's; of a move back it says nothing.
_FORWARD = Q(programme__reverse_of=None)
_UNDER_WAY = Q(relationship_state="accepted", closeout_state="none") & ~Q(transfer_state__in=states.MOVED)


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Reads the target's customer list again and again until `stop` is set."""
    while not stop.is_set():
        if await engine.db(worth_it, clock=engine.clock):
            try:
                seen = {}
                async for row in engine.target.customers.list(page_size=500):
                    company = row.company_profile
                    names = {
                        "name": (company and company.company_name) or "",
                        "domain": (company and company.domain) or "",
                    }
                    seen[row.id or ""] = names
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


def worth_it(*, clock: Clock) -> bool:
    """True when the list may tell something new: a relationship is awaited, or one that stands must not be lost.

    One reading serves all engines: it is not worth it while another has just done it.
    """
    just = clock.now() - max(EVERY, clock.real(AT_LEAST)) * 0.9
    if _targets().filter(read_at__gt=just).exists():
        return False
    return anything_awaited()


def anything_awaited() -> bool:
    """True when a relationship is awaited, or a move is under way between it and its verification."""
    awaited = Q(relationship_state__in=states.NOT_RELATED, decision_state__in=states.MAY_ACCEPT)
    return Move.objects.exclude(stage__in=ENDED).filter(awaited | _UNDER_WAY).exists()


def _targets() -> QuerySet[Account]:
    """The accounts that customers are moved to."""
    running = Programme.objects.filter(reverse_of=None).values("target")
    return Account.objects.filter(pk__in=running)


def _missed(listed: Collection[str], now: datetime) -> None:
    """Who is not listed any more is read by name before it counts as lost: one list may lag."""
    rows = Move.objects.exclude(stage__in=ENDED).filter(
        _FORWARD, _UNDER_WAY, relationship_read_at__isnull=False
    )
    for pk, tenant in rows.values_list("pk", "customer__tenant_id"):
        if tenant.lower() in listed:
            continue
        with transaction.atomic():
            move = tracks.locked(pk)
            move.relationship_read_at = None
            move.save(update_fields=["relationship_read_at"])
            tracks.wake(move, at=now)


def take_in(tenants: Mapping[str, Mapping[str, str]], *, clock: Clock) -> int:
    """Takes a complete customer list of the target into the facts.

    Args:
        tenants: tenant id, as listed → name and domain of the customer.
        clock: of the programme.

    Returns:
        How many relationships were seen for the first time.
    """
    listed = {tenant.lower(): names for tenant, names in tenants.items() if tenant}
    now = clock.now()
    account = _targets().first()
    if account is not None:
        unexpected_customers.listed(account, listed, first=account.read_at is None, now=now)
        Account.objects.filter(pk=account.pk).update(read_at=now)
    _missed(listed, now)
    news = [
        pk
        for pk, tenant in Move.objects.filter(
            _FORWARD, relationship_state__in=states.NOT_RELATED
        ).values_list("pk", "customer__tenant_id")
        if tenant in listed
    ]
    count = 0
    for start in range(0, len(news), 50):
        with transaction.atomic():
            for pk in news[start : start + 50]:
                move = tracks.locked(pk)
                if move.relationship_state in states.NOT_RELATED:
                    value = {"relationship": "reseller", "by": "customer list"}
                    relationship.relationship(move, value, now=now)
                    tracks.wake(move, at=now)
                    count += 1
    return count

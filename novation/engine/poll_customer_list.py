"""Readings that speak of many customers at once: who is in the list of an account that customers are moved to."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from novation.clock import Clock
from novation.customers.models import Account
from novation.domain import states
from novation.domain.answers import RelationshipRead
from novation.domain.errors import MoveError, NeedsOperator
from novation.domain.stage import ENDED
from novation.engine.context import EngineContext
from novation.engine.periodic import Periodic
from novation.engine.translate import who_acts
from novation.failpoints import failpoint
from novation.moves.models import Move, Programme
from novation.moves.services import tracks
from novation.moves.services.observed import relationship, unexpected_customers
from novation.partnercenter import errors

log = logging.getLogger(__name__)

#: Between two readings of the whole list: so much programme time, but never less real time than the second.
EVERY = timedelta(hours=1)
AT_LEAST = timedelta(seconds=3)

_UNDER_WAY = Q(relationship_state="accepted", closeout_state="none") & ~Q(transfer_state__in=states.MOVED)


def job(context: EngineContext) -> Periodic:
    """Reads the customer list of each target account again and again."""

    async def run() -> float:
        for slug in await context.db(worth_reading, clock=context.clock):
            await read_list(context, slug)
        return min(max(context.clock.wait(EVERY), AT_LEAST.total_seconds()), 3600.0)

    return Periodic("customer list", EVERY.total_seconds(), run)


async def read_list(context: EngineContext, slug: str) -> None:
    """Reads the whole list of one account and takes it in."""
    try:
        client = await context.clients.of(slug)
        seen = {}
        async for row in client.customers.list(page_size=500):
            company = row.company_profile
            names = {
                "name": (company and company.company_name) or "",
                "domain": (company and company.domain) or "",
            }
            seen[row.id or ""] = names
    except (errors.PartnerCenterError, MoveError) as error:
        _log(slug, who_acts(error))
        return
    failpoint("sweep-read")
    await context.db(take_in, seen, account=slug, clock=context.clock)


def _log(slug: str, error: Exception) -> None:
    level = logging.WARNING if isinstance(error, NeedsOperator) else logging.INFO
    log.log(level, "The customer list of %s was not read: %s", slug, error, extra={"action": "sweep_failed"})


def worth_reading(*, clock: Clock) -> list[str]:
    """Slugs of the accounts whose list may tell something new: a relationship is awaited, or must not be lost.

    One reading serves all engines: it is not worth it while another has just done it.
    """
    just = clock.now() - max(EVERY, clock.real(AT_LEAST)) * 0.9
    targets = Account.objects.filter(pk__in=Programme.objects.values("target")).exclude(read_at__gt=just)
    return [account.slug for account in targets.order_by("pk") if anything_awaited(account)]


def anything_awaited(account: Account | None = None) -> bool:
    """True when a relationship is awaited, or a move is under way between it and its verification.

    Args:
        account: to which the customers are moved; None for any.
    """
    awaited = Q(relationship_state__in=states.NOT_RELATED, decision_state__in=states.MAY_ACCEPT)
    moves = Move.objects.exclude(stage__in=ENDED).filter(awaited | _UNDER_WAY)
    return (moves.filter(programme__target=account) if account is not None else moves).exists()


def _missed(account: Account, listed: Collection[str], now: datetime) -> None:
    """Who is not listed any more is read by name before it counts as lost: one list may lag."""
    rows = Move.objects.exclude(stage__in=ENDED).filter(
        _UNDER_WAY, programme__target=account, relationship_read_at__isnull=False
    )
    for pk, tenant in rows.values_list("pk", "customer__tenant_id"):
        if tenant.lower() in listed:
            continue
        with transaction.atomic():
            move = tracks.lock_move(pk)
            move.relationship_read_at = None
            move.save(update_fields=["relationship_read_at"])
            tracks.schedule_now(move, at=now)


def take_in(tenants: Mapping[str, Mapping[str, str]], *, account: str, clock: Clock) -> int:
    """Takes a complete customer list of an account into the facts.

    Args:
        tenants: tenant id, as listed → name and domain of the customer.
        account: slug of the account whose list it is.
        clock: of the programme.

    Returns:
        How many relationships were seen for the first time.
    """
    listed = {tenant.lower(): names for tenant, names in tenants.items() if tenant}
    now = clock.now()
    owner = Account.objects.get(slug=account)
    unexpected_customers.listed(owner, listed, first=owner.read_at is None, now=now)
    Account.objects.filter(pk=owner.pk).update(read_at=now)
    _missed(owner, listed, now)
    news = [
        pk
        for pk, tenant in Move.objects.filter(
            programme__target=owner, relationship_state__in=states.NOT_RELATED
        ).values_list("pk", "customer__tenant_id")
        if tenant in listed
    ]
    count = 0
    for start in range(0, len(news), 50):
        with transaction.atomic():
            for pk in news[start : start + 50]:
                move = tracks.lock_move(pk)
                if move.relationship_state in states.NOT_RELATED:
                    read = RelationshipRead(relationship="reseller", by="customer list")
                    relationship.relationship(move, read, now=now)
                    tracks.schedule_now(move, at=now)
                    count += 1
    return count

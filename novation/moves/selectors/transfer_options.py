"""What the advice on the programme's way is given from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Q

from novation.domain import microsoft_words, states
from novation.domain.batches import why_it_stays
from novation.domain.facts import Item as KnownItem
from novation.domain.facts import ItemState
from novation.domain.readiness.regions import countries
from novation.domain.stage import ENDED, Stage
from novation.domain.transfer_options import NEVER, Kind, Situation
from novation.moves.models import Item, Move, Programme

NEVER_FROM = datetime(NEVER, 1, 1, tzinfo=UTC)


def situation(programme: Programme) -> Situation:
    """Counts what is on the old account, with a handful of queries."""
    moves = Move.objects.filter(programme=programme)
    allowed = countries(programme.policy.region)
    outside = 0
    if allowed is not None:
        outside = moves.exclude(customer__country__in=allowed).exclude(customer__country="").count()
    movable = staying = renewing = extending = endless = 0
    last_end: datetime | None = None
    last_possible: datetime | None = None
    for group in _groups(programme):
        number, ending, last = group["number"], group["ending"], group["last"]
        last_possible = max(filter(None, (last_possible, last)), default=None)
        if group["state"] != ItemState.STAYS and group["move__stage"] not in ENDED and not _why(group):
            movable += number
            continue
        staying += number
        endless += number - ending
        last_end = max(filter(None, (last_end, last)), default=None)
        renewing += ending if group["auto_renew"] else 0
        extending += 0 if group["auto_renew"] else ending
    azure = _azure(programme)
    return Situation(
        same_entity=programme.same_entity,
        source=_kind(programme.source.kind),
        target=_kind(programme.target.kind),
        region=programme.policy.region,
        customers=moves.count(),
        unread=moves.filter(baseline_at=None).count(),
        outside=outside,
        movable=movable,
        staying=staying,
        renewing=renewing,
        extending=extending,
        endless=endless,
        last_end=last_end,
        last_possible=last_possible,
        azure=azure,
    )


def _azure(programme: Programme) -> int:
    """Customers with an Azure plan."""
    plans = Item.objects.filter(move__programme=programme, product_type__startswith="Azure")
    return plans.values("move").distinct().count()


def _groups(programme: Programme) -> Any:
    """Live subscriptions of the old account, those alike counted together; what has arrived is left out."""
    ends = Q(ends__lt=NEVER_FROM)
    return (
        Item.objects.filter(
            move__programme=programme,
            status__in=microsoft_words.SUBSCRIPTION_ALIVE,
            state__in=states.ON_SOURCE,
        )
        .exclude(move__stage=Stage.CLOSED, state=ItemState.IN_OLD)
        .order_by()
        .values("status", "is_trial", "product_type", "state", "auto_renew", "move__stage")
        .annotate(number=Count("id"), ending=Count("id", filter=ends), last=Max("ends", filter=ends))
    )


def _why(group: Mapping[str, Any]) -> str:
    """Why such subscriptions cannot be transferred; empty when they can."""
    return why_it_stays(
        KnownItem(
            id=0,
            subscription_id="",
            product="",
            name="",
            quantity=0,
            status=group["status"],
            is_trial=group["is_trial"],
            product_type=group["product_type"],
        )
    )


def _kind(value: str) -> Kind:
    return Kind(value) if value in set(Kind) else Kind.UNKNOWN

"""What the advice on the programme's way is given from."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from novation.domain.batches import why_it_stays
from novation.domain.facts import ItemState
from novation.domain.readiness.regions import countries
from novation.domain.stage import ENDED, Stage
from novation.domain.way import NEVER, Kind, Situation
from novation.moves.models import Item, Move, Programme
from novation.moves.services.readiness import known as known_item

_LIVE = ("active", "suspended", "pending")


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
    for item, stage in _items(programme):
        if item.ends is not None and item.ends.year >= NEVER:
            ends = None
        else:
            ends = item.ends
        if ends is not None:
            last_possible = max(ends, last_possible or ends)
        if item.state != ItemState.STAYS and stage not in ENDED and not why_it_stays(known_item(item)):
            movable += 1
            continue
        staying += 1
        if ends is None:
            endless += 1
            continue
        last_end = max(ends, last_end or ends)
        renewing += item.auto_renew
        extending += not item.auto_renew
    azure = moves.filter(Q(items__product_type__startswith="Azure")).distinct().count()
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


def _items(programme: Programme) -> list[tuple[Item, str]]:
    """Live subscriptions of the old account with the stage of their move; what has arrived is left out."""
    rows = (
        Item.objects.filter(
            move__programme=programme, status__in=_LIVE, state__in=(ItemState.IN_OLD, ItemState.STAYS)
        )
        .exclude(move__stage__in=(Stage.CLOSED,), state=ItemState.IN_OLD)
        .select_related("move")
        .defer("baseline", "result")
    )
    return [(item, item.move.stage) for item in rows.iterator(chunk_size=2000)]


def _kind(value: str) -> Kind:
    return Kind(value) if value in set(Kind) else Kind.UNKNOWN

"""Lets the engine look at those whom the activity logs of our accounts name. No fact changes by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from novation.domain import states
from novation.domain.activity import Topic
from novation.domain.stage import ENDED
from novation.moves.models import Attestation, Batch, Grant, Move, Programme
from novation.moves.services import tracks

#: Moves in one transaction.
_GROUP = 50


def take_in(news: Mapping[str, Mapping[Topic, datetime]], *, accounts: Collection[str], now: datetime) -> int:
    """What was read before the log's entry is to be read again now.

    Args:
        news: tenant id in lower case → what may have changed there, and when at last.
        accounts: slugs of the accounts whose logs were read.
        now: programme time, when the reading of the logs began.

    Returns:
        How many moves are looked at because of it.
    """
    moves = Move.objects.exclude(stage__in=ENDED).filter(customer__tenant_id__in=list(news))
    found = list(moves.order_by("pk").values_list("pk", "customer__tenant_id"))
    count = 0
    for start in range(0, len(found), _GROUP):
        with transaction.atomic():
            for pk, tenant in found[start : start + _GROUP]:
                move = tracks.lock_move(pk)
                stale = [forget(move, topic, at) for topic, at in news[tenant.lower()].items()]
                if any(stale):
                    tracks.schedule_now(move, at=now)
                    count += 1
    both = Programme.objects.filter(source__slug__in=accounts, target__slug__in=accounts)
    both.update(activity_read_at=now)
    return count


def forget(move: Move, topic: Topic, before: datetime) -> bool:
    """Forgets that this was read before a moment, so that it is read again. Call with the move locked.

    Returns:
        Whether there was anything to forget.
    """
    if topic is Topic.RELATIONSHIP:
        stale = move.relationship_read_at is not None and move.relationship_read_at < before
        if stale:
            move.relationship_read_at = None
            move.save(update_fields=["relationship_read_at"])
        return stale
    rows: QuerySet[Attestation] | QuerySet[Grant] | QuerySet[Batch]
    if topic is Topic.AGREEMENT:
        rows = move.attestations.filter(accepted_at=None)
    elif topic is Topic.ACCESS:
        rows = move.grants.all()
    else:
        rows = move.batches.filter(state__in=states.REQUESTED)
    return bool(rows.filter(read_at__lt=before).update(read_at=None))

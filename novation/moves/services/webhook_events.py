"""Keeps what webhooks say, and lets the engine look sooner at what they speak of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from novation.customers.models import Hint
from novation.domain.activity import Topic
from novation.domain.stage import ENDED
from novation.moves.models import Grant, Move
from novation.moves.services import activity_log, tracks

#: Hints that may wait for the engine. More are turned away; Microsoft sends each up to ten times.
MOST = 2_000
#: Programme time after which a hint is forgotten.
KEPT = timedelta(days=30)


@transaction.atomic
def keep(hint: Hint) -> bool:
    """Stores a hint; one that is known already is not stored twice.

    Returns:
        False when too many wait, so that the sender should try again later.
    """
    if Hint.objects.filter(digest=hint.digest).exists():
        return True
    if Hint.objects.filter(state=Hint.State.NEW).count() >= MOST:
        return False
    Hint.objects.bulk_create([hint], ignore_conflicts=True)
    return True


@transaction.atomic
def follow(hint: Hint, *, tenant: str, relationship: str, now: datetime) -> int:
    """A hint is Microsoft's: what it speaks of is due to be read now. No fact changes.

    Args:
        hint: its signature was checked.
        tenant: of the customer, when the hint names one.
        relationship: id of the delegated admin relationship, when it names one.
        now: programme time.

    Returns:
        How many moves are looked at because of it.
    """
    moves = Move.objects.exclude(stage__in=ENDED)
    if relationship:
        found = list(moves.filter(grants__remote_id=relationship).values_list("pk", flat=True).distinct())
    elif tenant:
        found = list(moves.filter(customer__tenant_id=tenant.lower()).values_list("pk", flat=True))
    else:
        found = []
    for pk in sorted(found):
        move = tracks.locked(pk)
        if "relationship-accepted" in hint.event:
            activity_log.forget(move, Topic.RELATIONSHIP, now)
        if hint.event.endswith("-transfer"):
            activity_log.forget(move, Topic.TRANSFER, now)
        tracks.wake(move, at=now)
    if relationship:
        Grant.objects.filter(remote_id=relationship, side="target").update(read_at=None)
    settle(hint, Hint.State.FOLLOWED, f"{len(found)} moves looked at")
    Hint.objects.filter(received_at__lt=now - KEPT).delete()
    return len(found)


def settle(hint: Hint, state: Hint.State, note: str) -> None:
    """Says what became of a hint."""
    hint.state, hint.note = state, note[:200]
    hint.save(update_fields=["state", "note"])

"""Keeps what webhooks say, and lets the engine look sooner at what they speak of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, F, Value, When, Window
from django.db.models.functions import RowNumber

from novation.clock import Clock
from novation.customers.models import WebhookEvent
from novation.domain.activity import Topic
from novation.domain.stage import ENDED
from novation.moves.models import Grant, Move
from novation.moves.services import activity_log, tracks

#: Unproven hints that are kept at most, over all networks and of one network. What was followed is Microsoft's and
#: does not count.
MOST, MOST_OF_ONE = 2_000, 200
#: Programme time after which a hint is forgotten, and real time after which a refused one is.
KEPT, REFUSED_KEPT = timedelta(days=30), timedelta(hours=1)
#: Real time between the tries of a hint that cannot be checked; after the last one it is refused.
PAUSES = (timedelta(seconds=30), timedelta(minutes=5))


@transaction.atomic
def keep(hint: WebhookEvent) -> bool:
    """Stores a hint; one that is known already is not stored twice.

    One network cannot fill the queue: it has a bound of its own, and when all networks together reach the bound of
    the whole, the oldest hint of the network with the most makes room.

    Returns:
        False when too many wait, so that the sender should try again later.
    """
    if WebhookEvent.objects.filter(digest=hint.digest).exists():
        return True
    unproven = WebhookEvent.objects.exclude(state=WebhookEvent.State.FOLLOWED).order_by()
    if unproven.filter(network=hint.network).count() >= MOST_OF_ONE:
        return False
    if unproven.count() >= MOST:
        fullest = unproven.values("network").annotate(number=Count("pk")).order_by("-number", "network")[0]
        if fullest["network"] == hint.network:
            return False
        # What was refused goes first, and of the rest the oldest.
        oldest = unproven.filter(network=fullest["network"]).order_by("-state", "pk").values_list("pk")[:1]
        WebhookEvent.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()
    WebhookEvent.objects.bulk_create([hint], ignore_conflicts=True)
    return True


def due(*, now: datetime, known: Collection[str], most: int) -> list[WebhookEvent]:
    """Hints to be checked now: first those whose certificate is `known`, and each network in its turn.

    Args:
        now: programme time.
        known: addresses of certificates that are at hand, so that checking costs nothing.
        most: how many at most.
    """
    turn = Window(RowNumber(), partition_by=[F("network")], order_by=F("pk").asc())
    at_hand = Case(When(certificate_url__in=list(known), then=Value(0)), default=Value(1))
    waiting = WebhookEvent.objects.filter(state=WebhookEvent.State.NEW, next_try_at__lte=now)
    return list(waiting.annotate(turn=turn, at_hand=at_hand).order_by("at_hand", "turn", "pk")[:most])


def not_checked(hint: WebhookEvent, note: str, *, now: datetime, clock: Clock) -> None:
    """A hint could not be checked just now: it is tried again later, and refused when it was tried often enough.

    Args:
        hint: it stays as it came.
        note: why, one sentence.
        now: programme time.
        clock: of the programme; the pauses are real time.
    """
    if hint.tries >= len(PAUSES):
        settle(hint, WebhookEvent.State.REFUSED, note)
        return
    later = now + clock.real(PAUSES[hint.tries])
    WebhookEvent.objects.filter(pk=hint.pk).update(tries=hint.tries + 1, next_try_at=later, note=note[:200])


def forget_old(*, now: datetime, clock: Clock) -> int:
    """Deletes what is older than `KEPT`, and refused hints older than `REFUSED_KEPT`; says how many."""
    old, _ = WebhookEvent.objects.filter(received_at__lt=now - KEPT).delete()
    refused = WebhookEvent.objects.filter(
        state=WebhookEvent.State.REFUSED, received_at__lt=now - clock.real(REFUSED_KEPT)
    )
    return old + refused.delete()[0]


@transaction.atomic
def follow(hint: WebhookEvent, *, tenant: str, relationship: str, now: datetime) -> int:
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
        move = tracks.lock_move(pk)
        if "relationship-accepted" in hint.event:
            activity_log.forget(move, Topic.RELATIONSHIP, now)
        if hint.event.endswith("-transfer"):
            activity_log.forget(move, Topic.TRANSFER, now)
        tracks.schedule_now(move, at=now)
    if relationship:
        Grant.objects.filter(remote_id=relationship, side="target").update(read_at=None)
    settle(hint, WebhookEvent.State.FOLLOWED, f"{len(found)} moves looked at")
    return len(found)


def settle(hint: WebhookEvent, state: WebhookEvent.State, note: str) -> None:
    """Says what became of a hint; one that was dropped meanwhile stays dropped."""
    hint.state, hint.note = state, note[:200]
    WebhookEvent.objects.filter(pk=hint.pk).update(state=hint.state, note=hint.note)

"""Takes mails out of the queue: those that are due, still wanted, and allowed to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from novation import clock
from novation.domain.hours import open_at
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.moves import pausing
from novation.moves.models import Programme
from novation.moves.services import tracks
from novation.notices.delivery.context import facts_of
from novation.notices.mail import Addressing
from novation.notices.models import Link, Notice
from novation.notices.purposes import REMINDERS, RULES, Purpose, still_wanted
from novation.notices.services import wording
from novation.notices.texts import Facts
from novation.notices.zones import zone_of
from novation.operations.models import Allowance

LEASE = timedelta(minutes=10)  # of real time; far longer than the time-out of a server

_REPLIES = [str(purpose) for purpose, rule in RULES.items() if rule.reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail to be sent now, with all that its text needs. `claim` is the fence for its outcome."""

    notice: int
    claim: int
    owner: str
    language: str
    addressing: Addressing
    facts: Facts
    source: str = ""  # a text of the programme's own; the delivered one when empty
    wording: str = ""  # and its name


@transaction.atomic
def claim(limit: int, *, now: datetime, owner: str) -> list[Outgoing]:
    """Leases the next mails to one sender. What has become pointless meanwhile is cancelled.

    Args:
        limit: at most so many; the configured mails per minute may allow fewer.
        now: programme time.
        owner: name of the process, for people who look at the row.
    """
    if not Notice.objects.filter(state=Notice.State.QUEUED, retry_at__lte=now).exists():
        return []
    if connection.features.has_select_for_update:
        # Counted under a lock: two senders must not both see the last free place.
        Allowance.objects.select_for_update().get_or_create(account="mail", group="mail")
    allowed = min(limit, allowance(now))
    if allowed <= 0:
        return []
    claimed: list[Outgoing] = []
    for notice in _due(now)[:allowed]:
        why = _pointless(notice)
        if why:
            _cancel(notice, now, why)
            continue
        opens = _opens(notice, now)
        if opens > now:
            # It waited behind a pause or a slow server, and meanwhile the customer's office has closed.
            Notice.objects.filter(pk=notice.pk).update(retry_at=opens)
            continue
        notice.state = Notice.State.SENDING
        notice.claim += 1
        notice.claimed_at = now
        notice.lease_owner, notice.lease_until = owner, now + clock.clock().real(LEASE)
        notice.save(update_fields=["state", "claim", "claimed_at", "lease_owner", "lease_until"])
        claimed.append(_outgoing(notice, now))
    return claimed


def _opens(notice: Notice, now: datetime) -> datetime:
    """When this mail may go: answers to what a customer does at any time, the campaign in working hours."""
    if notice.purpose in _REPLIES:
        return now
    return open_at(now, zone_of(notice.move.customer.country), notice.move.programme.policy)


def _pointless(notice: Notice) -> str:
    """Why this mail must not go out any more; empty when it must."""
    if not still_wanted(notice.purpose, notice.move.tracks()):
        return "the customer has acted meanwhile"
    stopped = Link.objects.filter(move=notice.move_id, contact=notice.contact_id)
    if notice.purpose in REMINDERS and stopped.exclude(reminders_stopped_at=None).exists():
        return "the person wants no more reminders"
    return ""


def _cancel(notice: Notice, now: datetime, why: str) -> None:
    move = tracks.locked_if_free(notice.move_id)
    if move is None:
        return  # somebody works on it, and may be about to lock this notice: it is cancelled at the next look
    notice.state, notice.error = Notice.State.CANCELLED, why
    notice.save(update_fields=["state", "error"])
    if notice.purpose == Purpose.ANNOUNCEMENT and move.track(Track.NOTICE) == "queued":
        tracks.transition(
            move,
            {Track.NOTICE: "skipped"},
            tag=Tag.NOTICE_CANCELLED,
            at=now,
            actor="engine",
            data={"notice": notice.pk, "why": notice.error},
        )


def allowance(now: datetime) -> int:
    """How many mails the limits per minute and per day still allow; replies count, since the server counts them.

    A mail counts from the moment it is taken in hand until a whole minute after it was let go. Counted from the
    claim alone, mails that hang for half a minute would arrive together with those of the next one.
    """
    left = _left(now, timedelta(minutes=1), int(settings.NOVATION_MAIL_RATE))
    daily = int(settings.NOVATION_MAIL_DAILY)
    return min(left, _left(now, timedelta(days=1), daily)) if daily else left


def _left(now: datetime, window: timedelta, limit: int) -> int:
    since = now - clock.clock().real(window)
    sending = Notice.objects.filter(state=Notice.State.SENDING).count()
    release_lease = Notice.objects.filter(claimed_at__gt=since).exclude(state=Notice.State.SENDING).count()
    return limit - sending - release_lease


def may_go(outgoing: Outgoing) -> bool:
    """True as long as a claimed mail is still ours to send, and nobody has paused it since."""
    mine = Notice.objects.filter(pk=outgoing.notice, claim=outgoing.claim, state=Notice.State.SENDING)
    return mine.filter(_unpaused()).exists()


def _unpaused() -> Q:
    """A pause stops the campaign, not the answers to what a customer does."""
    free = Q(move__programme__state=Programme.State.RUNNING) & ~pausing.paused("move__")
    return Q(purpose__in=_REPLIES) | free


def _due(now: datetime) -> QuerySet[Notice]:
    waiting = Notice.objects.filter(state=Notice.State.QUEUED, retry_at__lte=now)
    due = (
        waiting.filter(_unpaused())
        .select_related("move__customer", "move__programme__source", "move__programme__target", "contact")
        .order_by("retry_at", "id")
    )
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(of=("self",), skip_locked=True)
    return due


def _outgoing(notice: Notice, now: datetime) -> Outgoing:
    programme = notice.move.programme
    text = wording.current(programme, notice.purpose, notice.language)
    return Outgoing(
        notice=notice.pk,
        claim=notice.claim,
        owner=notice.lease_owner,
        language=notice.language,
        addressing=Addressing(
            sender_name=programme.sender_name,
            sender_email=programme.sender_email,
            to_name=notice.contact.name,
            to_email=notice.contact.email,
            message_id=notice.message_id,
            reference=notice.move.reference,
            purpose=notice.purpose,
            at=now,
        ),
        facts=facts_of(notice, now),
        source=text.source if text else "",
        wording=text.name if text else "",
    )

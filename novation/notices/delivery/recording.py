"""Writes down what became of a mail: the row, the event with the mail, the track, and who must act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from novation import clock
from novation.customers.models import Contact
from novation.domain import states
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.moves.services import readiness, tracks
from novation.notices.delivery.claiming import Outgoing
from novation.notices.delivery.sending import Delivery, Outcome
from novation.notices.models import Notice
from novation.notices.purposes import Purpose
from novation.notices.services import bounce_limits

#: Waits between tries, in real time; the last one repeats.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 30, 60))
#: After so many tries (about two days) a person must look.
PATIENCE = 50

_SENT_TAGS = {Purpose.CODE: Tag.CODE_SENT, Purpose.RECEIPT: Tag.RECEIPT_SENT}


@transaction.atomic
def record(outgoing: Outgoing, delivery: Delivery, *, now: datetime) -> None:
    """Records the outcome of a claimed mail. A late or second report for the same claim changes nothing.

    Args:
        outgoing: as claimed.
        delivery: what `send` returned.
        now: programme time.
    """
    move, notice = _locked(outgoing.notice)
    # A mail that was given up as uncertain may still be settled by its own sender, never by another claim.
    if notice.claim != outgoing.claim or notice.state not in (Notice.State.SENDING, Notice.State.UNCERTAIN):
        return
    notice.lease_owner, notice.lease_until = "", None
    notice.claimed_at = now  # it may have arrived as late as this
    notice.error, notice.wording = delivery.detail[:400], delivery.wording
    notice.content_sha256, notice.remote_id = delivery.sha256, delivery.remote_id
    match delivery.outcome:
        case Outcome.WITHHELD:
            # No try was lost: it goes as soon as it may again.
            notice.state, notice.error = Notice.State.QUEUED, ""
            notice.save()
            return
        case Outcome.LATER if notice.tries + 1 < PATIENCE:
            wait = BACK_OFF[min(notice.tries, len(BACK_OFF) - 1)]
            notice.state, notice.tries = Notice.State.QUEUED, notice.tries + 1
            notice.retry_at = now + clock.clock().real(wait)
            notice.save()
            return
        case Outcome.ACCEPTED:
            notice.state, notice.sent_at = Notice.State.SENT, now
            _keep(notice, delivery, now)
            _tell(notice, move, _SENT_TAGS.get(Purpose(notice.purpose), Tag.NOTICE_SENT), "sent", now)
        case Outcome.UNCERTAIN:
            notice.state, notice.sent_at = Notice.State.UNCERTAIN, now
            _keep(notice, delivery, now)
            _tell(notice, move, Tag.NOTICE_UNCERTAIN, "uncertain", now)
        case Outcome.BOUNCED:
            notice.state = Notice.State.BOUNCED
            _returned(notice, move, Tag.NOTICE_BOUNCED, now)
        case _:
            notice.state = Notice.State.FAILED
            _returned(notice, move, Tag.NOTICE_FAILED, now)
    notice.save()
    if notice.state in (Notice.State.BOUNCED, Notice.State.FAILED):
        bounce_limits.judge(move, now=now)
    tracks.schedule_now(move, at=now)


@transaction.atomic
def record_all(sent: Sequence[tuple[Outgoing, Delivery]], *, now: datetime) -> None:
    """Records the outcomes of several mails in one transaction."""
    moves = Notice.objects.filter(pk__in=[outgoing.notice for outgoing, _delivery in sent])
    tracks.lock_moves(Move.objects.filter(pk__in=list(moves.values_list("move_id", flat=True))))
    for outgoing, delivery in sent:
        record(outgoing, delivery, now=now)


@transaction.atomic
def bounced(notice: Notice, *, detail: str, now: datetime) -> None:
    """A report came that a mail, although accepted, was not delivered (RFC 3464)."""
    move, notice = _locked(notice.pk)
    if notice.state == Notice.State.BOUNCED:
        return
    notice.state, notice.error = Notice.State.BOUNCED, detail[:400]
    _returned(notice, move, Tag.NOTICE_BOUNCED, now)
    notice.save()
    bounce_limits.judge(move, now=now)
    tracks.schedule_now(move, at=now)


@transaction.atomic
def delivered(notice: Notice, *, status: str, now: datetime) -> None:
    """A report came that a mail has arrived. It settles a mail of which nobody could say whether it was taken."""
    move, notice = _locked(notice.pk)
    if notice.state == Notice.State.UNCERTAIN:
        notice.state, notice.error = Notice.State.SENT, ""
        notice.save(update_fields=["state", "error"])
    hangs = notice.purpose == Purpose.ANNOUNCEMENT and move.track(Track.NOTICE) == "uncertain"
    tracks.transition(
        move,
        {Track.NOTICE: "sent"} if hangs else {},
        tag=Tag.NOTICE_DELIVERED,
        at=now,
        actor="mail",
        data={**_data(notice), "status": status},
    )
    tracks.schedule_now(move, at=now)


def _locked(pk: int) -> tuple[Move, Notice]:
    """The notice as it is now, locked after its move."""
    move = tracks.lock_move(Notice.objects.values_list("move_id", flat=True).get(pk=pk))
    return move, Notice.objects.select_for_update(of=("self",)).select_related("contact").get(pk=pk)


def _keep(notice: Notice, delivery: Delivery, now: datetime) -> None:
    notice.document = events.store("mail", "message/rfc822", delivery.kept, at=now)


def _tell(notice: Notice, move: Move, tag: Tag, track: str, now: datetime) -> None:
    sets: dict[Track, str] = {}
    if notice.purpose == Purpose.ANNOUNCEMENT and move.track(Track.NOTICE) in states.TELLING:
        sets = {Track.NOTICE: track}
        if move.track(Track.DECISION) == "none":
            sets[Track.DECISION] = "asked"
    documents: list[Document] = [notice.document] if notice.document else []
    tracks.transition(
        move,
        sets,
        tag=tag,
        at=now,
        actor="engine",
        data=_data(notice),
        personal={"to": notice.contact.email},
        documents=documents,
    )


def _returned(notice: Notice, move: Move, tag: Tag, now: datetime) -> None:
    """The address does not work. Never silence: without an act of the customer, somebody looks for another."""
    Contact.objects.filter(pk=notice.contact_id).update(state=Contact.State.BOUNCED)
    readiness.mark_customer(notice.move.customer, now=now)
    waiting = move.track(Track.NOTICE) in states.MAY_COME_BACK and not _somebody_else_knows(notice)
    sets = {Track.NOTICE: "bounced"} if waiting and move.track(Track.DECISION) in states.NO_ACT else {}
    tracks.transition(
        move,
        sets,
        tag=tag,
        at=now,
        actor="engine",
        data=_data(notice),
        personal={"to": notice.contact.email, "answer": notice.error},
    )


def _somebody_else_knows(notice: Notice) -> bool:
    """True when another person of the customer was told at an address that works."""
    return (
        Notice.objects.filter(
            move=notice.move_id,
            purpose__in=(Purpose.ANNOUNCEMENT, Purpose.DELEGATE),
            state__in=(Notice.State.SENT, Notice.State.UNCERTAIN),
            contact__state=Contact.State.OK,
        )
        .exclude(contact=notice.contact_id)
        .exists()
    )


def _data(notice: Notice) -> dict[str, str | int]:
    return {
        "notice": notice.pk,
        "purpose": notice.purpose,
        "attempt": notice.attempt,
        "state": notice.state,
        "language": notice.language,
        "wording": notice.wording,
        "message_id": notice.message_id,
        "sha256": notice.content_sha256,
    }

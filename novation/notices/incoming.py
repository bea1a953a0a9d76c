"""Takes a mail that came to our address, and does what follows from it. Nothing is dropped in silence."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr

from django.db import transaction

from novation.domain.steps import TaskKind
from novation.evidence.tags import Tag
from novation.moves.models import Contact, Move
from novation.moves.services import decisions, events, tasks, tracks
from novation.notices import bounces, delivery
from novation.notices.bounces import Kind, Report
from novation.notices.letters import line
from novation.notices.models import Notice

#: A person who reads our mails need not be on file: replies count from anybody, and bind nobody.
CHANNEL = "mail"


@transaction.atomic
def receive(raw: bytes, *, now: datetime) -> tuple[Report, Move | None]:
    """Reads one message and records what it means.

    Args:
        raw: the message as it arrived.
        now: programme time.

    Returns:
        The reading, and the move that it was put to; None when nobody knows whose it is, so that a person
        must read it in the mailbox.
    """
    report = bounces.read(raw)
    notice = _notice(report)
    move = notice.move if notice else Move.objects.filter(reference=report.reference).first()
    if move is None:
        return report, None
    match report.kind:
        case Kind.BOUNCED | Kind.REFUSED | Kind.GONE if notice is not None:
            delivery.bounced(notice, detail=f"{report.status} {report.detail}".strip(), now=now)
        case Kind.COMPLAINT:
            _complained(move, notice, now)
        case Kind.DELIVERED if notice is not None:
            events.record(Tag.NOTICE_DELIVERED, at=now, actor="mail", move=move, data=_data(notice, report))
        case Kind.DELAYED | Kind.AUTO_REPLY if notice is not None:
            Notice.objects.filter(pk=notice.pk).update(error=f"{report.kind}: {report.detail}"[:400])
        case Kind.HELD:
            tasks.open_task(
                move, TaskKind.ANSWER, why="Our mail is held back until somebody releases it.", now=now
            )
        case _:
            _person_wrote(move, raw, report, now)
    return report, move


def _notice(report: Report) -> Notice | None:
    if not report.message_id:
        return None
    return Notice.objects.filter(message_id=report.message_id).select_related("move", "contact").first()


def _data(notice: Notice, report: Report) -> dict[str, str | int]:
    return {
        "notice": notice.pk,
        "purpose": notice.purpose,
        "message_id": notice.message_id,
        "status": report.status,
    }


def _complained(move: Move, notice: Notice | None, now: datetime) -> None:
    """Who reports us as unwanted gets no further mail; somebody calls instead."""
    if notice is not None:
        Contact.objects.filter(pk=notice.contact_id).update(state=Contact.State.RETIRED)
    move = tracks.locked(move.pk)
    data = {"notice": notice.pk, "purpose": notice.purpose} if notice else {}
    events.record(Tag.NOTICE_COMPLAINED, at=now, actor="mail", move=move, data=data)
    tasks.open_task(
        move, TaskKind.FIND_CONTACT, why="The recipient reported our mail as unwanted: call first.", now=now
    )
    tracks.wake(move, at=now)


def _person_wrote(move: Move, raw: bytes, report: Report, now: datetime) -> None:
    text = report.text or report.detail or "(an empty mail)"
    if report.kind is Kind.STOP:
        text = "Wants no more reminders."
    author = line(bounces.sender(raw))
    name, address = parseaddr(author)
    decisions.ask(move=move, text=text, author=(name or address or "unknown")[:200], channel=CHANNEL, now=now)

"""Takes a mail that came to our address, and does what follows from it. Nothing is dropped in silence.

What cannot be put to a customer is kept as well, and stands in the console until somebody has read it.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from novation.customers.models import Contact
from novation.domain.steps import TaskKind
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.moves.services import decisions, tasks, tracks
from novation.notices import delivery
from novation.notices.inbound import bounces, mime
from novation.notices.inbound.bounces import Kind, Report
from novation.notices.markup import line
from novation.notices.models import InboundMail, Link, Notice
from novation.notices.services import bounce_limits
from novation.notices.services.reminders import stop_reminders

log = logging.getLogger(__name__)

#: A person who reads our mails need not be on file: replies count from anybody, and bind nobody.
CHANNEL = "mail"

#: What servers say of a mail, and no person.
_OF_SERVERS = frozenset(
    {Kind.BOUNCED, Kind.REFUSED, Kind.GONE, Kind.DELAYED, Kind.DELIVERED, Kind.AUTO_REPLY, Kind.COMPLAINT}
)


def receive(raw: bytes, *, now: datetime) -> tuple[Report, Move | None]:
    """Reads one message and records what it means.

    No message keeps those behind it waiting: one that cannot be read, or from which nothing can be recorded, is kept
    as it came and shown to an operator.

    Args:
        raw: the message as it arrived; of a very long one only the beginning is read and kept.
        now: programme time.

    Returns:
        The reading, and the move that it was put to; None when nobody knows whose it is, so that a person
        must read it. The same bytes a second time change nothing.

    Raises:
        django.db.Error: the database cannot be had, which says nothing about the message.
    """
    report = bounces.read(raw)
    if report.kind is not Kind.UNREADABLE:
        try:
            return report, _record(raw, report, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("A message could not be recorded.", extra={"action": "mail_unreadable"})
            said = f"{type(error).__name__} while it was recorded."
            report = replace(report, kind=Kind.UNREADABLE, detail=said, text="")
    _keep_unreadable(raw, report, now)
    return report, None


@transaction.atomic
def _record(raw: bytes, report: Report, now: datetime) -> Move | None:
    notice = _notice(report) or _replaced(report, raw)
    move = notice.move if notice else Move.objects.filter(reference=report.reference).first()
    if _arrived(raw, report, move, now) and move is not None:
        _act(report, notice, move, now)
    return move


@transaction.atomic
def _keep_unreadable(raw: bytes, report: Report, now: datetime) -> None:
    InboundMail.objects.get_or_create(
        sha256=hashlib.sha256(raw).hexdigest(),
        defaults={
            "kind": str(Kind.UNREADABLE),
            "at": now,
            "sender": line(report.sender)[:200],
            "subject": line(report.subject)[:200],
            "text": line(report.detail)[:5000],
            "raw": raw[: mime.LARGEST],
        },
    )


def _arrived(raw: bytes, report: Report, move: Move | None, now: datetime) -> bool:
    """Writes down that it came; False when it came before."""
    unplaced = move is None
    # Nobody need read that a machine is out of the office.
    machine = report.kind in (Kind.AUTO_REPLY, Kind.DELAYED, Kind.DELIVERED)
    _row, new = InboundMail.objects.get_or_create(
        sha256=hashlib.sha256(raw).hexdigest(),
        defaults={
            "kind": str(report.kind),
            "move": move,
            "at": now,
            "sender": line(report.sender)[:200] if unplaced else "",
            "subject": line(report.subject)[:200] if unplaced else "",
            "text": (report.text or report.detail)[:5000] if unplaced else "",
            "handled_at": None if unplaced and not machine else now,
        },
    )
    return new


def _act(report: Report, notice: Notice | None, move: Move, now: datetime) -> None:
    match report.kind:
        case Kind.BOUNCED | Kind.REFUSED | Kind.GONE if notice is not None:
            delivery.bounced(notice, detail=f"{report.status} {report.detail}".strip(), now=now)
        case Kind.COMPLAINT:
            complained(move, notice, now)
        case Kind.DELIVERED if notice is not None:
            delivery.delivered(notice, status=report.status, now=now)
        case Kind.DELAYED | Kind.AUTO_REPLY if notice is not None:
            Notice.objects.filter(pk=notice.pk).update(error=f"{report.kind}: {report.detail}"[:400])
        case Kind.HELD:
            tasks.open_task(
                move, TaskKind.ANSWER, why="Our mail is held back until somebody releases it.", now=now
            )
        case Kind.STOP if (link := _link(notice, move, report)) is not None:
            stop_reminders(link, by="mail", now=now)
        case _:
            _person_wrote(move, report, now)


def _link(notice: Notice | None, move: Move, report: Report) -> Link | None:
    """The personal link of whoever wants no more reminders; None when nobody on file has this address."""
    links = Link.objects.filter(move=move).select_related("move", "contact")
    if notice is not None:
        return links.filter(contact=notice.contact_id).first()
    return links.filter(contact__email__iexact=parseaddr(report.sender)[1]).first()


def _notice(report: Report) -> Notice | None:
    if not report.message_id:
        return None
    return Notice.objects.filter(message_id=report.message_id).select_related("move", "contact").first()


def _replaced(report: Report, raw: bytes) -> Notice | None:
    """The mail that a server speaks of when Graph may have put another Message-ID into it.

    Then its reference and its recipient's address, both in the report, must do; see uncertain-facts.
    """
    if settings.NOVATION_MAIL != "graph" or report.message_id or report.kind not in _OF_SERVERS:
        return None
    sent = Notice.objects.filter(move__reference=report.reference).exclude(sent_at=None)
    said = raw[: mime.LARGEST].decode("utf-8", "replace").lower()
    newest = sent.select_related("move", "contact").order_by("-sent_at", "-pk")[:50]
    return next((one for one in newest if one.contact.email.lower() in said), None)


def complained(move: Move, notice: Notice | None, now: datetime) -> None:
    """Who reports us as unwanted gets no further mail; somebody calls instead."""
    move = tracks.lock_move(move.pk)
    if notice is not None:
        Contact.objects.filter(pk=notice.contact_id).update(state=Contact.State.RETIRED)
    data = {"notice": notice.pk, "purpose": notice.purpose} if notice else {}
    events.record(Tag.NOTICE_COMPLAINED, at=now, actor="mail", subject=move.subject, data=data)
    tasks.open_task(
        move, TaskKind.FIND_CONTACT, why="The recipient reported our mail as unwanted: call first.", now=now
    )
    bounce_limits.judge(move, now=now, complained=True)
    tracks.schedule_now(move, at=now)


def _person_wrote(move: Move, report: Report, now: datetime) -> None:
    text = report.text or report.detail or "(an empty mail)"
    if report.kind is Kind.STOP:
        text = "Wants no more reminders."
    author = line(report.sender)
    name, address = parseaddr(author)
    decisions.ask(move=move, text=text, author=(name or address or "unknown")[:200], channel=CHANNEL, now=now)

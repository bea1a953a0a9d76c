"""The nine tracks of one customer in sentences: what is, since when, who must act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from novation.console.labels import CODES, TRACKS, WHO, purpose
from novation.console.remedies import remedy
from novation.domain.facts import BatchState
from novation.domain.tracks import Code, Track, Who, shown
from novation.moves.models import Attestation, Item, Move
from novation.moves.selectors.customer import Details, sums
from novation.moves.selectors.customers import Cell, cells
from novation.notices.models import Notice
from novation.notices.purposes import Purpose

#: The mails by which the customer is told and asked.
TELLING = frozenset({Purpose.ANNOUNCEMENT, Purpose.DELEGATE, Purpose.REMINDER_1, Purpose.REMINDER_2})


@dataclass(frozen=True)
class Line:
    """One step of the list of tracks."""

    name: str
    cell: Cell
    code_word: str
    says: str
    who: str
    remedy: str = ""


def lines(move: Move, found: Details, notices: list[Notice]) -> list[Line]:
    """All nine lines."""
    sayings = {
        Track.NOTICE: _notice(notices),
        Track.DECISION: _decision(found),
        Track.RELATIONSHIP: _relationship(move),
        Track.AGREEMENT: _agreement(move, found),
        Track.ACCESS: _access(found),
        Track.TRANSFER: _transfer(move, found),
        Track.BILLING: _billing(move, found.items),
        Track.CLOSEOUT: _closeout(move, found),
    }
    return [
        Line(
            str(TRACKS[cell.track]),
            cell,
            str(CODES[cell.code]),
            sayings.get(cell.track, ""),
            _who(move, cell),
            remedy(cell.track, cell.state),
        )
        for cell in cells(move)
    ]


def _who(move: Move, cell: Cell) -> str:
    if cell.code not in (Code.WAIT, Code.ACT, Code.UNKNOWN):
        return ""
    who = shown(cell.track, cell.state).who
    return "" if who is Who.NOBODY else str(WHO[who])


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "j M Y")


def _notice(notices: list[Notice]) -> str:
    told = [notice for notice in notices if notice.purpose in TELLING]
    if not told:
        return ""
    last = told[-1]
    to = last.contact.name or last.contact.email
    said = {
        Notice.State.SENT: _("{purpose} sent to {to}"),
        Notice.State.BOUNCED: _("{purpose} to {to} came back"),
        Notice.State.FAILED: _("{purpose} to {to} could not be sent"),
        Notice.State.UNCERTAIN: _("{purpose} to {to}: delivery unknown"),
    }.get(Notice.State(last.state), _("{purpose} to {to} is in the queue"))
    return said.format(purpose=purpose(last.purpose), to=to)


def _decision(found: Details) -> str:
    last = found.decision
    if last is None:
        return ""
    said = _("{name}, {function} ({level}), {day}").format(
        name=last.name, function=last.function or _("function not given"), level=last.level, day=_day(last.at)
    )
    if last.kind == "mandate" and last.expires_at:
        said += ". " + _("Ends {day}.").format(day=_day(last.expires_at))
    return said


def _relationship(move: Move) -> str:
    if move.relationship_read_at is None:
        return ""
    return _("New account last read {day}").format(day=_day(move.relationship_read_at))


def _agreement(move: Move, found: Details) -> str:
    link = found.attestation
    if move.agreement_state != "valid" and move.agreement_evidence.get("how") == "stale":
        dates = sorted(
            str(one.get("agreed_at") or "") for one in move.agreement_evidence.get("agreements", [])
        )
        said = _("On record of {day}: too old, it must be accepted again").format(day=dates[-1][:10])
        return f"{said}. {_link(link)}" if link else said
    if move.agreement_state == "valid" and move.agreement_evidence:
        day = str(move.agreement_evidence.get("date_agreed", move.agreement_evidence.get("dateAgreed", "")))[
            :10
        ]
        return (
            _("On record at Microsoft, agreed {day}").format(day=day) if day else _("On record at Microsoft")
        )
    if link is None:
        return ""
    return _link(link)


def _link(link: Attestation) -> str:
    if link.accepted_at:
        return _("Accepted on Microsoft’s page {day}").format(day=_day(link.accepted_at))
    if link.expires_at:
        return _("Link made {day}, ends {end}").format(day=_day(link.issued_at), end=_day(link.expires_at))
    return _("Link made {day}").format(day=_day(link.issued_at))


def _access(found: Details) -> str:
    grant = found.grant("target")
    if grant is None:
        return ""
    said = _("Microsoft says “{status}”").format(status=grant.status)
    return said + (_(", ends {day}").format(day=_day(grant.ends_at)) if grant.ends_at else "")


def _transfer(move: Move, found: Details) -> str:
    if not found.batches:
        if not move.item_count:
            return ""
        return _("{number} subscriptions to move").format(number=move.item_count)
    done = sum(1 for batch in found.batches if batch.state == BatchState.COMPLETE)
    return _("{done} of {all} requests complete, {items} of {count} subscriptions proven").format(
        done=done, all=len(found.batches), items=move.items_done, count=move.item_count
    )


def _billing(move: Move, items: Sequence[Item]) -> str:
    if move.billed_from is None:
        return ""
    said = _("New account invoices from {day}").format(day=date_format(move.billed_from, "j M Y"))
    credits = sum(1 for item in items if item.result is not None and item.billing_cycle == "annual")
    if credits:
        said += ". " + ngettext(
            "A credit for {number} subscription paid for the year is expected on the old account’s invoice.",
            "Credits for {number} subscriptions paid for the year are expected on the old account’s invoice.",
            credits,
        ).format(number=credits)
    return said


def _closeout(move: Move, found: Details) -> str:
    if move.closeout_state == "none" and found.items:
        total = sums(found.items)
        return _("Only when all {seats} seats are proven on the new account").format(
            seats=f"{total['old'] or 0:,}"
        )
    if move.closeout_state == "cleaning" and move.left_behind:
        return _("{number} things are left on the old account").format(number=move.left_behind)
    return ""

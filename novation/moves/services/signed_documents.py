"""A signed paper or PDF of the customer: filed by one of our people, approved or refused by another (A3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from novation.customers.models import Contact
from novation.domain import states
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.stage import ENDED
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Decision, Move, SignedDocument
from novation.moves.services import decisions, tracks

#: A signed document, looked at by two of our people (evidence-security-mail 1.4).
LEVEL = "A3"
LARGEST = 10 * 1024 * 1024
#: How each kind of file begins; its name and what the browser says of it prove nothing.
BEGINS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
#: It enters the chained bytes, so nothing that names a person fits in.
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an operator read in the paper, as typed."""

    kind: str
    name: str
    function: str
    email: str
    dated: date | None
    authority: bool
    language: str
    wording: str = ""
    note: str = ""


def media_of(content: bytes) -> str:
    """The media type, by the first bytes of the file.

    Raises:
        BadInput: it is no PDF, PNG or JPEG, is empty, or has more than 10 MB.
    """
    if len(content) > LARGEST:
        raise BadInput(
            "The file has more than 10 MB.", where="file", remedy="Scan it with a lower resolution."
        )
    for begin, media in BEGINS:
        if content.startswith(begin):
            return media
    raise BadInput(
        "The file is no PDF, PNG or JPEG.", where="file", remedy="Scan the paper, or save it as PDF."
    )


@transaction.atomic
def upload(*, move: Move, content: bytes, read: Reading, person: Any, now: datetime) -> SignedDocument:
    """Files a signed paper. It binds nothing until a second person has approved it.

    Args:
        move: whose.
        content: the file, byte for byte.
        read: what stands in it.
        person: the operator.
        now: programme time.

    Raises:
        BadInput: the file or a field cannot be used; `where` names the field.
        NeedsOperator: the move has ended, another paper waits, or nobody is on file to get a receipt.
    """
    media = media_of(content)
    move = tracks.lock_move(move.pk)
    dated = _check(move, read, now)
    if move.stage in ENDED:
        raise NeedsOperator("This move has ended; nothing can be decided any more.")
    if SignedDocument.objects.filter(move=move, state=SignedDocument.State.WAITING).exists():
        raise NeedsOperator("Another paper of this customer waits for the second person. Review it first.")
    email = read.email.strip().lower()
    usable = Contact.objects.filter(customer=move.customer, state=Contact.State.OK)
    contact = usable.filter(email__iexact=email).first() or usable.order_by("-created_at", "-id").first()
    if contact is None:
        raise NeedsOperator("Nobody is on file who could get the receipt. Find a contact first.")
    document = events.store("shown", media, content, at=now)
    if bytes(document.content) != content:
        raise BadInput("This very file was erased on record; it cannot be filed again.", where="file")
    newest = Decision.objects.filter(move=move).first()
    statement, authority = _sentences(move, read, dated)
    paper = SignedDocument.objects.create(
        move=move,
        document=document,
        kind=read.kind,
        name=read.name.strip(),
        function=read.function.strip(),
        email=email,
        contact=contact,
        authority=authority,
        statement=statement,
        dated=dated,
        wording=read.wording.strip() or "paper",
        language=read.language,
        note=read.note.strip(),
        after=newest.pk if newest else 0,
        uploaded_by=person,
        uploaded_at=now,
    )
    events.record(
        Tag.PAPER_UPLOADED,
        at=now,
        actor=f"operator:{person.pk}",
        subject=move.subject,
        data={"paper": paper.pk, "kind": paper.kind, "dated": dated.isoformat()},
        personal={
            "name": paper.name,
            "function": paper.function,
            "email": paper.email,
            "authority": authority,
            "wording": paper.wording,
            "note": paper.note,
        },
        documents=[document],
    )
    return paper


def _check(move: Move, read: Reading, now: datetime) -> date:
    if read.kind not in SignedDocument.Kind.values:
        raise BadInput("Say what the paper decides.", where="kind")
    for field, text, most in (
        ("name", read.name, 200),
        ("function", read.function, 200),
        ("wording", read.wording or "paper", 40),
    ):
        if not text.strip() or len(text.strip()) > most:
            raise BadInput(f"The {field} is empty or longer than {most} characters.", where=field)
    if read.wording.strip() and not _VERSION.fullmatch(read.wording.strip()):
        raise BadInput(
            "A version has letters, digits, dots and dashes only.",
            where="wording",
            remedy="Leave it empty if there is none.",
        )
    if len(read.note) > 2000:
        raise BadInput("The note is longer than 2,000 characters.", where="note")
    try:
        validate_email(read.email.strip())
    except ValidationError as error:
        raise BadInput("The e-mail address is not one.", where="email") from error
    if not read.authority:
        raise BadInput(
            "Without a statement of authority the paper binds nobody.",
            where="authority",
            remedy="Ask the customer for one that says it.",
        )
    if read.dated is None or read.dated > timezone.localtime(now).date():
        raise BadInput(
            "The date of the paper is missing, or it lies in the future.",
            where="dated",
            remedy="Enter the day that stands on the paper.",
        )
    said = Decision.objects.filter(move=move, kind__in=states.FINAL).first()
    if said is not None and timezone.localtime(said.at).date() > read.dated:
        raise BadInput(
            "The customer decided after the date of this paper; the newer word counts.", where="dated"
        )
    if read.kind == "mandate" and _until(move, read.dated) <= now:
        raise BadInput(
            "The mandate on this paper has run out by its date.", where="dated", remedy="Ask anew."
        )
    return read.dated


def _until(move: Move, dated: date) -> datetime:
    """A mandate runs from the day of the paper, not from the day on which we got to it."""
    return timezone.make_aware(datetime.combine(dated, time.min)) + move.programme.policy.mandate_lasts


def _sentences(move: Move, read: Reading, dated: date) -> tuple[str, str]:
    """What the paper declares and its statement of authority, in the paper's language."""
    with translation.override(read.language):
        says = {
            "mandate": _("By a signed document of %(date)s we authorise %(sender)s to accept on our behalf."),
            "self": _(
                "By a signed document of %(date)s we agree to the move and accept the new partner ourselves."
            ),
            "declined": _("By a signed document of %(date)s we decline the move."),
        }[read.kind]
        values = {"date": date_format(dated, "DATE_FORMAT"), "sender": move.programme.sender_name}
        entitled = _("The signed document says that %(person)s may act for %(customer)s in this matter.")
        who = {"person": read.name.strip(), "customer": move.customer.name}
        return says % values, entitled % who


@transaction.atomic
def approve(*, paper: SignedDocument, person: Any, looked: str, now: datetime) -> Decision:
    """A second person has looked at the file and agrees: the decision is recorded with level A3.

    Args:
        paper: which waits.
        person: with the right to approve; not the one who filed it.
        looked: SHA-256 of the file that the person says to have looked at.
        now: programme time.

    Raises:
        NeedsOperator: the person filed it, it no longer waits, or the customer decided since.
        BadInput: another file was looked at, or the decision does not fit (any more).
        IllegalTransition: the decision cannot be taken in the present state.
    """
    move, paper = _judged(paper, person)
    if looked != paper.document_id:
        raise BadInput("Open the file, compare it, and say that you did.", where="looked")
    if Decision.objects.filter(move=move, pk__gt=paper.after).exists():
        raise NeedsOperator(
            "The customer has said something newer on its page since this paper was filed. That counts; refuse the "
            "paper."
        )
    until = _until(move, paper.dated) if paper.kind == "mandate" else None
    if until is not None and until <= now:
        raise NeedsOperator("The mandate on this paper has run out by its date. Refuse the paper.")
    actor = f"operator:{person.pk}"
    decision = decisions.record_decision(
        move=move,
        kind=paper.kind,
        contact=paper.contact,
        level=LEVEL,
        name=paper.name,
        function=paper.function,
        email=paper.email,
        authority=paper.authority,
        statement=paper.statement,
        wording=paper.wording,
        language=paper.language,
        shown=bytes(paper.document.content),
        media=paper.document.media,
        code_check=f"paper {paper.pk}, operators {paper.uploaded_by_id} and {person.pk}",
        link_id="none",
        address="",
        agent="",
        until=until,
        vouched={
            "paper": paper.pk,
            "dated": paper.dated.isoformat(),
            "filed_by": f"operator:{paper.uploaded_by_id}",
            "approved_by": actor,
        },
        now=now,
    )
    events.record(
        Tag.OPERATOR_APPROVED,
        at=now,
        actor=actor,
        subject=move.subject,
        data={"paper": paper.pk, "decision": decision.pk},
        documents=[paper.document],
    )
    paper.state, paper.judged_by, paper.judged_at = SignedDocument.State.APPROVED, person, now
    paper.decision = decision
    paper.save(update_fields=["state", "judged_by", "judged_at", "decision"])
    return decision


@transaction.atomic
def refuse(*, paper: SignedDocument, person: Any, reason: str, now: datetime) -> SignedDocument:
    """A second person has looked at the file and does not agree. Nothing is decided; the paper stays on record.

    Raises:
        BadInput: no reason is given.
        NeedsOperator: the person filed it, or it no longer waits.
    """
    move, paper = _judged(paper, person)
    reason = reason.strip()
    if not reason:
        raise BadInput("Say why the paper is refused.", where="reason")
    paper.state, paper.judged_by, paper.judged_at = SignedDocument.State.REFUSED, person, now
    paper.reason = reason[:2000]
    paper.save(update_fields=["state", "judged_by", "judged_at", "reason"])
    events.record(
        Tag.PAPER_REFUSED,
        at=now,
        actor=f"operator:{person.pk}",
        subject=move.subject,
        data={"paper": paper.pk},
        personal={"reason": paper.reason},
    )
    return paper


def _judged(paper: SignedDocument, person: Any) -> tuple[Move, SignedDocument]:
    move = tracks.lock_move(paper.move_id)
    rows = SignedDocument.objects.select_for_update(of=("self",)).select_related("document", "contact")
    paper = rows.get(pk=paper.pk)
    if paper.state != SignedDocument.State.WAITING:
        raise NeedsOperator("This paper has been judged already.")
    if paper.uploaded_by_id == person.pk:
        raise NeedsOperator("You filed this paper; a second person must look at it.")
    return move, paper

"""The certificate of one move: what happened, on one or two pages, sealed and named by the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from novation import keys
from novation.domain import states
from novation.evidence.certificate import CertificateInput, CertificateRow, render_certificate
from novation.evidence.contact_origin import certificate_line
from novation.evidence.entry import document_digest
from novation.evidence.seal import Seal
from novation.evidence.tags import BINDING_DECISIONS, DECISIONS, Tag
from novation.evidence.verifier.certificates import read_chain, write_chain
from novation.evidencelog.models import ERASED, Checkpoint, Document, Event, Stamp
from novation.evidencelog.services import events, timestamps
from novation.moves.models import Decision, Move

#: How a certificate is kept among the documents; it is no document of the bundle but a file of its own.
KIND = "certificate"


def issue(move: Move, checkpoint: Checkpoint, seal: Seal, *, now: datetime) -> Document | None:
    """Makes, seals and keeps the certificate of a move, and puts its hash on record.

    A customer to whom nothing happened, such as one who was left out, gets none: it would certify nothing.

    Args:
        move: with `customer` and `programme` loaded.
        checkpoint: the newest one; its root stands on the certificate.
        seal: of the issuing company.
        now: programme time.
    """
    with override(move.customer.language or "en"):
        content = _content(move, checkpoint, now.replace(microsecond=0))
        if not content.events:
            return None
        made = render_certificate(content)
        reason = _("Certificate of evidence")
    pdf = seal.seal(made, at=now.replace(microsecond=0), reason=reason, stamp=None)
    with transaction.atomic():
        kept, _created = Document.objects.get_or_create(
            sha256=document_digest(pdf),
            defaults={"kind": KIND, "media": "application/pdf", "content": pdf, "created_at": now},
        )
        events.record(
            Tag.CERTIFICATE_ISSUED,
            at=now,
            actor="engine",
            subject=move.subject,
            data={"certificate": kept.sha256},
        )
    return kept


def company_seal(company: str, *, now: datetime) -> Seal:
    """The company's seal: from `keys/seal.key` and `keys/seal.pem`, or a self-made one at the first use.

    A certificate of an authority replaces both files; the self-made one proves only that it is always the same.
    """
    folder = Path(settings.NOVATION_HOME) / "keys"
    if not (folder / "seal.pem").exists():
        made = Seal.create(company, now)
        keys.kept(folder / "seal.key", made.secret)
        (folder / "seal.pem").write_bytes(write_chain(made.chain))
    return Seal((folder / "seal.key").read_bytes(), read_chain((folder / "seal.pem").read_bytes()))


def _content(move: Move, checkpoint: Checkpoint, now: datetime) -> CertificateInput:
    programme, customer = move.programme, move.customer
    decision = Decision.objects.filter(move=move, kind__in=states.FINAL).first()
    whole = list(Event.objects.filter(subject=customer.reference).order_by("number"))
    # What happened to this customer in another move stands on that move's certificate.
    log = [event for event in whole if event.move_id in (move.pk, None)]
    return CertificateInput(
        reference=move.reference,
        language=customer.language or "en",
        source=programme.source.name,
        target=programme.target.name,
        issuer=programme.sender_name,
        issued=now,
        issued_text=_moment(now),
        summary=_summary(move, decision),
        customer=[
            (_("Company"), customer.name),
            (_("Domain"), customer.domain),
            (_("Tenant id"), customer.tenant_id),
        ],
        person=_person(decision, log, customer.language or "en"),
        events=[row for event in log if (row := _row(event, decision))],
        zone=timezone.get_current_timezone_name(),
        count=len(whole),
        size=checkpoint.size,
        root=bytes(checkpoint.root),
        witnessed=_witnessed(checkpoint, log),
        quote=decision.statement if decision and decision.name != ERASED else "",
        not_done=_not_done(log, decision),
    )


def _witnessed(checkpoint: Checkpoint, log: Sequence[Event]) -> str:
    """Who outside has seen the log by now: only what came, never what is merely expected."""
    given = Stamp.objects.filter(answer__isnull=False, checkpoint__lte=checkpoint.size).exclude(
        timestamps.RENEWAL
    )
    newest = given.order_by("-checkpoint").values_list("checkpoint", flat=True).first()
    seen = [
        f"{stamp.service}, {_moment(stamp.at)}"
        for stamp in given.filter(checkpoint=newest).order_by("service")
        if stamp.at is not None
    ]
    if newest is not None and newest != checkpoint.size:
        seen.append(_("up to record %(number)s") % {"number": newest - 1})
    if not seen:
        seen.append(_("no time service yet; the stamps that came later lie beside this page"))
    receipts = [event for event in log if event.tag == Tag.RECEIPT_SENT]
    if receipts:
        day = _day(receipts[0].at)
        seen.append(_("your receipt mail of %(day)s, which carries the same log") % {"day": day})
    return "; ".join(seen)


def _not_done(log: Sequence[Event], decision: Decision | None) -> str:
    said = [_("Nobody but the customer accepted Microsoft’s agreement.")]
    if decision is None or decision.kind != "mandate":
        said.append(_("Nothing was accepted in the customer’s name."))
    looks = sum(event.tag == Tag.OPERATOR_VIEWED_SECRET for event in log)
    if looks:
        said.append(
            ngettext(
                "The administrator’s password was shown %(looks)s time; the record says to whom.",
                "The administrator’s password was shown %(looks)s times; the records say to whom.",
                looks,
            )
            % {"looks": looks}
        )
    else:
        said.append(_("No password was asked for."))
    return " ".join(said)


def _summary(move: Move, decision: Decision | None) -> str:
    programme = move.programme
    names = {"source": programme.source.name, "target": programme.target.name, "customer": move.customer.name}
    if move.stage == "closed" and move.items_done:
        told = {**names, "items": move.items_done, "seats": move.seat_count}
        if decision is not None and decision.kind == "mandate" and decision.name == ERASED:
            first = _("%(customer)s authorised us.") % names
        elif decision is not None and decision.kind == "mandate":
            first = _("%(person)s authorised us for %(customer)s.") % {**names, "person": decision.name}
        else:
            first = _("%(customer)s accepted the new partner itself.") % names
        rest = _(
            "%(items)s subscriptions moved from %(source)s to %(target)s. "
            "Each was read on the new account and compared with its state before."
        )
        return f"{first} {rest % told}"
    if move.stage == "closed":
        return _("%(customer)s accepted the new partner. It had no subscription that could be moved.") % names
    if decision is not None and decision.kind in states.REFUSED:
        return (
            _("%(customer)s said no. Its subscriptions stay with %(source)s to the end of their terms.")
            % names
        )
    return (
        _("%(customer)s gave no consent. Nothing was accepted in its name; it stays with %(source)s.") % names
    )


def _person(decision: Decision | None, log: Sequence[Event], language: str) -> list[tuple[str, str]]:
    if decision is None:
        return [(_("Name"), _("nobody decided"))]
    if decision.name == ERASED:
        return [(_("Name"), _("erased; the log says when and why"))]
    return [
        (_("Name"), decision.name),
        (_("Position"), decision.function),
        (_("Address"), decision.email),
        (_("Proven by"), _proven_by(decision)),
        certificate_line(language, _contact_origin(log), _day),
    ]


def _contact_origin(log: Sequence[Event]) -> dict[str, str] | None:
    """Where the contact came from whose decision was recorded last; None when the log does not say."""
    decided = [event for event in log if event.tag in BINDING_DECISIONS]
    origin: dict[str, str] | None = None
    if decided:
        origin = json.loads(bytes(decided[-1].body))["data"].get("contact_origin")
    return origin


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")


def _proven_by(decision: Decision) -> str:
    how = {
        "A2": _("personal link and sign-in as administrator at Microsoft (%(level)s)"),
        "A3": _("signed document, checked by two of our people (%(level)s)"),
    }.get(decision.level, _("personal link and one-time code (%(level)s)"))
    return how % {"level": decision.level}


def _row(event: Event, decision: Decision | None) -> CertificateRow | None:
    words = _words(event.tag)
    if words is None:
        return None
    what, how = words
    if event.tag in DECISIONS and json.loads(bytes(event.body))["data"].get("level") == "A3":
        how = _("signed document, checked by two of our people (%(level)s)") % {"level": "A3"}
    if event.tag == Tag.NOTICE_SENT:
        what = _mail(json.loads(bytes(event.body))["data"].get("purpose", "")) or what
    who = event.actor.partition(":")[0]
    people = {
        "customer": _("the customer"),
        "operator": _("one of our people"),
        "engine": _("our software"),
    }
    said = people.get(who, who)
    # Our software wrote these down; somebody else did them.
    if event.tag == Tag.AGREEMENT_ACCEPTED_ON_PAGE:
        said = people["customer"]
    elif event.tag == Tag.RELATIONSHIP_OBSERVED:
        ours = decision is not None and decision.kind == "mandate"
        said = _("one of our people, by mandate") if ours else people["customer"]
    return CertificateRow(_moment(event.at), what, said, how, str(event.seq))


def _mail(purpose: str) -> str:
    """Which mail it was, where that matters to a reader."""
    kind = purpose.partition("-")[0]
    return {
        "announcement": _("Announcement sent"),
        "reminder": _("Reminder sent"),
        "answer": _("Answer sent"),
        "done": _("Told: everything has arrived"),
        "stays": _("Told: stays"),
    }.get(kind, "")


def _words(tag: str) -> tuple[str, str] | None:
    """What an entry means for a reader, and how it is known; None for entries that only our people need."""
    reading = _("read from Microsoft’s service")
    table = {
        Tag.NOTICE_SENT: (_("Mail sent"), _("taken by the receiving server")),
        Tag.NOTICE_BOUNCED: (_("Mail came back"), _("answer of the receiving server")),
        Tag.DECISION_MANDATE: (_("Mandate given"), _("page as shown, typed name, one-time code")),
        Tag.DECISION_SELF: (_("Decided to accept itself"), _("page as shown, typed name, one-time code")),
        Tag.DECISION_DECLINED: (_("Declined"), _("page as shown, typed name, one-time code")),
        Tag.DECISION_WITHDRAWN: (_("Decision taken back"), _("page as shown, typed name, one-time code")),
        Tag.DECISION_QUESTION: (_("Question asked"), _("page as shown")),
        Tag.DECISION_ANSWERED: (_("Question answered"), _("text as sent")),
        Tag.TASK_APPROVED: (_("Second person approved"), _("signed in to our console")),
        Tag.RELATIONSHIP_OBSERVED: (_("New partner accepted"), reading),
        Tag.AGREEMENT_ACCEPTED_ON_PAGE: (_("Microsoft’s agreement accepted"), _("on Microsoft’s own page")),
        Tag.AGREEMENT_VALID: (_("Microsoft’s agreement on record"), reading),
        Tag.TRANSFER_CREATED: (_("Transfer requested"), reading),
        Tag.TRANSFER_COMPLETED: (_("Transfer complete"), reading),
        Tag.ITEM_VERIFIED: (_("Every subscription compared"), _("both accounts read, item by item")),
        Tag.BILLING_CUT_OVER: (_("The new account invoices"), _("follows from the comparison")),
        Tag.OLD_SIDE_GDAP_ENDED: (_("Old rights ended"), reading),
        Tag.OLD_SIDE_RELATIONSHIP_REMOVED: (_("Old relationship removed"), reading),
        Tag.MOVE_STAYS: (_("Stays with the old account"), _("no consent, or taken back")),
        Tag.CUSTOMER_UNREACHABLE: (_("Nobody could be reached"), _("mail, reminders and telephone")),
    }
    return table.get(Tag(tag))


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")

"""Confirms a choice: with a code or a sign-in of the customer's tenant, and with the page that was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from novation.consent.models import Draft, Identity, Rendering
from novation.consent.services.identity_proofs import identity_of
from novation.customers.models import Contact
from novation.domain import states
from novation.moves.models import AdminAccount, Decision, Message
from novation.moves.services import admin_accounts, decisions, tracks
from novation.notices import services as notices
from novation.notices.models import Code
from novation.notices.purposes import Purpose

#: What a confirmed choice may become.
Recorded = Decision | Message | AdminAccount

#: Link and one-time code to the address on file (evidence-security-mail 1.4).
LEVEL = "A1"
#: Link and sign-in as an administrator of the customer's own tenant.
SIGNED_IN = "A2"


class WrongCode(Exception):
    """The code was wrong, used, or too old."""


class PageChanged(Exception):
    """What was confirmed is not a page that was shown for this choice; it must be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who confirms, and from where, as far as it can be known."""

    name: str
    function: str = ""
    phone: str = ""
    address: str = field(default="", repr=False)
    agent: str = field(default="", repr=False)


def confirm(
    draft: Draft, *, page: Rendering | None, person: Person, code: str, now: datetime
) -> Recorded | None:
    """Records the decision, or for a question after one, the message. Confirming twice records once.

    Args:
        draft: the choice.
        page: the page on which it was confirmed.
        person: who says so.
        code: as typed; not looked at when the person has signed in for this choice.
        now: programme time.

    Raises:
        PageChanged: the page is not known; nothing was recorded and the code is still good.
        WrongCode: the try counted; nothing was recorded.
        BadInput, IllegalTransition: it cannot be decided (any more); the code is still good.
    """
    if page is None:
        raise PageChanged
    with transaction.atomic():
        tracks.lock_move(draft.link.move_id)  # before what belongs to it
        draft = (
            Draft.objects.select_for_update(of=("self",))
            .select_related("link__contact", "link__move")
            .get(pk=draft.pk)
        )
        if draft.used_at is not None:
            return _recorded(draft)
        proof: Code | Identity | None = identity_of(draft, now=now)
        if proof is None:
            proof = notices.check_code(draft.link, code, now=now)
        if proof is not None:
            draft.used_at = now
            draft.save(update_fields=["used_at"])
            return _record(draft, page, person, proof, now)
    # Outside the transaction: the failed try must stay counted.
    raise WrongCode


def _recorded(draft: Draft) -> Recorded | None:
    if draft.kind == "admin":
        return admin_accounts.newest(draft.link.move)
    found = Decision.objects.filter(link_id=str(draft.link_id), at=draft.used_at or draft.created_at).first()
    return found or Message.objects.filter(move=draft.link.move).last()


def _record(draft: Draft, page: Rendering, person: Person, proof: Code | Identity, now: datetime) -> Recorded:
    link = draft.link
    move = link.move
    if draft.kind == "admin":
        return _ask_admin(draft, page, person, proof, now)
    if draft.kind == "question" and move.decision_state not in states.QUESTION_COUNTS:
        return decisions.ask(move=move, text=draft.words, author=person.name, channel="page", now=now)
    delegate = (draft.colleague_name, draft.colleague_email) if draft.kind == "delegated" else None
    decision = decisions.record_decision(
        move=move,
        kind=draft.kind,
        contact=link.contact,
        level=level_of(proof),
        name=person.name,
        function=person.function,
        email=link.contact.email,
        phone=person.phone,
        authority=page.authority,
        statement=page.statement,
        wording=page.wording,
        language=page.language,
        shown=bytes(page.content),
        code_check=checked(proof),
        proofs=[proof.record] if isinstance(proof, Identity) else [],
        link_id=str(link.pk),
        address=person.address,
        agent=person.agent,
        reason=draft.words or draft.colleague_name,
        delegate=delegate,
        until=page.until,
        now=now,
    )
    about = {"decision": decision.pk}
    notices.queue(move=move, purpose=Purpose.RECEIPT, contact=link.contact, now=now, about=about)
    if delegate is not None:
        colleague = Contact.objects.get(customer=move.customer, email=draft.colleague_email.strip().lower())
        notices.queue(move=move, purpose=Purpose.DELEGATE, contact=colleague, now=now, about=about)
    return decision


def _ask_admin(
    draft: Draft, page: Rendering, person: Person, proof: Code | Identity, now: datetime
) -> AdminAccount:
    link = draft.link
    return admin_accounts.ask(
        move=link.move,
        contact=link.contact,
        person=draft.colleague_name,
        email=draft.colleague_email,
        asked_by=person.name,
        level=level_of(proof),
        statement=page.statement,
        shown=bytes(page.content),
        data={
            "wording": page.wording,
            "language": page.language,
            "code_check": checked(proof),
            "link": str(link.pk),
        },
        personal={
            "name": person.name,
            "function": person.function,
            "email": link.contact.email,
            "phone": person.phone,
            "address": person.address,
            "agent": person.agent,
            "authority": page.authority,
        },
        proofs=[proof.record] if isinstance(proof, Identity) else [],
        now=now,
    )


def level_of(proof: Code | Identity) -> str:
    """The attribution level that a proof reaches."""
    return SIGNED_IN if isinstance(proof, Identity) else LEVEL


def checked(proof: Code | Identity) -> str:
    """How the person proved who it is, in one line; personal values stand elsewhere."""
    if isinstance(proof, Identity):
        return f"sign-in {proof.pk.hex} {proof.at:%Y-%m-%dT%H:%MZ}"
    return f"{proof.channel} {proof.pk.hex} {proof.issued_at:%Y-%m-%dT%H:%MZ}"

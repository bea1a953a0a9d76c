"""Test mails: the announcement as a customer would get it, to one of our own people. Its link opens nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.notices import mail
from novation.notices.mail import Addressing, Mail
from novation.notices.models import TestMail
from novation.notices.preflight.checks import fingerprint
from novation.notices.purposes import Purpose
from novation.notices.samples import sample_facts
from novation.notices.services import wording
from novation.notices.transport import Handed, Outcome


@transaction.atomic
def ask(move: Move, *, person: Any, language: str, now: datetime) -> TestMail:
    """Wishes a test mail to the person's own address; the engine sends it.

    Args:
        move: whose facts it shows.
        person: one of our people.
        language: of the text.

    Raises:
        BadInput: the person has no address, or we have no text in this language.
    """
    if not person.email:
        raise BadInput(_("Your account has no mail address."))
    if language not in {code for code, _name in settings.LANGUAGES}:
        raise BadInput(_("There are no texts in this language."), where="language")
    return TestMail.objects.create(
        to=person.email,
        language=language,
        move=move,
        asked_by=person,
        asked_at=now,
        fingerprint=fingerprint(move.programme),
    )


def next_one(now: datetime) -> tuple[int, Mail] | None:
    """The oldest test mail that waits, written and ready; None when there is none."""
    waiting = TestMail.objects.filter(state=TestMail.State.QUEUED).order_by("id")
    one = waiting.select_related(
        "move__programme__source", "move__programme__target", "move__customer"
    ).first()
    if one is None:
        return None
    programme = one.move.programme
    domain = programme.sender_email.rpartition("@")[2] or "localhost"
    addressing = Addressing(
        sender_name=programme.sender_name,
        sender_email=programme.sender_email,
        to_name="",
        to_email=one.to,
        message_id=f"<test.{one.pk}@{domain}>",
        reference=one.move.reference,
        purpose=str(Purpose.ANNOUNCEMENT),
        at=now,
    )
    text = wording.current(programme, addressing.purpose, one.language)
    written = mail.write(addressing, sample_facts(one.move, now), one.language, text.source if text else "")
    return one.pk, written.mail


@transaction.atomic
def came_of(pk: int, handed: Handed, *, now: datetime) -> None:
    """What came of it. One that was not taken is not tried again: the person asks for another."""
    taken = handed.outcome in (Outcome.ACCEPTED, Outcome.UNCERTAIN)
    TestMail.objects.filter(pk=pk, state=TestMail.State.QUEUED).update(
        state=TestMail.State.SENT if taken else TestMail.State.FAILED,
        sent_at=now if taken else None,
        error=handed.detail[:300],
    )


@transaction.atomic
def seen(pk: int, *, person: Any, now: datetime) -> TestMail:
    """The person has seen it in the mailbox, and it was right.

    Raises:
        BadInput: it was not sent, or the set-up has changed since.
    """
    one = TestMail.objects.select_for_update().select_related("move__programme").filter(pk=pk).first()
    if one is None or one.state != TestMail.State.SENT:
        raise BadInput(_("This test mail was not sent."))
    if one.fingerprint != fingerprint(one.move.programme):
        raise BadInput(_("The set-up has changed since. Ask for another test mail."))
    if one.seen_at is None:
        one.seen_at, one.seen_by = now, person
        one.save(update_fields=["seen_at", "seen_by"])
        data = {"what": "test mail", "set_up": one.fingerprint, "language": one.language}
        events.record(Tag.OPERATOR_APPROVED, at=now, actor=f"operator:{person.pk}", data=data)
    return one

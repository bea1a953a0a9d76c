"""Queues a mail. Sending is `delivery`'s business; nothing here speaks to a server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from novation.customers.models import Contact, Customer
from novation.domain.errors import NeedsOperator
from novation.domain.hours import open_at
from novation.moves.models import Move
from novation.notices.models import Notice
from novation.notices.purposes import Purpose, rule
from novation.notices.services import wording
from novation.notices.zones import zone_of
from novation.prepared_queries import Prepared

#: A mail in one of these states has arrived, may have arrived, or is on its way: no second one.
_GONE = frozenset({Notice.State.QUEUED, Notice.State.SENDING, Notice.State.SENT, Notice.State.UNCERTAIN})


@transaction.atomic
def queue(
    *,
    move: Move,
    purpose: str,
    now: datetime,
    contact: Contact | None = None,
    about: Mapping[str, str | int] | None = None,
) -> Notice:
    """Wishes a mail to one person of the customer.

    Args:
        move: whose.
        purpose: a value of `purposes.Purpose`.
        now: programme time.
        contact: to whom; the newest usable contact when None.
        about: what it speaks of: ids of a `decision`, a `message` or a `code`.

    Returns:
        The queued mail; for a purpose that is told once, the one that exists already. Unless it answers an act
        of the customer, it goes out in the customer's working hours.

    Raises:
        NeedsOperator: there is nobody to write to.
        ValueError: the purpose is not known.
    """
    wanted = rule(purpose)
    person = contact or newest_contact(move.customer)
    if person is None:
        raise NeedsOperator("There is no usable contact: find one.")
    last = _LAST.first(move.pk, str(purpose), person.pk)
    if last is not None and not wanted.numbered and last.state in _GONE:
        return last
    attempt = last.attempt + 1 if last else 1
    due = now if wanted.reply else open_at(now, zone_of(move.customer.country), move.programme.policy)
    return Notice.objects.create(
        move=move,
        contact=person,
        purpose=str(Purpose(purpose)),
        attempt=attempt,
        language=language_for(move, purpose),
        about=dict(about or {}),
        queued_at=now,
        retry_at=due,
        message_id=message_id(move, purpose, attempt),
    )


def newest_contact(customer: Customer) -> Contact | None:
    """The person to write to: the one who was added last and whose address works."""
    return _USABLE.first(customer.pk)


_LAST = Prepared(
    lambda move, purpose, person: Notice.objects.filter(
        move_id=move, purpose=purpose, contact_id=person
    ).order_by("-attempt")[:1]
)
_USABLE = Prepared(
    lambda customer: Contact.objects.filter(customer_id=customer, state=Contact.State.OK).order_by(
        "-created_at", "-id"
    )[:1]
)


def language_of(customer: Customer) -> str:
    """The customer's language when we have texts in it, otherwise English."""
    offered = {code for code, _ in settings.LANGUAGES}
    wanted = customer.language.replace("_", "-").lower()
    return next((code for code in (wanted, wanted.split("-")[0]) if code in offered), "en")


def language_for(move: Move, purpose: str) -> str:
    """The customer's language when the programme or we have this text in it, otherwise English."""
    wanted = move.customer.language.replace("_", "-").lower()
    for code in (wanted, wanted.split("-")[0]):
        if code and wording.current(move.programme, purpose, code) is not None:
            return code
    return language_of(move.customer)


def message_id(move: Move, purpose: str, attempt: int) -> str:
    """A Message-ID of ours, kept, by which answers and bounces find their way back."""
    domain = move.programme.sender_email.rpartition("@")[2] or "localhost"
    return f"<{move.reference}.{purpose}-{attempt}.{uuid.uuid4().hex[:12]}@{domain}>".lower()

"""What the console shows of links and codes. The address of a link is never among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from novation.customers.models import Contact
from novation.moves.models import Move
from novation.notices.models import Link


@dataclass(frozen=True, slots=True)
class Person:
    """One person on file, with the newest personal link and the number that may be called."""

    contact: Contact
    link: Link | None
    number: str
    state: str  # none, open, closed or ended

    @property
    def open(self) -> bool:
        """True while the link opens the page."""
        return self.state == "open"


def people_of(move: Move, *, now: datetime) -> Sequence[Person]:
    """Everybody on file at the customer, the newest first."""
    newest: dict[int, Link] = {}
    for link in Link.objects.filter(move=move).order_by("issued_at"):
        newest[link.contact_id] = link
    found = []
    for contact in Contact.objects.filter(customer=move.customer_id):
        own = newest.get(contact.pk)
        state = "none" if own is None else "closed" if own.revoked_at else "open"
        if own is not None and state == "open" and own.expires_at <= now:
            state = "ended"
        found.append(Person(contact, own, contact.phone or move.customer.phone, state))
    return found

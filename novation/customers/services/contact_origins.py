"""Where a contact came from, as the entries about it tell; see `evidence.contact_origin`."""

from __future__ import annotations

from novation.customers.models import Contact
from novation.evidence.contact_origin import ContactOrigin
from novation.evidence.verifier.entry_forms import ACTOR_FORM

#: How a contact's row names those who are no actors of the log.
_PSEUDONYMS = {"the customer": "customer", "source account": "source-account"}


def origin_data(contact: Contact | None) -> dict[str, dict[str, str]]:
    """The part `contact_origin` of an entry's data; empty when it is not known."""
    if contact is None:
        return {}
    added_by = _PSEUDONYMS.get(contact.added_by, contact.added_by)
    if not ACTOR_FORM.fullmatch(added_by):
        return {}
    return {"contact_origin": ContactOrigin(added_by, contact.created_at).as_data()}

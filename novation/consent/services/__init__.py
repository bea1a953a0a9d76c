"""What a visitor's POST does: keep a choice, send a code, confirm, look again."""

from novation.consent.services.confirmations import PageChanged, Person, WrongCode, confirm
from novation.consent.services.drafts import draft_of, keep_choice, keep_page, page_of
from novation.consent.services.first_password import open_password
from novation.consent.services.identity_proofs import identity_of, keep_identity, refuse_identity
from novation.consent.services.page_records import as_kept, keep_showing
from novation.consent.services.reports import report_fake

__all__ = [
    "PageChanged",
    "Person",
    "WrongCode",
    "as_kept",
    "confirm",
    "draft_of",
    "identity_of",
    "keep_choice",
    "keep_identity",
    "keep_page",
    "keep_showing",
    "open_password",
    "page_of",
    "refuse_identity",
    "report_fake",
]

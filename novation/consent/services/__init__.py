"""What a visitor's POST does: keep a choice, send a code, confirm, look again."""

from novation.consent.services.confirming import PageChanged, Person, WrongCode, confirm
from novation.consent.services.drafting import draft_of, keep_choice, keep_page, page_of
from novation.consent.services.handing_over import open_password
from novation.consent.services.proving import identity_of, keep_identity, refuse_identity
from novation.consent.services.reporting import report_fake
from novation.consent.services.showing import as_kept, keep_showing

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

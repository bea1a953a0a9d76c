"""What a visitor's POST does: keep a choice, send a code, confirm, look again."""

from novation.consent.services.confirming import PageChanged, Person, WrongCode, confirm
from novation.consent.services.drafting import draft_of, keep_choice, keep_page, page_of

__all__ = [
    "PageChanged",
    "Person",
    "WrongCode",
    "confirm",
    "draft_of",
    "keep_choice",
    "keep_page",
    "page_of",
]

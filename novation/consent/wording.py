"""The sentences that a customer declares, word for word, and the version of everything it reads."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from novation.consent.models import Draft
from novation.moves.models import Move

_HERE = Path(__file__).resolve().parent


def statement(draft: Draft, move: Move, until: str) -> str:
    """What is declared, in the active language.

    Args:
        draft: the choice.
        move: whose.
        until: the last day of a mandate, as written on the page.
    """
    values = {
        "sender": move.programme.sender_name,
        "target": move.programme.target.name,
        "domain": move.customer.domain or move.customer.name,
        "until": until,
        "colleague": draft.colleague_name,
    }
    same = move.programme.same_entity
    match draft.kind:
        case "mandate" if same:
            text = _(
                "I authorise %(sender)s to accept, in our Microsoft account %(domain)s and on our behalf, the "
                "invitation of its new partner account and its request for delegated administration, until "
                "%(until)s. I may withdraw this at any time until it has been done."
            )
        case "mandate":
            text = _(
                "I authorise %(sender)s to accept, in our Microsoft account %(domain)s and on our behalf, the "
                "invitation of %(target)s as partner and its request for delegated administration, until "
                "%(until)s. I may withdraw this at any time until it has been done."
            )
        case "self":
            text = _(
                "We agree to the move. We accept the new partner in our Microsoft account %(domain)s ourselves."
            )
        case "declined":
            text = _(
                "We decline the move. The subscriptions of %(domain)s stay with the old partner account until "
                "their terms end."
            )
        case "admin":
            text = _(
                "Please make an administrator account for %(colleague)s in our Microsoft account %(domain)s. We "
                "know: with it we can change users and licences without %(sender)s. %(sender)s looks for such "
                "changes and invoices them, and its service terms for customers with an administrator of their "
                "own apply from the day on which we get it."
            )
        case "question":
            text = _("I would like an answer before we decide. Nothing is decided by this question.")
        case "delegated":
            text = _("Please ask %(colleague)s instead of me. Nothing is decided by this.")
        case _other:
            text = _(
                "I take our earlier decision back. From now on nothing more may be accepted on our behalf."
            )
    return text % values


def authority(move: Move) -> str:
    """The statement of authority, in the active language."""
    return _("I may act for %(customer)s in this matter.") % {"customer": move.customer.name}


def end_of_mandate(move: Move, now: datetime) -> datetime:
    """The moment at which a mandate given now would end."""
    return now + move.programme.policy.mandate_lasts


def _version() -> str:
    digest = hashlib.sha256()
    files = sorted((_HERE / "templates" / "consent").rglob("*.html"))
    files += [_HERE / "wording.py", *sorted((_HERE.parent / "locale").glob("*/LC_MESSAGES/django.po"))]
    for path in files:
        digest.update("/".join(path.parts[-3:]).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"page-{digest.hexdigest()[:12]}"


#: Names the wording of all pages, translations included; kept with every decision.
VERSION = _version()

"""The receipt of a decision as one PDF page, worded in the reader's language."""

from __future__ import annotations

import json
import unicodedata
from importlib.resources import files
from typing import Any

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from novation.domain import states
from novation.moves.models import Decision, Move
from novation.notices import dates


def receipt_pdf(move: Move, decision: Decision, said: str) -> bytes:
    """The receipt as PDF/UA; the same decision and language give the same bytes.

    Args:
        move: whose, with customer and programme loaded.
        decision: what was recorded.
        said: the decision in one plain sentence.
    """
    digest = decision.shown_sha256
    rows = [
        (_("Company"), move.customer.name),
        (_("Domain"), move.customer.domain),
        (_("Name"), decision.name),
        (_("Position"), decision.function),
        (_("E-mail"), decision.email),
        (_("Phone"), decision.phone),
        (_("Recorded"), dates.minute(decision.at)),
        (_("Valid until"), dates.day(decision.expires_at) if decision.expires_at else ""),
        (_("Proven by"), proven_by(decision)),
        (_("Wording"), decision.wording),
    ]
    data: dict[str, Any] = {
        "language": get_language() or "en",
        "title": _("Receipt"),
        "reference": move.reference,
        "issuer": move.programme.sender_name,
        "foot": ", ".join(
            part for part in (move.programme.sender_name, move.programme.sender_address) if part
        ),
        "date": [decision.at.year, decision.at.month, decision.at.day],
        "said": said,
        "rows": [[label, value] for label, value in rows if value],
        "quote_title": _("Declared, word for word"),
        "quotes": [text for text in (decision.statement, decision.authority) if text],
        "words_title": _("Your words"),
        "words": decision.reason if decision.kind in states.IN_OWN_WORDS else "",
        "print_title": _("Fingerprint of the signed document")
        if decision.level == "A3"
        else _("Fingerprint of the page you saw"),
        "print": " ".join(digest[i : i + 8] for i in range(0, len(digest), 8)),
        "print_says": _("SHA-256 of the exact bytes that we keep. The same stands in our log."),
        "check_title": _("How to check that this is really us"),
        "check": _(
            "Call the number on your last invoice and quote the reference %(reference)s. We must be able "
            "to say these four words to you: %(words)s."
        )
        % {"reference": move.reference, "words": move.words},
    }
    made = typst.compile(
        (files("novation.consent") / "receipt.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=decision.at.replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("The receipt was not set as one file.")
    return made


def proven_by(decision: Decision) -> str:
    """How the person proved who it is, in words."""
    if decision.level == "A2":
        return _("sign-in at Microsoft as administrator (%(level)s)") % {"level": decision.level}
    if decision.level == "A3":
        return _("signed document, checked by two of our people (%(level)s)") % {"level": decision.level}
    if decision.code_check.startswith("phone "):
        return _("personal link and code read out on the number on file (%(level)s)") % {
            "level": decision.level
        }
    return _("personal link and one-time code (%(level)s)") % {"level": decision.level}


def _printable(value: Any) -> Any:
    """The same with a mark in place of signs that the built-in fonts cannot print, such as emoji."""
    if isinstance(value, str):
        return "".join(
            c if ord(c) < 0x530 or (unicodedata.category(c)[0] in "PZS" and ord(c) < 0x2300) else "□"
            for c in value
        )
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_printable(one) for one in value]
    return value

"""The wording of our mails: one text per purpose, in the reader's language, with a version.

A text is a Django template in the markup of `letters`. It may use the facts of `Facts` and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from novation.notices import dates, placeholders
from novation.notices.markup import Letter, parse, plain, quoted
from novation.notices.purposes import Purpose, rule
from novation.notices.text_context import Facts

__all__ = ["VERSION", "Facts", "as_html", "render"]

_HERE = Path(__file__).resolve().parent


def render(purpose: str, facts: Facts, language: str, source: str = "") -> Letter:
    """Writes one letter.

    Args:
        purpose: a value of `purposes.Purpose`.
        facts: what it may say.
        language: a language of ours, for example `cs`; texts without translation come in English.
        source: a text of the programme's own, with placeholders; the delivered one when empty.
    """
    if source:
        return parse(placeholders.fill(source, facts, language))
    template = f"notices/{rule(purpose).template}.txt"
    with translation.override(language):
        return parse(render_to_string(template, _context(purpose, facts)))


def as_html(letter: Letter, facts: Facts, language: str) -> str:
    """The HTML part: the same words, with a button. No pictures, no outside address but the personal link."""
    with translation.override(language):
        following = [block.kind for block in letter.blocks[1:]] + [""]
        return render_to_string(
            "notices/letter.html",
            {
                "letter": letter,
                "blocks": list(zip(letter.blocks, following, strict=True)),
                "sender": plain(facts.sender),
                "language": language,
            },
        )


def _context(purpose: str, facts: Facts) -> Mapping[str, Any]:
    context: dict[str, Any] = {"purpose": str(Purpose(purpose))}
    for item in fields(facts):
        value = getattr(facts, item.name)
        if isinstance(value, datetime):
            # A receipt must name the minute; everything else is a matter of days.
            value = dates.minute(value) if item.name == "recorded_at" else dates.day(value)
        elif isinstance(value, str):
            # The text part is no HTML, and the HTML part escapes by itself.
            value = mark_safe(quoted(value) if item.name == "words_of" else plain(value))  # noqa: S308 (see above)
        context[item.name] = value
    return context


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted((_HERE / "templates" / "notices").iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    # Translations are wording too.
    for path in sorted((_HERE.parent / "locale").glob("*/LC_MESSAGES/django.po")):
        digest.update(path.parent.parent.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"mail-{digest.hexdigest()[:12]}"


#: Names the wording of all mails, translations included; kept with every mail that was sent.
VERSION = _version()

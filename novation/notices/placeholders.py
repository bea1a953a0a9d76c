"""Texts that a programme brings along: plain text with placeholders such as `{customer}`. No code, no conditions."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from novation.notices import dates
from novation.notices.markup import plain
from novation.notices.text_context import Facts

PLACEHOLDER = re.compile(r"\{(\w+)\}")

#: The facts that a text of one's own may name, in the words of the editor's help.
NAMES: dict[str, str] = {
    "hello": "Dear Ms or Mr by name, or a greeting without",
    "person": "the person written to; may be empty",
    "customer": "the customer's name",
    "domain": "the customer's first domain",
    "sender": "our company",
    "source": "the old partner account",
    "target": "the new partner account",
    "reference": "the reference number",
    "answer_by": "the day by which we ask for an answer",
    "colleague": "who passed the decision on",
    "url": "the personal link; only after =>",
    "signature": "who signs, and our company",
    "imprint": "our company and its address",
}


def fill(source: str, facts: Facts, language: str) -> str:
    """Puts the facts into a text. Unknown placeholders stay as they are; publishing refuses them."""
    with translation.override(language):
        values = _values(facts)
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), source)


def _values(facts: Facts) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in NAMES:
        value = getattr(facts, name, "")
        values[name] = dates.day(value) if isinstance(value, datetime) else plain(value or "")
    person = values["person"]
    values["hello"] = _("Dear %(person)s,") % {"person": person} if person else _("Hello,")
    values["signature"] = ", ".join(part for part in (plain(facts.signer), plain(facts.sender)) if part)
    values["imprint"] = ", ".join(part for part in (plain(facts.sender), plain(facts.address)) if part)
    return values

"""Erasing personal values and documents: what remains proven, and what must be put on record.

The log itself is never changed. What is erased is stored apart from it: openings (`Entry.personal`) and
documents. The erasure is an event of the same customer with the tag `log:erased`, so that whoever reads the bundle
later sees that something was erased, by which rule, and not merely that something is missing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from novation.evidence.entry import DOCUMENT
from novation.evidence.errors import BadEntry


@dataclass(frozen=True, slots=True)
class Erasure:
    """What shall be erased of one customer: fields by position of their event, and documents by SHA-256."""

    fields: Mapping[int, Sequence[str]] = field(default_factory=dict)
    documents: Sequence[str] = ()

    def record(self, reason: str) -> dict[str, Any]:
        """The data of the `log:erased` event. reason: the legal rule or request, without personal data.

        Raises BadEntry when nothing would be erased, or for a malformed document name.
        """
        if not (any(self.fields.values()) or self.documents):
            raise BadEntry("An erasure names at least one field or document")
        if not reason:
            raise BadEntry("An erasure gives its reason")
        if not all(DOCUMENT.fullmatch(name) for name in self.documents):
            raise BadEntry("A document is named by its SHA-256 in lower-case hex")
        personal = [
            {"fields": sorted(set(names)), "seq": seq} for seq, names in sorted(self.fields.items()) if names
        ]
        return {"erased": {"documents": sorted(set(self.documents)), "personal": personal}, "reason": reason}

    def remaining(self, seq: int, personal: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """What is left of the openings of one event."""
        gone = set(self.fields.get(seq, ()))
        return {name: dict(opening) for name, opening in personal.items() if name not in gone}


def erasure_of(bodies: Iterable[bytes], *, keep: Iterable[str] = (), documents: bool = False) -> Erasure:
    """The erasure of every personal field that these events committed to, except those named in `keep`.

    bodies: the events of one customer. keep: fields that must stay, such as those of an open claim. documents: also
    every document that the events name; mails and pages hold names and addresses.
    """
    kept = set(keep)
    fields: dict[int, list[str]] = {}
    named: dict[str, None] = {}
    for body in bodies:
        says = json.loads(body)
        chosen = sorted(set(says["personal"]) - kept)
        if chosen:
            fields[says["seq"]] = chosen
        if documents:
            named.update(dict.fromkeys(says["data"].get("documents", ())))
    return Erasure(fields, tuple(named))

"""Bends: single answers made odd on purpose, once or always, for one call, account or customer.

A bend changes what is answered, never what was done. Faults (``faults.py``) are what networks and servers do; bends
are what an API does that has changed, is half rolled out, or stands behind a gateway.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from typing import Any

from novation.emulator.partners import PARTNERS

#: Kind -> what becomes of the answer. Members are given as ``status``, ``companyProfile.domain`` or ``items.id``;
#: in a list, of each item.
KINDS: dict[str, str] = {
    "drop-field": "the member `field` is not there",
    "null-field": "the member `field` is null",
    "set-field": "the member `field` is `value`",
    "unknown-word": "the member `field` (without one: `status`) is a word that nobody knows (`value`)",
    "text-for-number": "every number is a text, `true` and `false` too",
    "other-id": "the thing has another id than the one asked for",
    "upper-case-ids": "every GUID is in capital letters",
    "pascal-case": "every member begins with a capital letter",
    "empty-list": "the list is empty, and says so",
    "null-list": "the list is null",
    "short-list": "the second half of the list is missing; its total is the whole's",
    "doubled-row": "the last row of the list comes twice",
    "delayed-row": "the last row of the list, or the thing itself, is not there for `seconds` virtual seconds",
    "empty-object": "an empty JSON object",
    "html": "a page of a gateway, with `status` or the answer's own",
    "error-in-200": "an error object, with status 200",
    "status": "another status: below 400 the same body, above the service's error object with `code` and `description`",
    "headers": "other headers: `headers` by name, null takes one away",
    "body": "`value` is the whole body",
}
#: What a bend may be given, with the types that are taken.
MEMBERS: dict[str, tuple[type, ...]] = {
    "kind": (str,), "call": (str,), "account": (str,), "tenant": (str,), "field": (str,), "value": (object,),
    "status": (int,), "code": (str, int), "description": (str,), "headers": (dict,), "seconds": (int, float),
    "times": (int, str),
}  # fmt: skip
_NEEDS = {
    "drop-field": ("field",), "null-field": ("field",), "set-field": ("field", "value"), "status": ("status",),
    "headers": ("headers",), "body": ("value",),
}  # fmt: skip


@dataclass(slots=True)
class Bend:
    """One bend. ``times`` is how often it is still played; None is always."""

    id: int
    kind: str
    call: str | None = None
    account: str | None = None
    tenant: str | None = None
    field: str | None = None
    value: Any = None
    status: int | None = None
    code: str | int | None = None
    description: str | None = None
    headers: dict[str, str | None] = member(default_factory=dict)
    seconds: float = 900.0
    times: int | None = 1
    played: int = 0
    since: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The bend as the control port shows it."""
        shown = {
            name: getattr(self, name)
            for name in (
                "id",
                "kind",
                "call",
                "account",
                "tenant",
                "field",
                "value",
                "status",
                "code",
                "description",
            )
        }
        return {**shown, "headers": self.headers, "seconds": self.seconds, "times": self.times or "always",
                "left": self.left, "played": self.played}  # fmt: skip

    @property
    def left(self) -> int | str:
        """How often it will still be played."""
        return "always" if self.times is None else max(0, self.times - self.played)

    @property
    def open(self) -> bool:
        """Will it be played again?"""
        return self.times is None or self.played < self.times

    def fits(self, call: str, account: str | None, tenants: frozenset[str]) -> bool:
        """Is this call meant?"""
        return (
            self.call in (None, call)
            and self.account in (None, account)
            and (self.tenant is None or self.tenant in tenants)
        )


class Bends:
    """All bends that were asked for, in that order; several may bend one answer."""

    def __init__(self) -> None:
        self._bends: dict[int, Bend] = {}
        self._ids = itertools.count(1)

    def __iter__(self) -> Iterator[Bend]:
        return iter(self._bends.values())

    def add(self, wanted: dict[str, Any], calls: frozenset[str]) -> Bend:
        """Takes a bend. ``calls`` are the names that there are. Raises ValueError with a sentence."""
        for name, value in wanted.items():
            if name not in MEMBERS:
                raise ValueError(f"A bend has no member {name!r}. Members: {', '.join(MEMBERS)}.")
            if (isinstance(value, bool) and name != "value") or not isinstance(value, MEMBERS[name]):
                raise ValueError(f"{name} has the wrong type.")
        kind = wanted.get("kind")
        if kind not in KINDS:
            raise ValueError(f"There is no bend {kind!r}. Kinds: {', '.join(KINDS)}.")
        for name in _NEEDS.get(kind, ()):
            if name not in wanted:
                raise ValueError(f"The bend {kind} needs {name}.")
        if "call" in wanted and wanted["call"] not in calls:
            raise ValueError(
                f"There is no call {wanted['call']!r}. See docs/reference/emulator.md for their names."
            )
        if "account" in wanted and wanted["account"] not in PARTNERS:
            raise ValueError("account must be 'source' or 'target'.")
        if not 100 < wanted.get("status", 200) < 600:
            raise ValueError("status must be between 101 and 599.")
        if not all(isinstance(v, str | None) for v in wanted.get("headers", {}).values()):
            raise ValueError("headers must be texts or null.")
        times = wanted.get("times", 1)
        if times != "always" and (not isinstance(times, int) or times < 1):
            raise ValueError("times must be a whole number above zero, or 'always'.")
        given = {**wanted, "times": None if times == "always" else times}
        if "tenant" in given:
            given["tenant"] = given["tenant"].lower()
        bend = Bend(id=next(self._ids), **given)
        self._bends[bend.id] = bend
        return bend

    def remove(self, number: int | None = None) -> int:
        """Takes one back, or all. Returns how many went."""
        if number is None:
            gone = len(self._bends)
            self._bends.clear()
            return gone
        return 0 if self._bends.pop(number, None) is None else 1

    def fitting(
        self, call: str, account: str | None, tenants: frozenset[str], *, sign_in: bool
    ) -> list[Bend]:
        """What bends this call's answer. A sign-in is bent by name alone: without tokens nothing else could be."""
        return [
            bend
            for bend in self._bends.values()
            if bend.open and bend.fits(call, account, tenants) and (bend.call is not None or not sign_in)
        ]

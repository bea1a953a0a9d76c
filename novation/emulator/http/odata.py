"""OData query options of Graph's lists: $filter, $orderby, $select, $count, $top; others are refused, not ignored.

Page ``tenantrelationship-list-delegatedadminrelationships`` names these and $skipToken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Call

DEFAULT_PAGE, LARGEST_PAGE = 100, 300
_KNOWN = frozenset({"$filter", "$orderby", "$select", "$count", "$top", "$skiptoken"})
_TOKEN = re.compile(r"\s*(?:([()])|(,)|('(?:[^']|'')*')|([\w/.:+-]+))")
_MOST_TOKENS = 200
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
Item = Mapping[str, Any]
Test = Callable[[Item], bool]


def value_at(item: Item, path: str) -> str:
    """The text of a member, ``customer/tenantId`` for one inside another; empty when it is not there."""
    found: Any = item
    for part in path.lower().split("/"):
        lower = (
            {str(name).lower(): value for name, value in found.items()} if isinstance(found, Mapping) else {}
        )
        found = lower.get(part)
    return "" if found is None else str(found)


class _Filter:
    """A recursive descent over: or, and, not, parentheses, comparisons, startswith."""

    def __init__(self, text: str, fields: frozenset[str]) -> None:
        self.text, self.fields = text, fields
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None or len(self.tokens) >= _MOST_TOKENS:
                raise self.unsupported()
            self.tokens.append(match[0].strip())
            place = match.end()

    def unsupported(self) -> Exception:
        return bad_request(f"The filter {self.text[:80]!r} is not supported.")

    def parse(self) -> Test:
        test = self._either()
        if self.tokens:
            raise self.unsupported()
        return test

    def _next(self, *wanted: str) -> bool:
        if self.tokens and self.tokens[0].lower() in wanted:
            del self.tokens[0]
            return True
        return False

    def _take(self) -> str:
        if not self.tokens:
            raise self.unsupported()
        return self.tokens.pop(0)

    def _either(self) -> Test:
        tests = [self._all()]
        while self._next("or"):
            tests.append(self._all())
        return lambda item: any(test(item) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._next("and"):
            tests.append(self._one())
        return lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        if self._next("not"):
            test = self._one()
            return lambda item: not test(item)
        if self._next("("):
            test = self._either()
            if not self._next(")"):
                raise self.unsupported()
            return test
        if self._next("startswith"):
            return self._starts_with()
        field, compare, wanted = self._field(), _COMPARE.get(self._take().lower()), self._literal()
        if compare is None:
            raise self.unsupported()
        return lambda item: compare(value_at(item, field), wanted)

    def _starts_with(self) -> Test:
        if not self._next("("):
            raise self.unsupported()
        field = self._field()
        if not self._next(","):
            raise self.unsupported()
        wanted = self._literal()
        if not self._next(")"):
            raise self.unsupported()
        return lambda item: value_at(item, field).startswith(wanted)

    def _field(self) -> str:
        name = self._take()
        if name.lower() not in self.fields:
            raise self.unsupported()
        return name

    def _literal(self) -> str:
        text = self._take()
        if text.startswith("'"):
            return text[1:-1].replace("''", "'")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.]+Z)?", text):
            raise self.unsupported()
        return text


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a list was asked for. ``test`` is None without a filter; ``order`` is (member, descending)."""

    top: int
    test: Test | None
    order: tuple[tuple[str, bool], ...]
    select: frozenset[str]
    count: bool

    def sorted(self, items: Iterable[Item]) -> list[Item]:
        """The items that fit, in the order asked for."""
        chosen = [item for item in items if self.test is None or self.test(item)]
        for member, descending in reversed(self.order):
            chosen.sort(key=lambda item: value_at(item, member), reverse=descending)
        return chosen

    def selected(self, item: Item) -> dict[str, Any]:
        """The members asked for, and what OData says about the item."""
        if not self.select:
            return dict(item)
        return {name: value for name, value in item.items() if name[:1] == "@" or name.lower() in self.select}


def read_options(call: Call, fields: Iterable[str]) -> ListOptions:
    """The options of a call; ``fields`` are what one may filter and order by. Raises Graph's 400."""
    known = frozenset(field.lower() for field in fields)
    for name in call.query:
        if name.startswith("$") and name not in _KNOWN:
            raise bad_request(f"The query option {name} is not supported.")
    top = call.query.get("$top", str(DEFAULT_PAGE))
    if not top.isdigit() or not 1 <= int(top) <= LARGEST_PAGE:
        raise bad_request(f"$top must be between 1 and {LARGEST_PAGE}.")
    text = call.query.get("$filter", "")
    order: list[tuple[str, bool]] = []
    for part in filter(None, call.query.get("$orderby", "").split(",")):
        member, _, direction = part.strip().partition(" ")
        if member.lower() not in known or direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_request(f"$orderby {part[:80]!r} is not supported.")
        order.append((member, direction.strip().lower() == "desc"))
    return ListOptions(
        top=int(top),
        test=_Filter(text, known).parse() if text.strip() else None,
        order=tuple(order),
        select=frozenset(
            name.strip().lower() for name in call.query.get("$select", "").split(",") if name.strip()
        ),
        count=call.query.get("$count", "").lower() == "true",
    )


def small_list(
    call: Call, fields: Iterable[str], items: list[dict[str, Any]], context: str
) -> dict[str, Any]:
    """The body of a list that is never longer than a page."""
    options = read_options(call, fields)
    chosen = options.sorted(items)
    body: dict[str, Any] = {"@odata.context": context}
    if options.count:
        body["@odata.count"] = len(chosen)
    return {**body, "value": [options.selected(item) for item in chosen[: options.top]]}

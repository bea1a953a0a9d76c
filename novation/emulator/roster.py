"""The customers of one account in the order in which they came, with cursors that survive changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator


class Roster:
    """Append-only places; a customer that leaves leaves a gap, so a cursor never skips or repeats anybody."""

    def __init__(self) -> None:
        self._place: dict[str, int] = {}
        self._order: list[tuple[int, str]] = []
        self._next = 0

    def add(self, tid: str) -> None:
        """A customer joins, at the end."""
        if tid not in self._place:
            self._next += 1
            self._place[tid] = self._next
            self._order.append((self._next, tid))

    def remove(self, tid: str) -> None:
        """A customer leaves."""
        self._place.pop(tid, None)

    def __contains__(self, tid: object) -> bool:
        return tid in self._place

    def __len__(self) -> int:
        return len(self._place)

    def after(self, place: int) -> Iterator[tuple[int, str]]:
        """(place, tenant id) of everybody behind a place; 0 is the beginning."""
        # By index: a copy of the rest would cost more than the page.
        for index in range(bisect_right(self._order, (place, "\U0010ffff")), len(self._order)):
            found, tid = self._order[index]
            if self._place.get(tid) == found:
                yield found, tid

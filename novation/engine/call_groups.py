"""Groups of calls, and how many each may have under way, so that a slow one cannot starve another.

When Microsoft's side answers one kind of call slowly, or its budget is used up, calls of that kind pile up. They
may take most of the places of an engine, but the last ones are kept for groups that have few calls under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum


class CallGroup(StrEnum):
    """Calls that go to the same part of Microsoft's side, and so are slow together."""

    INVENTORY = "inventory"
    RELATIONSHIP = "relationship"
    AGREEMENT = "agreement"
    ACCESS = "access"
    TRANSFER = "transfer"
    CLEANUP = "cleanup"


#: Calls that every group may have under way, whatever the others do.
ALWAYS = 2


class Room:
    """The places of one engine at one moment; what is taken counts at once.

    Args:
        total: calls at once.
        running: how many of each group are under way.
    """

    def __init__(self, total: int, running: Mapping[CallGroup, int] | None = None) -> None:
        self.total = total
        self._running: Counter[CallGroup] = Counter(running or {})
        # With very few places everybody shares them.
        self._kept = min(ALWAYS * (len(CallGroup) - 1), total // 3)

    def copy(self) -> Room:
        """The same places, to be taken apart from these."""
        return Room(self.total, self._running)

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return max(0, self.total - self._running.total())

    def has(self, group: CallGroup) -> bool:
        """True when one more call of this group may begin."""
        if self.free > self._kept:
            return True
        return self._running[group] < ALWAYS

    def take(self, group: CallGroup) -> bool:
        """Takes a place for a call of this group; False when it has to wait."""
        if not self.has(group):
            return False
        self._running[group] += 1
        return True

    def full(self) -> list[str]:
        """The groups that may not begin another call now."""
        return [str(one) for one in CallGroup if not self.has(one)]

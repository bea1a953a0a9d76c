"""Classes of work, and how many calls each may have under way, so that a slow one cannot starve another.

When Microsoft's side answers one kind of call slowly, or its budget is used up, calls of that kind pile up. They
may take most of the places of an engine, but the last ones are kept for classes that have few calls under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from novation.domain.steps import StepKind


class WorkClass(StrEnum):
    """Calls that go to the same part of Microsoft's side, and so are slow together."""

    INVENTORY = "inventory"
    RELATIONSHIP = "relationship"
    AGREEMENT = "agreement"
    ACCESS = "access"
    TRANSFER = "transfer"
    CLEANUP = "cleanup"


_INVENTORY, _RELATIONSHIP, _AGREEMENT, _ACCESS, _TRANSFER, _CLEANUP = WorkClass

CLASS_OF: Mapping[StepKind, WorkClass] = {
    StepKind.READ_BASELINE: _INVENTORY,
    StepKind.VERIFY: _INVENTORY,
    StepKind.READ_OLD_SIDE: _INVENTORY,
    StepKind.READ_INVITATION: _RELATIONSHIP,
    StepKind.READ_RELATIONSHIP: _RELATIONSHIP,
    StepKind.READ_AGREEMENT: _AGREEMENT,
    StepKind.CREATE_ATTESTATION: _AGREEMENT,
    StepKind.READ_ATTESTATION: _AGREEMENT,
    StepKind.CREATE_AGREEMENT: _AGREEMENT,
    StepKind.CREATE_ACCESS: _ACCESS,
    StepKind.LOCK_ACCESS: _ACCESS,
    StepKind.READ_ACCESS: _ACCESS,
    StepKind.ASSIGN_ACCESS: _ACCESS,
    StepKind.READ_TRANSFERS: _TRANSFER,
    StepKind.CREATE_TRANSFER: _TRANSFER,
    StepKind.ACCEPT_TRANSFER: _TRANSFER,
    StepKind.READ_TRANSFER: _TRANSFER,
    StepKind.CANCEL_TRANSFER: _TRANSFER,
    StepKind.RESTORE_SETTING: _CLEANUP,
    StepKind.END_OLD_ACCESS: _CLEANUP,
    StepKind.REMOVE_RELATIONSHIP: _CLEANUP,
    StepKind.SET_TERM_END: _CLEANUP,
    StepKind.PREPARE_ORDER: _TRANSFER,
    StepKind.PLACE_ORDER: _TRANSFER,
    StepKind.READ_ORDER: _TRANSFER,
}

#: Calls that every class may have under way, whatever the others do.
ALWAYS = 2


class Room:
    """The places of one engine at one moment; what is taken counts at once.

    Args:
        total: calls at once.
        running: how many of each class are under way.
    """

    def __init__(self, total: int, running: Mapping[WorkClass, int] | None = None) -> None:
        self.total = total
        self._running: Counter[WorkClass] = Counter(running or {})
        # With very few places everybody shares them.
        self._kept = min(ALWAYS * (len(WorkClass) - 1), total // 3)

    def copy(self) -> Room:
        """The same places, to be taken apart from these."""
        return Room(self.total, self._running)

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return max(0, self.total - self._running.total())

    def has(self, work_class: WorkClass) -> bool:
        """True when one more call of this class may begin."""
        if self.free > self._kept:
            return True
        return self._running[work_class] < ALWAYS

    def take(self, kind: StepKind) -> bool:
        """Takes a place for a call of this kind; False when its class has to wait."""
        work_class = CLASS_OF[kind]
        if not self.has(work_class):
            return False
        self._running[work_class] += 1
        return True

    def full(self) -> list[str]:
        """The classes that may not begin another call now."""
        return [str(one) for one in WorkClass if not self.has(one)]

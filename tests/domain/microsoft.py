"""What is true on Microsoft's side in the world of the rules, kept apart from what is known of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from novation.domain.facts import Item
from tests.builders import DAY, NOW, item


@dataclass
class Microsoft:
    """What is true on the other side, whatever we know of it."""

    relationship: bool = False
    agreement: bool = False
    link: str = ""
    grant: str = ""
    assigned: bool = False
    group_failed: bool = False
    short: bool = False  # the customer approved fewer roles than asked for
    expiring: bool = False
    confirmed_by: str = ""  # whose confirmation is on record, from before 2023; that person cannot sign again
    foreign: bool = False  # another partner's request is open
    loses: str = ""  # what a transfer does wrong: renewal, seats, both, neither
    odd: dict[int, str] = field(default_factory=dict)
    old_grant: str = "active"
    old_relationship: bool = True
    transfers: dict[str, str] = field(default_factory=dict)
    taken: dict[str, tuple[int, ...]] = field(default_factory=dict)
    owner: dict[int, str] = field(default_factory=dict)
    bought: set[int] = field(default_factory=set)  # what is bought anew on the target
    effects: Counter[str] = field(default_factory=Counter)

    def goal_of_access(self, before: str) -> str:
        """The state of rights that the customer approved, as `observed.access` judges them; empty: as before."""
        new = before in ("pending", "approved", "preparing", "degraded")
        if self.short:
            return "short" if new or before in ("active", "usable") else ""
        if self.assigned and self.group_failed:
            return "active" if new else "unassigned"
        if self.assigned and before in ("pending", "approved", "preparing"):
            return "active"
        if self.assigned:
            return "expiring" if self.expiring and before in ("usable", "expiring") else "usable"
        return "active" if new else ""


def some_items(number: int, near: bool, *, days: int = 200) -> tuple[Item, ...]:
    """So many subscriptions that end in so many days, one of them near its renewal when asked for."""
    later = NOW + days * DAY
    ends = NOW + 3 * DAY if near else later
    return tuple(item(n, quantity=n, ends=ends if n == 1 else later) for n in range(1, number + 1))

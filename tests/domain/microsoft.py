"""What is true on Microsoft's side in the world of the rules, kept apart from what is known of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
    effects: Counter[str] = field(default_factory=Counter)

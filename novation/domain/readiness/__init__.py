"""What blocks or endangers one customer's move, and what to do about it: `findings(reading, policy, now)`.

A pure function of one reading. Each file beside this one looks at one subject.
"""

from __future__ import annotations

from datetime import datetime

from novation.domain.policy import Policy
from novation.domain.readiness import access_rights, agreements, people, region, subscriptions
from novation.domain.readiness.agreements import AGREEMENT_SINCE
from novation.domain.readiness.facts import Address, Extra, Paper, Reading
from novation.domain.readiness.finding import Finding, Level
from novation.domain.readiness.money import Price

__all__ = [
    "AGREEMENT_SINCE",
    "HOLDS_BACK",
    "Address",
    "Extra",
    "Finding",
    "Level",
    "Paper",
    "Price",
    "Reading",
    "blockers",
    "findings",
    "next_change",
]

#: Blockers that a task "find a contact" deals with; all others hold the announcement back for a review.
CONTACT_CODES = people.BLOCKERS
#: Blockers for which nobody is told before an operator has judged them.
HOLDS_BACK = frozenset({"region"})


def findings(reading: Reading, policy: Policy, now: datetime) -> list[Finding]:
    """Judges one reading of the source account: blockers first, then warnings, then notes.

    Args:
        reading: what is known of the customer.
        policy: guard window, batch size and region.
        now: programme time.
    """
    found = [
        *region.look(reading, policy),
        *people.look(reading),
        *access_rights.look(reading),
        *agreements.look(reading),
        *subscriptions.look(reading, policy, now),
    ]
    return sorted(found, key=lambda one: list(Level).index(one.level))  # stable within a level


def blockers(found: list[Finding]) -> tuple[str, ...]:
    """The codes of the blockers, sorted."""
    return tuple(sorted({one.code for one in found if one.level is Level.BLOCKER}))


def next_change(reading: Reading, policy: Policy, now: datetime) -> datetime | None:
    """When the passing of time alone will change the findings; None when it will not."""
    moments = [
        moment
        for item in reading.items
        if item.ends is not None
        for moment in (item.ends - policy.guard_window, item.ends)
        if moment > now
    ]
    return min(moments, default=None)

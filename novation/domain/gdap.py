"""Delegated admin relationships (GDAP) by what their status means: the one place that sorts Graph's words.

The words are those of `delegatedAdminRelationshipStatus` (Graph, delegatedAdminRelationship resource type). `rejected`
is not among them; it is how a request is kept whose rejection was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

#: Asked for, and not answered by the customer: it gives no rights. It can be deleted while `created`; once it waits
#: for approval nobody but the customer can end it, and it runs out 90 days later.
OPEN = frozenset({"created", "approvalPending"})
#: Approved, and not in force yet: minutes later it is. Microsoft does not end it before.
ON_ITS_WAY = frozenset({"approved", "activating"})
#: It gives rights: groups can be assigned to it, and it can be ended.
ACTIVE = frozenset({"active", "expiring"})
#: The customer approved it, and nobody has ended it.
IN_FORCE = ON_ITS_WAY | ACTIVE
#: Not over: waits for an answer, or is in force.
ALIVE = OPEN | IN_FORCE
#: Somebody ended it, or is ending it.
ENDED = frozenset({"terminationRequested", "terminating", "terminated"})
#: It gives no rights and never will.
OVER = ENDED | {"expired", "rejected"}


class HasStatus(Protocol):
    """Anything with the status of a relationship."""

    status: str


T = TypeVar("T", bound=HasStatus)


def most_alive(relationships: Sequence[T]) -> T | None:
    """The one that matters of several of one account: the newest that is active, else in force, else of all.

    Args:
        relationships: the oldest first.
    """
    for states in (ACTIVE, IN_FORCE):
        found = newest_in(relationships, states)
        if found is not None:
            return found
    return relationships[-1] if relationships else None


def newest_in(relationships: Iterable[T], states: frozenset[str]) -> T | None:
    """The last of these whose status is one of `states`; None when there is none."""
    found = None
    for one in relationships:
        if one.status in states:
            found = one
    return found

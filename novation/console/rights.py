"""Who may do what in the console: four groups, six rights."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Group(StrEnum):
    """A role, stored as a Django group of the same name."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that a person may do."""

    SEE = "see"  # every page
    WORK = "work"  # take and end tasks, answer questions
    APPROVE = "approve"  # be the second person of an acceptance task
    STEER = "steer"  # launch, pause and resume waves and moves
    EXPORT = "export"  # take lists and evidence out
    ERASE = "erase"  # erase the people of a move that has ended


RIGHTS: dict[Group, frozenset[Right]] = {
    Group.VIEWER: frozenset({Right.SEE}),
    Group.OPERATOR: frozenset({Right.SEE, Right.WORK, Right.STEER, Right.EXPORT}),
    Group.APPROVER: frozenset({Right.SEE, Right.APPROVE}),
    Group.ADMIN: frozenset(Right),
}


def rights_of(user: Any) -> frozenset[Right]:
    """What a signed-in user may do; the answer is kept on the user object for the rest of the request."""
    known: frozenset[Right] | None = getattr(user, "_novation_rights", None)
    if known is None:
        if not user.is_authenticated or not user.is_active:
            known = frozenset()
        elif user.is_superuser:
            known = frozenset(Right)
        else:
            names = set(user.groups.values_list("name", flat=True))
            known = frozenset(right for group in Group if group in names for right in RIGHTS[group])
        user._novation_rights = known
    return known

"""Granular delegated admin relationships: states, durations, roles, assignments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
LIVE = frozenset({"created", "approvalPending", "approved", "activating", "active", "expiring"})
REQUEST_LIFE = timedelta(days=90)
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")

# Roles that let a partner read, and change, users and licences of the customer (role template ids).
READ_ROLES = frozenset({
    GLOBAL_ADMIN,
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",  # Global Reader
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
    "9360feb5-f418-4baa-8175-e2a00bac4301",  # Directory Writers
    "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a",  # License Administrator
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",  # Helpdesk Administrator
})  # fmt: skip
USER_ROLES = frozenset(
    {GLOBAL_ADMIN, "fe930be7-5e62-47db-91af-98c3a49a38b1", "9360feb5-f418-4baa-8175-e2a00bac4301"}
)
LICENCE_ROLES = USER_ROLES | {"4d6ac14f-3453-41d0-bef9-a3e0c569773a"}
ROLE_ROLES = frozenset(
    {GLOBAL_ADMIN, "e8611ab8-c189-46e8-94e1-60213ab1f814"}
)  # + Privileged Role Administrator


def parse_duration(text: str) -> timedelta:
    """ISO 8601 duration in years (365 days), months (30), days and times. Raises ValueError."""
    match = _DURATION.match(text) if isinstance(text, str) else None
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as P730D.")
    if any(len(part or "") > 6 for part in match.groups()):
        raise ValueError(f"{text[:30]!r}… is too long.")
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=years * 365 + months * 30 + days, hours=hours, minutes=minutes, seconds=seconds)


@dataclass(slots=True)
class Assignment:
    """A security group of the partner that gets some of the roles. pending -> active -> deleting -> deleted."""

    id: str
    group_id: str
    group_type: str
    roles: list[str]
    created_at: datetime
    changed_at: datetime
    status: str = "pending"
    version: int = 1


@dataclass(slots=True)
class AdminRelationship:
    """One relationship. ``account`` is the partner that asked for it; ``serial`` counts those made after the seed,
    ``place`` those that the seed gave to one customer."""

    id: str
    account: str
    display_name: str
    duration: str
    roles: list[str]
    created_at: datetime
    changed_at: datetime
    auto_extend: str = "PT0S"
    customer_id: str | None = None
    customer_name: str | None = None
    status: str = "created"
    locked_at: datetime | None = None
    activated_at: datetime | None = None
    ends_at: datetime | None = None
    assignments: dict[str, Assignment] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    version: int = 1
    serial: int = 0
    place: int = 0

    @property
    def live(self) -> bool:
        """On its way to the customer, or in force."""
        return self.status in LIVE

    def move_to(self, status: str, at: datetime) -> None:
        """Changes the state and notes when."""
        self.status, self.changed_at = status, at
        self.version += 1

    def granted_roles(self) -> frozenset[str]:
        """The roles in force: only an active relationship with an active assignment gives any."""
        if self.status not in {"active", "expiring"}:
            return frozenset()
        return frozenset(r for a in self.assignments.values() if a.status == "active" for r in a.roles)


def roles_of(relationships: dict[str, AdminRelationship], account: str) -> frozenset[str]:
    """All roles that an account holds in one customer tenant."""
    held: frozenset[str] = frozenset()
    for relationship in relationships.values():
        if relationship.account == account:
            held |= relationship.granted_roles()
    return held

"""The customer's directory: users, their licences, admin roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

SOFT_DELETED = timedelta(days=30)
ROLES: dict[str, str] = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
}


@dataclass(slots=True)
class User:
    """One account of the customer's tenant. ``licences`` maps SKU id to the excluded service plans."""

    id: str
    upn: str
    first_name: str
    last_name: str
    display_name: str
    usage_location: str | None
    state: str = "active"
    deleted_at: datetime | None = None
    immutable_id: str | None = None
    licences: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Directory:
    """Users by id and the members of each directory role."""

    users: dict[str, User]
    members: dict[str, list[str]] = field(default_factory=dict)

    def active(self) -> list[User]:
        """Everybody who is not deleted."""
        return [user for user in self.users.values() if user.state == "active"]

    def consumed(self, part_id: str) -> int:
        """Assigned licences of one SKU."""
        return sum(part_id in user.licences for user in self.active())

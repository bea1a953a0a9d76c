"""A transfer of subscriptions from one partner account to the other, and its lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MAX_LINES = 25
LIVE = frozenset({"Pending", "InProgress"})
PRODUCT_TYPES = {"onlineservicesnce": "OnlineServicesNCE", "azuresubscription": "AzureSubscription"}


@dataclass(slots=True)
class Line:
    """One subscription on its way. ``new_id`` exists on the target side after completion."""

    subscription_id: str
    product_type: str
    status: str = "InProgress"
    new_id: str | None = None
    new_order_id: str | None = None
    error: str | None = None
    done_at: datetime | None = None


@dataclass(slots=True)
class Transfer:
    """One request. States: Pending -> InProgress -> Complete | PartiallyComplete | Failed, or Cancel | Reject |
    Expired. PartiallyComplete is from the example of page ``get-all-of-a-customer-s-transfers``, which is of the
    legacy era; nothing says that New Commerce has another word."""

    id: str
    customer_id: str
    source: str
    target: str
    source_name: str
    target_name: str
    customer_email: str
    customer_name: str
    kind: int
    product_types: list[str]
    created_at: datetime
    expires_at: datetime
    changed_at: datetime
    status: str = "Pending"
    completed_at: datetime | None = None
    mpn: str | None = None
    lines: list[Line] = field(default_factory=list)
    version: int = 1

    @property
    def ended(self) -> bool:
        """Is every line decided?"""
        return self.completed_at is not None

    @property
    def live(self) -> bool:
        """Pending or under way."""
        return self.status in LIVE

    def move_to(self, status: str, at: datetime) -> None:
        """Changes the state and notes when."""
        self.status, self.changed_at = status, at
        self.version += 1

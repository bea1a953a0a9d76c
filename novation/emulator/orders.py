"""Orders and carts of a customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LISTING_LAG = timedelta(minutes=15)
CART_LIFE = timedelta(days=7)


@dataclass(slots=True)
class Order:
    """One order. ``lines`` are kept as they go over the wire."""

    id: str
    account: str
    created_at: datetime
    cycle: str
    lines: list[dict[str, Any]]
    kind: str = "UserPurchase"
    status: str = "completed"


@dataclass(slots=True)
class Cart:
    """One cart; checked out at most once."""

    id: str
    account: str
    created_at: datetime
    changed_at: datetime
    user: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    status: str = "Active"
    result: dict[str, Any] | None = None

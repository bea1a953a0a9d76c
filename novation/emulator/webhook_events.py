"""Webhook events that wait to be delivered (page ``partner-center-webhooks``)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

ATTEMPTS = 10
EVENTS = (
    "azure-fraud-event-detected",
    "dap-admin-relationship-approved",
    "dap-admin-relationship-terminated",
    "dap-admin-relationship-terminated-by-microsoft",
    "granular-admin-access-assignment-activated",
    "granular-admin-access-assignment-created",
    "granular-admin-access-assignment-deleted",
    "granular-admin-access-assignment-updated",
    "granular-admin-relationship-activated",
    "granular-admin-relationship-approved",
    "granular-admin-relationship-expired",
    "granular-admin-relationship-terminated",
    "indirect-reseller-relationship-accepted-by-customer",
    "invoice-ready",
    "referral-created",
    "referral-updated",
    "related-referral-created",
    "related-referral-updated",
    "reseller-relationship-accepted-by-customer",
    "subscription-updated",
    "test-created",
    "usagerecords-thresholdExceeded",
    # The five below are named from memory in our reference; Microsoft's current list was not seen.
    "create-transfer",
    "update-transfer",
    "complete-transfer",
    "fail-transfer",
    "expire-transfer",
)


@dataclass(slots=True)
class Registration:
    """The one address that an account may register."""

    subscriber_id: str
    url: str
    events: list[str]
    x_ms_signature: bool
    changed_at: datetime


@dataclass(slots=True)
class WebhookEvent:
    """One event on its way to the registered address. ``next_at`` is when it is tried (again)."""

    account: str
    event: str
    uri: str | None
    name: str
    audit_id: str | None
    at: datetime
    next_at: datetime
    correlation_id: str | None = None
    attempts: int = 0
    decided: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)

    def duplicate(self) -> WebhookEvent:
        """The same event once more, as a doubled delivery."""
        return replace(self, decided=True, attempts=0, results=[])

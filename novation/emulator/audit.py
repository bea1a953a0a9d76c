"""The activity log of each partner account (page ``get-a-record-of-partner-center-activity-by-user``)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_EPOCH_TICKS = 621_355_968_000_000_000


@dataclass(slots=True)
class AuditRecord:
    """One act of a partner's user or app, or an event Microsoft logs for the partner."""

    id: str
    partner_id: str
    customer_id: str | None
    customer_name: str | None
    user: str | None
    application_id: str | None
    resource_type: str
    operation: str
    at: datetime
    status: str = "succeeded"
    correlation_id: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    data: dict[str, str] = field(default_factory=dict)


def record_id(partner_id: str, customer_id: str | None, operation: str, at: datetime, number: int) -> str:
    """``{partner}_{customer}_{operation}_{ticks}``; the running number keeps two in one tick apart."""
    ticks = _EPOCH_TICKS + int(at.timestamp() * 10_000_000) + number % 10
    return f"{partner_id}_{customer_id or 'none'}_{operation}_{ticks}_{number}"


def pascal(value: Any) -> Any:
    """The same JSON value with PascalCase member names, as some answers and all audit values have them."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def audit_value(value: Any) -> str:
    """A resource as the log keeps it: a JSON text in PascalCase."""
    return json.dumps(pascal(value), separators=(",", ":"), default=str)

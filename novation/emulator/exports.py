"""Reconciliation exports on Graph: an operation that runs for a while, a manifest, files (§10.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

EXPORT_DURATION = timedelta(seconds=45)
EXPORT_RETENTION = timedelta(days=1)  # invented: afterwards 410 Gone
LINES_PER_FILE = 5_000


@dataclass(slots=True)
class Export:
    """One export. The rows are fixed when it succeeds."""

    id: str
    account: str
    created_at: datetime
    invoice_id: str | None
    start: datetime
    end: datetime
    full: bool
    usage: bool
    secret: str
    files: list[bytes] = field(default_factory=list)
    etag: str = ""

    def status_at(self, now: datetime) -> str:
        """notStarted, running, succeeded."""
        age = now - self.created_at
        return (
            "notStarted" if age < EXPORT_DURATION / 9 else "running" if age < EXPORT_DURATION else "succeeded"
        )

    def is_expired_at(self, now: datetime) -> bool:
        """Has it been thrown away?"""
        return now - self.created_at > EXPORT_DURATION + EXPORT_RETENTION

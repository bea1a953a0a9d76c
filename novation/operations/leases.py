"""Is something held by somebody? One rule for moves that engines hold and tasks that people hold."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.db.models import Q


class Leased(Protocol):
    """A row that is held until a time."""

    lease_until: datetime | None


def is_leased(row: Leased, now: datetime) -> bool:
    """True while somebody's lease runs. At its end it is free."""
    return row.lease_until is not None and row.lease_until > now


def leased(now: datetime) -> Q:
    """The same as a condition."""
    return Q(lease_until__gt=now)


def free(now: datetime, prefix: str = "") -> Q:
    """The opposite as a condition.

    Args:
        now: programme time.
        prefix: leads to the row, such as `move__`.
    """
    return Q(**{f"{prefix}lease_until": None}) | Q(**{f"{prefix}lease_until__lte": now})

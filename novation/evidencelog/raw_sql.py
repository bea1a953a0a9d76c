"""What plain SQL needs and the ORM does by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime


def moment_of(value: datetime | str | None) -> datetime | None:
    """A time as the database gives it: SQLite knows texts only, in UTC."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

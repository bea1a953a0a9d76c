"""Terms and windows: months, years, midnight."""

from __future__ import annotations

import calendar as _calendar
from datetime import datetime, timedelta

TERM_MONTHS = {"P1M": 1, "P1Y": 12, "P3Y": 36}
CYCLE_MONTHS = {"monthly": 1, "annual": 12, "triennial": 36}
CANCEL_WINDOW = timedelta(days=7)  # page "cancel-a-subscription": 168 hours for licence-based offers
RETENTION = timedelta(days=90)  # page "get-a-record-of-partner-center-activity-by-user"


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later; the last day of a short month where the day is missing."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(moment.day, _calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def midnight(moment: datetime) -> datetime:
    """00:00 UTC of that day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def transfer_expiry(created: datetime) -> datetime:
    """30 days later, rounded up to midnight UTC (page "create-a-transfer": 2024-04-30 18:31 -> 2024-05-31)."""
    due = created + timedelta(days=30)
    return due if due == midnight(due) else midnight(due) + timedelta(days=1)

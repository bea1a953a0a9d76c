"""When a mail may reach a customer's office: working days and hours in the customer's own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from novation.domain.policy import Policy

SATURDAY = 5


def open_at(now: datetime, zone: tzinfo, policy: Policy) -> datetime:
    """The first moment, not before `now`, in which a mail of ours may arrive there.

    Args:
        now: aware.
        zone: the customer's.
        policy: `mail_from` and `mail_until` are full hours of the day; the same hour twice means at any time.
    """
    start, end = policy.mail_from, policy.mail_until
    if start == end:
        return now
    local = now.astimezone(zone)
    for days in range(8):
        day = (local + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        if policy.mail_workdays and day.weekday() >= SATURDAY:
            continue
        opens, closes = day.replace(hour=start, fold=0), _closing(day, end)
        if days == 0 and opens <= local < closes:
            return now
        if opens >= local:
            return opens.astimezone(now.tzinfo)
    return now


def _closing(day: datetime, end: int) -> datetime:
    midnight = day.replace(hour=0)
    return midnight + timedelta(days=1) if end == 24 else midnight.replace(hour=end)

"""The hours of a simulated day (UTC). Few and fixed, so that what happens at about the same time is done together."""

from __future__ import annotations

from datetime import datetime, timedelta

#: When customers read mail. Operators work at other hours, so that who comes first is settled.
CUSTOMER_HOURS = (10, 16)
#: When operators work the queue.
OPERATOR_HOURS = (8, 14)
#: When the clock comes to rest for something that falls due by itself.
DUE_HOURS = (10, 16)


def next_hour(moment: datetime, hours: tuple[int, ...]) -> datetime:
    """The first full hour out of `hours` at or after `moment`."""
    for day in (0, 1):
        start = (moment + timedelta(days=day)).replace(hour=0, minute=0, second=0, microsecond=0)
        for hour in hours:
            found = start + timedelta(hours=hour)
            if found >= moment:
                return found
    raise ValueError("no hours were given")

"""What a partner's activity log says about whom to look at now; it is a hint, and only what is then read is believed.

One reading serves all customers (page get-a-record-of-partner-center-activity-by-user), where looking at each costs a
call for each. No page says how late a record may come, nor that every change has one: single looks go on, more rarely.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from novation.domain.policy import Policy

#: The server refuses a first day further back (page get-a-record-of-partner-center-activity-by-user).
KEPT = timedelta(days=89)


class Topic(StrEnum):
    """What may have changed for a customer."""

    RELATIONSHIP = "relationship"
    AGREEMENT = "agreement"
    ACCESS = "access"
    TRANSFER = "transfer"


#: Resource types of records (page auditing-resources); all others tell us nothing that we wait for.
TOPICS = {
    "partner_customer_relationship": Topic.RELATIONSHIP,
    "partner_relationship": Topic.RELATIONSHIP,
    "agreement": Topic.AGREEMENT,
    "granular_admin_relationship": Topic.ACCESS,
    "granular_admin_access_assignment": Topic.ACCESS,
    "transfer": Topic.TRANSFER,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: the customer's tenant id, the type of what was touched, and when."""

    tenant: str
    resource: str
    at: datetime


def first_day(read_at: datetime | None, now: datetime, policy: Policy) -> date | None:
    """The first day to read; None while the last reading is fresh enough, or none is wanted.

    Args:
        read_at: when both logs were last read to the end; None: never.
        now: programme time.
        policy: says how often, and how late a record may come.
    """
    every = policy.activity_every
    if not every or (read_at is not None and read_at + every > now):
        return None
    return max((read_at or now) - policy.activity_lag, now - KEPT).date()


def news(entries: Iterable[Entry]) -> dict[str, dict[Topic, datetime]]:
    """Tenant id in lower case → what may have changed there, and when at last."""
    found: dict[str, dict[Topic, datetime]] = {}
    for entry in entries:
        topic = TOPICS.get(entry.resource.lower())
        if topic is None or not entry.tenant:
            continue
        topics = found.setdefault(entry.tenant.lower(), {})
        topics[topic] = max(entry.at, topics.get(topic, entry.at))
    return found


def is_followed(read_at: datetime | None, now: datetime, policy: Policy) -> bool:
    """True while the logs are read as they should be, so that single looks may be rarer."""
    every = policy.activity_every
    return bool(every) and read_at is not None and read_at + 3 * every > now


def rarer(every: timedelta, policy: Policy, *, followed: bool) -> timedelta:
    """The pause between two looks at one customer, longer while the logs are read."""
    return every * policy.activity_spares if followed else every

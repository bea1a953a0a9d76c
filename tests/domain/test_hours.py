"""Mails reach an office in its own working hours, in its own time zone, across week-ends and changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.domain.hours import open_at
from novation.domain.policy import Policy

PRAGUE, NEW_YORK, KOLKATA = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
CASES = [
    # zone, now (local), first moment (local)
    (PRAGUE, "2026-11-23 09:00", "2026-11-23 09:00"),  # Monday, open
    (PRAGUE, "2026-11-23 07:59", "2026-11-23 08:00"),
    (PRAGUE, "2026-11-23 17:00", "2026-11-24 08:00"),  # closes at five sharp
    (PRAGUE, "2026-11-27 18:30", "2026-11-30 08:00"),  # Friday evening
    (PRAGUE, "2026-11-28 11:00", "2026-11-30 08:00"),  # Saturday
    (PRAGUE, "2026-11-29 23:00", "2026-11-30 08:00"),  # Sunday
    (PRAGUE, "2026-03-28 12:00", "2026-03-30 08:00"),  # the clock goes forward in between
    (NEW_YORK, "2026-11-23 03:00", "2026-11-23 08:00"),
    (KOLKATA, "2026-11-23 16:59", "2026-11-23 16:59"),
]


@pytest.mark.parametrize(("zone", "now", "first"), CASES)
def test_the_first_moment_of_an_office(zone: ZoneInfo, now: str, first: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC)
    found = open_at(moment, zone, Policy())
    assert found == datetime.fromisoformat(first).replace(tzinfo=zone)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("policy", "now", "first"),
    [
        (Policy(mail_from=0, mail_until=0), "2026-11-28 03:00", "2026-11-28 03:00"),  # at any time
        (Policy(mail_workdays=False), "2026-11-28 11:00", "2026-11-28 11:00"),
        (Policy(mail_from=8, mail_until=24), "2026-11-23 23:59", "2026-11-23 23:59"),
    ],
)
def test_the_policy_can_be_another(policy: Policy, now: str, first: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PRAGUE)
    assert open_at(moment, PRAGUE, policy) == datetime.fromisoformat(first).replace(tzinfo=PRAGUE)


@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from([PRAGUE, NEW_YORK, KOLKATA, ZoneInfo("Pacific/Apia")]),
)
def test_it_is_never_in_the_past_nor_outside_the_hours_nor_far_away(minutes: int, zone: ZoneInfo) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = open_at(now, zone, Policy())
    local = found.astimezone(zone)
    assert now <= found <= now + timedelta(days=3, hours=1)
    assert 8 <= local.hour < 17 and local.weekday() < 5
    assert open_at(found, zone, Policy()) == found

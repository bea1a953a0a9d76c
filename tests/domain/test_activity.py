"""What the activity logs say about whom to look at, and how much rarer single looks are meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from novation.domain.activity import KEPT, Entry, Topic, first_day, is_followed, news, rarer
from novation.domain.policy import Policy
from tests.builders import DAY, HOUR, NOW

POLICY = Policy(activity_every=HOUR, activity_lag=6 * HOUR, activity_spares=4)
NEVER = replace(POLICY, activity_every=timedelta(0))


@pytest.mark.parametrize(
    ("read_at", "policy", "day"),
    [
        (None, POLICY, (NOW - 6 * HOUR).date()),
        (NOW - HOUR, POLICY, (NOW - 7 * HOUR).date()),
        (NOW - HOUR / 2, POLICY, None),
        (NOW - 200 * DAY, POLICY, (NOW - KEPT).date()),
        (None, NEVER, None),
        (NOW - 200 * DAY, NEVER, None),
    ],
)
def test_the_first_day_reaches_back_to_what_may_have_come_late(
    read_at: datetime | None, policy: Policy, day: date | None
) -> None:
    assert first_day(read_at, NOW, policy) == day


def test_the_latest_entry_of_each_kind_counts_for_each_customer() -> None:
    entries = [
        Entry("AAA", "transfer", NOW),
        Entry("aaa", "Transfer", NOW - HOUR),
        Entry("aaa", "granular_admin_access_assignment", NOW - 2 * HOUR),
        Entry("bbb", "agreement", NOW),
        Entry("ccc", "order", NOW),
        Entry("", "transfer", NOW),
        Entry("ddd", "a type of next year", NOW),
    ]
    assert news(entries) == {
        "aaa": {Topic.TRANSFER: NOW, Topic.ACCESS: NOW - 2 * HOUR},
        "bbb": {Topic.AGREEMENT: NOW},
    }


@pytest.mark.parametrize(
    ("read_at", "policy", "followed", "pause"),
    [
        (NOW - 2 * HOUR, POLICY, True, 4 * HOUR),
        (NOW - 3 * HOUR, POLICY, False, HOUR),
        (None, POLICY, False, HOUR),
        (NOW, NEVER, False, HOUR),
    ],
)
def test_single_looks_are_rarer_only_while_the_logs_are_read(
    read_at: datetime | None, policy: Policy, followed: bool, pause: timedelta
) -> None:
    assert is_followed(read_at, NOW, policy) is followed
    assert rarer(HOUR, policy, followed=followed) == pause


def test_where_the_pace_of_a_rehearsal_spaces_looks_they_are_not_made_rarer_still() -> None:
    assert POLICY.not_faster_than(HOUR / 2).activity_spares == 4
    hurried = POLICY.not_faster_than(8 * HOUR)
    assert (hurried.activity_spares, hurried.activity_every) == (1, 8 * HOUR)
    assert NEVER.not_faster_than(8 * HOUR).activity_every == timedelta(0)

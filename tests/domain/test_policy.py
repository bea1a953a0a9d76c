"""A policy survives storage, and a misspelt setting is not ignored."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from tests.builders import DAY

spans = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda d: d - d % timedelta(milliseconds=1))


@given(
    st.builds(
        Policy,
        reminders=st.lists(spans, max_size=4).map(tuple),
        answer_within=spans,
        second_approver=st.booleans(),
        batch_size=st.integers(1, 25),
        guard_window=spans,
    )
)
def test_a_policy_survives_storage(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy


def test_what_is_not_stored_has_its_default() -> None:
    assert Policy.from_json({"batch_size": 5}) == Policy(batch_size=5)


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(BadInput, match="no policy setting 'bach_size'"):
        Policy.from_json({"bach_size": 5})


def test_readings_are_not_repeated_faster_than_the_floor() -> None:
    slow = Policy().not_faster_than(DAY)
    assert slow.relationship_every == slow.transfer_every == slow.access_every == slow.agreement_every == DAY
    assert slow.check_patience == 8 * DAY
    assert slow.guard_window == Policy().guard_window


def test_a_low_floor_changes_nothing() -> None:
    assert Policy().not_faster_than(timedelta(0)) == Policy()

"""Each invariant can fail: a good summary passes, and every doctored one is caught by the right name."""

from typing import Any

import pytest

from novation.rehearsal.invariants import INVARIANTS, evaluate

GOOD: dict[str, Any] = {
    "customers": 10, "companies": 10, "moved": 6, "stayed": 1, "declined": 1, "unreachable": 1, "needs_operator": 1,
    "forgotten": [], "items_in_both": 0, "items_in_neither": 0, "seats_before": 90, "seats_after": 90,
    "subscriptions_before": 30, "subscriptions_after": 30, "repeated_writes": 0, "consents_without_act": 0,
    "notices_wrong_recipient": 0, "agreed": 8, "agreed_stopped": 1, "agreed_waiting": 1, "moved_without_agreement": 0,
    "steps_unsettled": 0, "writes_unexplained": 0, "writes_without_effect": 0, "bundles": 10, "bundles_verified": 10,
    "log_holds": True, "mishaps": [],
}  # fmt: skip

DOCTORED = {
    "every_customer_accounted_for": {"stayed": 0},
    "nobody_waits_for_nobody": {"forgotten": ["SEV-0001-0001"]},
    "no_item_in_both_accounts": {"items_in_both": 1},
    "no_item_in_neither_account": {"items_in_neither": 1},
    "seats_before_equal_seats_after": {"seats_after": 89},
    "subscriptions_before_equal_after": {"subscriptions_after": 31},
    "no_repeated_write": {"repeated_writes": 1},
    "no_consent_without_act": {"consents_without_act": 1},
    "no_notice_to_the_wrong_person": {"notices_wrong_recipient": 1},
    "who_agreed_has_moved": {"agreed_stopped": 0},
    "nobody_moved_without_agreeing": {"moved_without_agreement": 1},
    "every_outcome_is_known": {"steps_unsettled": 1},
    "writes_agree_with_the_call_record": {"writes_without_effect": 1},
    "every_bundle_verifies": {"bundles_verified": 9},
    "evidence_log_holds": {"log_holds": False},
    "nobody_gave_up": {"mishaps": ["somebody"]},
}


def test_a_good_summary_passes() -> None:
    assert all(evaluate(GOOD).values())


def test_every_invariant_has_a_doctored_summary() -> None:
    assert DOCTORED.keys() == INVARIANTS.keys()


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_summary_breaks_its_invariant(name: str) -> None:
    verdict = evaluate(GOOD | DOCTORED[name])
    assert not verdict[name]
    assert [other for other, holds in verdict.items() if not holds] == [name]

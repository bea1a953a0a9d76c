"""What must hold at the end of every rehearsal. Each is one sentence with a name, judged from the figures alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Figures = Mapping[str, Any]

INVARIANTS: dict[str, Callable[[Figures], bool]] = {
    "every_customer_accounted_for": lambda f: (
        f["customers"] == f["companies"]
        == f["moved"] + f["stayed"] + f["declined"] + f["unreachable"] + f["needs_operator"]
    ),
    "nobody_waits_for_nobody": lambda f: not f["forgotten"],
    "no_item_in_both_accounts": lambda f: f["items_in_both"] == 0,
    "no_item_in_neither_account": lambda f: f["items_in_neither"] == 0,
    "seats_before_equal_seats_after": lambda f: f["seats_before"] == f["seats_after"],
    "subscriptions_before_equal_after": lambda f: f["subscriptions_before"] == f["subscriptions_after"],
    "no_repeated_write": lambda f: f["repeated_writes"] == 0,
    "no_consent_without_act": lambda f: f["consents_without_act"] == 0,
    "no_notice_to_the_wrong_person": lambda f: f["notices_wrong_recipient"] == 0,
    "who_agreed_has_moved": lambda f: f["agreed"] == f["moved"] + f["agreed_stopped"] + f["agreed_waiting"],
    "nobody_moved_without_agreeing": lambda f: f["moved_without_agreement"] == 0,
    "every_outcome_is_known": lambda f: f["steps_unsettled"] == 0,
    "writes_agree_with_the_call_record": lambda f: f["writes_unexplained"] == 0 and f["writes_without_effect"] == 0,
    "every_bundle_verifies": lambda f: f["customers"] == f["bundles"] == f["bundles_verified"],
    "evidence_log_holds": lambda f: f["log_holds"],
    "nobody_gave_up": lambda f: not f["mishaps"],
}  # fmt: skip


def evaluate(figures: Figures) -> dict[str, bool]:
    """Each invariant by name: does it hold?"""
    return {name: bool(holds(figures)) for name, holds in INVARIANTS.items()}

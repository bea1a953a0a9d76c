"""Billing and clean-up: one row for each branch; nothing is cleaned before the new side is proven."""

from typing import Any

import pytest

from novation.domain.policy import Policy
from novation.domain.rules import closeout
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import ACCEPTED, DAY, HOUR, MOVED, NOW, facts, grant, notice, say

CLEANING = {**MOVED, "closeout": "cleaning"}
READ = {"old_side_read_at": NOW}
MAX_UNCERTAIN_LOGGED = {"notices": (notice("done"),)}

BILLING: dict[str, tuple[dict[str, str], str]] = {
    "nothing while it moves": ({**ACCEPTED, "transfer": "moving"}, "nothing"),
    "nothing while it differs": ({**ACCEPTED, "transfer": "wrong"}, "nothing"),
    "the new account invoices what is proven": ({**ACCEPTED, "transfer": "verified"}, "note; billing=new"),
    "with nothing to move as well": ({**ACCEPTED, "transfer": "nothing"}, "note; billing=new"),
    "after a split month as well": ({**MOVED, "billing": "split"}, "note; billing=new"),
    "once": (MOVED, "nothing"),
}


@pytest.mark.parametrize(("stands", "expected"), BILLING.values(), ids=BILLING)
def test_the_billing_follows_its_table(stands: dict[str, str], expected: str) -> None:
    assert say(closeout.billing(facts(stands), NOW)) == expected


CLOSEOUT: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "nothing before the new side is proven": ({**ACCEPTED, "transfer": "arrived"}, READ, "nothing"),
    "nothing before the new account invoices": ({**MOVED, "billing": "old"}, READ, "nothing"),
    "it rests two days": (MOVED, {}, "wait nobody +1d"),
    "then it is cleaned": (MOVED, {"since": {"transfer": NOW - 2 * DAY}}, "note; closeout=cleaning"),
    "the old side is read first": (CLEANING, {}, "do read-old-side"),
    "a reading from before does not count": (
        CLEANING,
        {"old_side_read_at": NOW - 2 * DAY},
        "do read-old-side",
    ),
    "the old rights are given up": (
        CLEANING,
        {**READ, "old_grant": grant("active")},
        "do end-old-access",
    ),
    "rights that have ended are left alone": (
        CLEANING,
        {**READ, "old_grant": grant("terminating")},
        "tell done",
    ),
    "a request that nobody approved is left to run out": (
        CLEANING,
        {**READ, "old_grant": grant("approvalPending")},
        "tell done",
    ),
    "rights on their way are ended when they are in force": (
        CLEANING,
        {**READ, "old_grant": grant("activating")},
        "wait microsoft +1h",
    ),
    "the customer is told": (CLEANING, READ, "tell done"),
    "Azure rights are cleared by hand": (CLEANING, {**READ, "azure_moved": True}, "ask azure-rights"),
    "who clears them is waited for": (
        CLEANING,
        {**READ, "azure_moved": True, "open_tasks": frozenset({TaskKind.AZURE})},
        "wait operator",
    ),
    "cleared rights let it go on": (
        CLEANING,
        {**READ, "azure_moved": True, "ended_tasks": {TaskKind.AZURE: (TaskOutcome.CLEANED, NOW)}},
        "tell done",
    ),
    "a secret that we hold is handed over": (CLEANING, {**READ, "secret_held": True}, "ask hand-over"),
    "once it is, it goes on": (
        CLEANING,
        {**READ, "secret_held": True, "ended_tasks": {TaskKind.HAND_OVER: (TaskOutcome.CLEANED, NOW)}},
        "tell done",
    ),
    "without an address it goes on untold": (
        CLEANING,
        {**READ, "has_contact": False, "old_relationship": False},
        "note; closeout=closed",
    ),
    "the empty relationship is given up": (
        CLEANING,
        {**READ, **MAX_UNCERTAIN_LOGGED},
        "do remove-relationship",
    ),
    "one that is gone needs nothing": (
        CLEANING,
        {**READ, **MAX_UNCERTAIN_LOGGED, "old_relationship": False},
        "note; closeout=closed",
    ),
    "one that still holds something is parked": (
        CLEANING,
        {**READ, **MAX_UNCERTAIN_LOGGED, "left_behind": 1},
        "note; closeout=parked",
    ),
    "by policy it is parked empty": (
        CLEANING,
        {**READ, **MAX_UNCERTAIN_LOGGED, "policy": Policy(remove_relationship=False)},
        "note; closeout=parked",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), CLOSEOUT.values(), ids=CLOSEOUT)
def test_the_closeout_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(closeout.closeout(facts(stands, **known), NOW)) == expected


def test_the_rest_before_cleaning_is_dated() -> None:
    soon = facts(MOVED, since={"transfer": NOW - DAY - 23 * HOUR})
    assert say(closeout.closeout(soon, NOW)) == "wait nobody +1h"

"""What was chosen to be bought anew: bought once, shortly before the old term ends; one row for each branch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from novation.domain.facts import Choice, ItemState
from novation.domain.policy import Policy
from novation.domain.rules import end_of_term
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import DAY, HOUR, NOW, facts, item, say

CAN_BUY = {
    "notice": "sent", "decision": "withdrawn", "relationship": "accepted", "agreement": "valid", "closeout": "stays",
}  # fmt: skip
LATER = {"since": {"closeout": NOW - 60 * DAY}, "baseline_at": NOW - HOUR}
REVIEW = TaskKind.REVIEW
CART = {"cart": "c", "cart_at": NOW - HOUR}
BOUGHT = {**CART, "bought_at": NOW - HOUR / 2}


def ending(**fields: Any) -> dict[str, Any]:
    """A subscription that ends in half a day, is set to end, and is to be bought anew."""
    known = {
        "ends": NOW + DAY / 2, "choice": Choice.BUY_NEW, "chosen_at": NOW - 20 * DAY, "auto_renew": False,
        "cancel_at_end": True, "choice_sent_at": NOW - 19 * DAY, "state": ItemState.STAYS, **fields,
    }  # fmt: skip
    return {"items": (item(1, **known),), **LATER}


TABLE: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "long before the end nothing is bought": (ending(ends=NOW + 30 * DAY), {}, "wait nobody +29d"),
    "a day before the end a cart is made": (ending(), {}, "do prepare-order"),
    "with the seats of today": ({**ending(), "baseline_at": NOW - 2 * DAY}, {}, "do read-baseline"),
    "and checked out": (ending(**CART), {}, "do place-order"),
    "a cart of last week is made anew": (ending(cart="c", cart_at=NOW - 6 * DAY), {}, "do prepare-order"),
    "what was bought is looked for": (ending(**BOUGHT), {}, "do read-order"),
    "again later when it is not listed yet": (
        ending(**BOUGHT, order_read_at=NOW - HOUR / 4),
        {},
        "wait microsoft +0.75h",
    ),
    "what does not come calls a person": (
        ending(**{**CART, "bought_at": NOW - 2 * DAY}, order_read_at=NOW - HOUR),
        {},
        "ask review",
    ),
    "but not before it was looked for once more": (
        ending(**{**CART, "bought_at": NOW - 2 * DAY}, order_read_at=NOW - 40 * HOUR),
        {},
        "do read-order",
    ),
    "what is there rests until the old one ends": (ending(**BOUGHT, replaced_at=NOW), {}, "wait nobody +12h"),
    "after the end the old side is read": (
        {**ending(**BOUGHT, replaced_at=NOW - HOUR, ends=NOW - HOUR / 2)},
        {},
        "do read-baseline",
    ),
    "what could not be bought in time is bought before the end is read": (
        ending(ends=NOW - HOUR / 2),
        {},
        "do prepare-order",
    ),
    "not before the old one is set to end": (
        ending(cancel_at_end=False, choice_sent_at=None),
        {},
        "do set-term-end",
    ),
    "without the relationship a person decides": (ending(), {"relationship": "lost"}, "ask review"),
    "without an agreement too": (ending(**CART), {"agreement": "expired"}, "ask review"),
    "an add-on is bought by hand": (ending(parent="sub-0002"), {}, "ask review"),
    "while a person looks nothing is bought": (
        {**ending(parent="x"), "open_tasks": frozenset({REVIEW})},
        {},
        "wait operator +12h",
    ),
    "what a person takes over is left alone": (
        {**ending(parent="x"), "ended_tasks": {REVIEW: (TaskOutcome.GO_ON, NOW)}},
        {},
        "wait nobody +12h",
    ),
    "mended is looked at once more": (
        {**ending(), "ended_tasks": {REVIEW: (TaskOutcome.RETRY, NOW)}},
        {},
        "do prepare-order",
    ),
    "a verdict of long ago says nothing about this": (
        {**ending(parent="x"), "ended_tasks": {REVIEW: (TaskOutcome.GO_ON, NOW - 30 * DAY)}},
        {},
        "ask review",
    ),
    "other choices buy nothing": (ending(choice=Choice.CANCEL), {}, "wait nobody +12h"),
}


@pytest.mark.parametrize(("known", "tracks", "expected"), TABLE.values(), ids=TABLE)
def test_buying_anew_follows_its_table(known: dict[str, Any], tracks: dict[str, str], expected: str) -> None:
    assert say(end_of_term.term_end(facts({**CAN_BUY, **tracks}, **known), NOW)) == expected


def test_the_policy_says_how_early_it_is_bought() -> None:
    early = Policy(buy_before=timedelta(days=5))
    known = ending(ends=NOW + 4 * DAY)
    assert say(end_of_term.term_end(facts(CAN_BUY, policy=early, **known), NOW)) == "do prepare-order"
    assert say(end_of_term.term_end(facts(CAN_BUY, **known), NOW)) == "wait nobody +3d"

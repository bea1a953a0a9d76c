"""The end of term of what stays: asked for, chosen, set, believed when read; one row for each branch."""

from typing import Any

import pytest

from novation.domain.facts import Choice, ItemState
from novation.domain.rules import end_of_term
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import DAY, HOUR, NOW, facts, item, notice, say

STAYS = {"notice": "sent", "decision": "declined", "closeout": "stays"}
SOON = NOW + 20 * DAY
LATER = {"since": {"closeout": NOW - 30 * DAY}}
TERM_END, REVIEW = TaskKind.TERM_END, TaskKind.REVIEW
OPEN = {"open_tasks": frozenset({TERM_END})}


def ends(**fields: Any) -> dict[str, Any]:
    return {"items": (item(1, **{"ends": SOON, **fields}),)}


def chosen(choice: Choice, **fields: Any) -> dict[str, Any]:
    return ends(choice=choice, chosen_at=NOW - 3 * HOUR, **fields)


SENT = {"choice_sent_at": NOW - 2 * HOUR}
TABLE: dict[str, tuple[dict[str, Any], str]] = {
    "nothing is left that could end": ({}, "nothing"),
    "what has moved does not end there": (ends(state=ItemState.VERIFIED), "nothing"),
    "what has ended does not end again": (ends(status="expired"), "nothing"),
    "a far end waits until two months before": (
        {**ends(ends=NOW + 200 * DAY), **LATER},
        "wait nobody +140d",
    ),
    "within two months the customer is written to": (
        {**ends(ends=NOW + 59 * DAY), **LATER},
        "tell term-end-1",
    ),
    "and an operator is asked to choose": (
        {**ends(ends=NOW + 59 * DAY), **LATER, "notices": (notice("term-end-1"),)},
        "ask term-end",
    ),
    "within one month it is written to again": (
        {**ends(), **LATER, **OPEN, "notices": (notice("term-end-1", 30 * DAY),)},
        "tell term-end-2",
    ),
    "once": (
        {**ends(), **LATER, **OPEN, "notices": (notice("term-end-2"),)},
        "wait operator +20d",
    ),
    "a letter of last year does not count": (
        {**ends(), **LATER, **OPEN, "notices": (notice("term-end-2", 365 * DAY),)},
        "tell term-end-2",
    ),
    "who has just said no is left alone for a week": ({**ends(), **OPEN}, "wait operator +6d"),
    "without an address only the operator is asked": (
        {**ends(), **LATER, "has_contact": False},
        "ask term-end",
    ),
    "the customer is written to two months before, the operator waits": (
        {**ends(ends=NOW + 50 * DAY), **LATER, **OPEN, "notices": (notice("term-end-1"),)},
        "wait operator +20d",
    ),
    "a renewal that is set already needs no call": (chosen(Choice.RENEW, auto_renew=True), "wait nobody +6d"),
    "a renewal is set": (chosen(Choice.RENEW, auto_renew=False), "do set-term-end"),
    "an end is set": (chosen(Choice.CANCEL), "do set-term-end"),
    "an extension is set, by decision only": (chosen(Choice.EXTEND), "do set-term-end"),
    "buying anew ends the old one with its term": (chosen(Choice.BUY_NEW), "do set-term-end"),
    "what was set is read": (chosen(Choice.CANCEL, choice_sent_at=NOW), "do read-baseline"),
    "what is read as set is believed": (
        {**chosen(Choice.CANCEL, auto_renew=False, cancel_at_end=True, **SENT), **LATER},
        "wait nobody +20d",
    ),
    "what is not shown calls a person": (chosen(Choice.CANCEL, **SENT), "ask review"),
    "who is waited for": (
        {**chosen(Choice.CANCEL, **SENT), "open_tasks": frozenset({REVIEW})},
        "wait operator +20d",
    ),
    "and may have it set once more": (
        {**chosen(Choice.CANCEL, **SENT), "ended_tasks": {REVIEW: (TaskOutcome.RETRY, NOW)}},
        "do set-term-end",
    ),
    "or has set it by hand": (
        {**chosen(Choice.CANCEL, **SENT), "ended_tasks": {REVIEW: (TaskOutcome.GO_ON, NOW)}},
        "wait operator +20d",
    ),
    "another choice is set anew": (
        chosen(Choice.CANCEL, choice_sent_at=NOW - 4 * HOUR),
        "do set-term-end",
    ),
    "a term that ended is read": (ends(ends=NOW - HOUR / 2), "do read-baseline"),
    "a term that Microsoft still shows as ended is read again tomorrow": (
        {**ends(ends=NOW - 2 * HOUR), **LATER},
        "wait nobody +1d",
    ),
}


@pytest.mark.parametrize(("known", "expected"), TABLE.values(), ids=TABLE)
def test_the_end_of_a_term_follows_its_table(known: dict[str, Any], expected: str) -> None:
    assert say(end_of_term.term_end(facts(STAYS, **known), NOW)) == expected


def test_each_choice_says_what_is_set() -> None:
    assert set(end_of_term.SETTINGS) == set(Choice)

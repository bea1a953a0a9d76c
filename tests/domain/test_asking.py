"""Telling the customer, reminding, calling: one row for each branch."""

from typing import Any

import pytest

from novation.domain.rules import notice as rules
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import DAY, HOUR, NOW, facts, notice, say

FIND, CALL, ANSWER = TaskKind.FIND_CONTACT, TaskKind.CALL, TaskKind.ANSWER
REVIEW = TaskKind.REVIEW
REMINDED = (notice(ago=15 * DAY), notice("reminder-1", 8 * DAY), notice("reminder-2"))

NOTICE: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "a customer with an address is told": ({}, {}, "tell announcement; notice=queued"),
    "without an address a contact is looked for": (
        {},
        {"has_contact": False},
        "ask find-contact; notice=blocked",
    ),
    "while it is looked for, an operator is waited for": (
        {"notice": "blocked"},
        {"has_contact": False, "open_tasks": frozenset({FIND})},
        "wait operator",
    ),
    "a contact that was found is told": ({"notice": "blocked"}, {}, "tell announcement; notice=queued"),
    "with nobody to write to it stays": (
        {"notice": "blocked"},
        {"has_contact": False, "ended_tasks": {FIND: (TaskOutcome.NONE_FOUND, NOW)}},
        "note; notice=skipped, closeout=stays",
    ),
    "a mail that came back makes work": (
        {"notice": "bounced"},
        {"has_contact": False},
        "ask find-contact",
    ),
    "another contact is told after a bounce": (
        {"notice": "bounced"},
        {},
        "tell announcement; notice=queued",
    ),
    "after a bounce nobody else was found": (
        {"notice": "bounced"},
        {"has_contact": False, "ended_tasks": {FIND: (TaskOutcome.NONE_FOUND, NOW)}},
        "note; notice=undeliverable, closeout=stays",
    ),
    "a search that ended before this bounce counts no more": (
        {"notice": "bounced"},
        {"has_contact": False, "ended_tasks": {FIND: (TaskOutcome.NONE_FOUND, NOW - 9 * DAY)}},
        "ask find-contact",
    ),
    "what forbids the move is judged before anybody is told": (
        {},
        {"blockers": ("region",)},
        "ask review; notice=blocked",
    ),
    "while it is judged, an operator is waited for": (
        {"notice": "blocked"},
        {"blockers": ("region",), "open_tasks": frozenset({REVIEW})},
        "wait operator",
    ),
    "a review that ended before the blocker was shown is about something else": (
        {},
        {"blockers": ("region",), "ended_tasks": {REVIEW: (TaskOutcome.GO_ON, NOW)}},
        "ask review; notice=blocked",
    ),
    "a blocker accepted as it is holds nothing back": (
        {"notice": "blocked"},
        {"blockers": ("region",), "ended_tasks": {REVIEW: (TaskOutcome.GO_ON, NOW)}},
        "tell announcement; notice=queued",
    ),
    "a blocker that was mended is read again": (
        {"notice": "blocked"},
        {"blockers": ("region",), "ended_tasks": {REVIEW: (TaskOutcome.RETRY, NOW)}},
        "do read-baseline",
    ),
    "a blocker that is still there is judged again": (
        {"notice": "blocked"},
        {
            "blockers": ("region",),
            "ended_tasks": {REVIEW: (TaskOutcome.RETRY, NOW - HOUR)},
            "baseline_at": NOW,
        },
        "ask review",
    ),
    "a mail on its way is waited for": ({"notice": "queued"}, {}, "wait engine"),
    "who was told is not told again": ({"notice": "sent"}, {}, "nothing"),
    "who was perhaps told is not told again": ({"notice": "uncertain"}, {}, "nothing"),
}


@pytest.mark.parametrize(("stands", "known", "expected"), NOTICE.values(), ids=NOTICE)
def test_the_notice_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(rules.notice(facts(stands, **known), NOW)) == expected


MAX_UNCERTAIN_LOGGED = {"notice": "sent", "decision": "asked"}
ANSWERS: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "who was told is asked": ({"notice": "sent"}, {}, "note; decision=asked"),
    "who was perhaps told is asked": ({"notice": "uncertain"}, {}, "note; decision=asked"),
    "who was not told is not asked": ({"notice": "queued"}, {}, "nothing"),
    "the first reminder waits a week": (MAX_UNCERTAIN_LOGGED, {"notices": (notice(),)}, "wait customer +6d"),
    "the first reminder goes after a week": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=7 * DAY),)},
        "tell reminder-1",
    ),
    "the second reminder waits two weeks": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=8 * DAY), notice("reminder-1"))},
        "wait customer +6d",
    ),
    "the second reminder goes after two weeks": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=14 * DAY), notice("reminder-1", 7 * DAY))},
        "tell reminder-2",
    ),
    "after the reminders three weeks are waited in all": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": REMINDED},
        "wait customer +6d",
    ),
    "then somebody calls": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=21 * DAY), *REMINDED[1:]), "since": {"decision": NOW - 21 * DAY}},
        "ask call; decision=silent",
    ),
    "while a question is open nobody is reminded": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=7 * DAY),), "open_tasks": frozenset({ANSWER})},
        "wait operator",
    ),
    "a question stops the clock": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=7 * DAY),), "clock_stopped": 2 * DAY},
        "wait customer +2d",
    ),
    "an answered question gives a week more": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=30 * DAY), *REMINDED[1:]), "since": {"decision": NOW - 2 * DAY}},
        "wait customer +5d",
    ),
    "a colleague is reminded like the first person": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "delegated"},
        {"notices": (notice(ago=7 * DAY),)},
        "tell reminder-1",
    ),
    "nobody is reminded without an address": (
        MAX_UNCERTAIN_LOGGED,
        {"notices": (notice(ago=7 * DAY),), "has_contact": False},
        "wait customer +14d",
    ),
    "nobody is reminded while the letter has come back": (
        {**MAX_UNCERTAIN_LOGGED, "notice": "bounced"},
        {"notices": (notice(ago=7 * DAY),), "has_contact": False},
        "nothing",
    ),
    "who was never written to gets time from the day it was asked": (
        MAX_UNCERTAIN_LOGGED,
        {},
        "wait customer +6d",
    ),
    "who is to be called is waited for": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
        {"open_tasks": frozenset({CALL})},
        "wait operator",
    ),
    "who was reached is asked again": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
        {"ended_tasks": {CALL: (TaskOutcome.REACHED, NOW - HOUR)}},
        "note; decision=asked",
    ),
    "who cannot be reached stays, and has not agreed": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
        {"ended_tasks": {CALL: (TaskOutcome.NO_ANSWER, NOW - HOUR)}},
        "note; decision=unreachable, closeout=stays",
    ),
    "a call of an earlier round counts no more": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
        {"ended_tasks": {CALL: (TaskOutcome.NO_ANSWER, NOW - 9 * DAY)}},
        "ask call",
    ),
    "a question waits for its answer": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "question"},
        {"open_tasks": frozenset({ANSWER})},
        "wait operator",
    ),
    "an answered question is open for a decision": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "question"},
        {"ended_tasks": {ANSWER: (TaskOutcome.ANSWERED, NOW)}},
        "note; decision=asked",
    ),
    "a question without a task gets one": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "question"},
        {},
        "ask answer",
    ),
    "a mandate goes on": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "mandate"},
        {"mandate_until": NOW + DAY},
        "nothing",
    ),
    "an unused mandate that ran out is asked for again": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "mandate"},
        {"mandate_until": NOW},
        "note; decision=asked",
    ),
    "a mandate that was just used is checked first": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "mandate", "relationship": "checking"},
        {"mandate_until": NOW},
        "nothing",
    ),
    "a mandate that was used may run out": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "mandate", "relationship": "accepted"},
        {"mandate_until": NOW - DAY},
        "nothing",
    ),
    "doing it oneself needs nothing here": ({**MAX_UNCERTAIN_LOGGED, "decision": "self"}, {}, "nothing"),
    "who is unreachable stays": (
        {**MAX_UNCERTAIN_LOGGED, "decision": "unreachable"},
        {},
        "note; closeout=stays",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(rules.answer(facts(stands, **known), NOW)) == expected

"""What is due for an operation: what holds for every kind, and then what the rule of its kind says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from novation.domain.facts import Uncertain
from novation.domain.next_action import Finished, MakeCall, SetState, Wait
from novation.domain.operations import ENDED, OperationState
from novation.domain.operations.decide import RULES, OperationAction, decide_operation
from novation.domain.operations.facts import OperationFacts
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Who
from tests.builders import DAY, HOUR, NOW

SWITCH = MakeCall(step="switch", why="asked for")


def rule(facts: OperationFacts, now: datetime) -> OperationAction:
    return SWITCH if facts.state == OperationState.ASKED else Wait(until=None, who=Who.NOBODY, why="nothing")


@pytest.fixture(autouse=True)
def one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "switch-renewal", rule)


def known(**given: Any) -> OperationFacts:
    values = {"kind": "switch-renewal", "state": OperationState.ASKED, "asked_at": NOW - HOUR, **given}
    return OperationFacts(**values)


def stopped(outcome: TaskOutcome) -> dict[str, Any]:
    return {"ended_tasks": {TaskKind.REVIEW: (outcome, NOW)}}


IN_DOUBT = Uncertain(step=9, kind="switch", look_at=NOW)
LATER = Uncertain(step=8, kind="switch", look_at=NOW + HOUR)

TABLE: dict[str, tuple[dict[str, Any], Any]] = {
    "its rule decides": ({}, SWITCH),
    "an unknown outcome is looked up first": ({"uncertain": (LATER, IN_DOUBT)}, ("settle", 9)),
    "nothing new is begun while an outcome is unknown": ({"uncertain": (LATER,)}, ("until", NOW + HOUR)),
    "a failed step waits for its next try": ({"retry_at": {"switch": NOW + HOUR}}, ("until", NOW + HOUR)),
    "a try that is due is made": ({"retry_at": {"switch": NOW}}, SWITCH),
    "a stopped step waits for an operator": ({"stopped": frozenset({"switch"})}, ("who", Who.OPERATOR)),
    "an operator who retries lets it go on": (stopped(TaskOutcome.RETRY), SWITCH),
    "an operator who stops ends it": (stopped(TaskOutcome.STOP), ("state", OperationState.FAILED)),
    "what was not begun in time is refused": ({"expires_at": NOW}, ("state", OperationState.REFUSED)),
    "what is held runs out too": (
        {"expires_at": NOW, "state": OperationState.HELD},
        ("state", OperationState.REFUSED),
    ),
    "what was begun does not run out": (
        {"expires_at": NOW - DAY, "state": OperationState.RUNNING},
        ("who", Who.NOBODY),
    ),
    "what may have been sent does not run out": (
        {"expires_at": NOW - DAY, "uncertain": (LATER,)},
        ("until", NOW + HOUR),
    ),
}


@pytest.mark.parametrize(("given", "expected"), TABLE.values(), ids=TABLE)
def test_an_operation_follows_its_table(given: dict[str, Any], expected: Any) -> None:
    action = decide_operation(known(**given), NOW)
    if isinstance(expected, tuple):
        name, value = expected
        assert getattr(action, name) == value, action
    else:
        assert action == expected


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_is_finished(state: OperationState) -> None:
    assert isinstance(decide_operation(known(state=state, uncertain=(IN_DOUBT,)), NOW), Finished)


def test_a_kind_without_a_rule_is_a_bug() -> None:
    with pytest.raises(LookupError, match="other"):
        decide_operation(known(kind="other"), NOW)


def test_the_engine_sets_states_and_nothing_else() -> None:
    assert isinstance(decide_operation(known(expires_at=NOW), NOW), SetState)

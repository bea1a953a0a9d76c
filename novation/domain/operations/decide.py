"""What is due for one operation: `decide_operation(facts, now)`, a pure function that performs nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from novation.domain.next_action import Finished, MakeCall, OpenTask, SetState, Wait
from novation.domain.operations.facts import OperationFacts
from novation.domain.operations.states import ENDED, NOT_BEGUN, OperationState
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.steps_in_doubt import earliest, held_back, look_ups

OperationAction = MakeCall | OpenTask | SetState | Wait | Finished
OperationRule = Callable[[OperationFacts, datetime], OperationAction]

#: The rule of each kind of operation. A kind is one file of this package, and one line here.
RULES: dict[str, OperationRule] = {}


def decide_operation(facts: OperationFacts, now: datetime) -> OperationAction:
    """Says what is due for this operation.

    What holds for every kind comes first: nothing new is begun while an outcome is unknown, what was not begun in
    time is refused, and what a person gave up has failed.

    Args:
        facts: what is known.
        now: programme time.

    Raises:
        LookupError: there is no rule for its kind, which is a bug.
    """
    if facts.state in ENDED:
        return Finished(why=str(facts.state))
    look_up, waits = look_ups(facts.uncertain, now)
    if look_up is not None:
        return look_up
    if waits:
        return earliest(waits)
    if facts.state in NOT_BEGUN and facts.expires_at is not None and facts.expires_at <= now:
        return SetState(state=OperationState.REFUSED, why="it was not begun in time")
    verdict = facts.ended_tasks.get(TaskKind.REVIEW)
    if verdict is not None and verdict[0] is TaskOutcome.STOP:
        return SetState(state=OperationState.FAILED, why="given up by an operator")
    rule = RULES.get(facts.kind)
    if rule is None:
        raise LookupError(f"No rule decides operations of the kind {facts.kind}.")
    action = rule(facts, now)
    return held_back(action, facts, now) if isinstance(action, MakeCall) else action

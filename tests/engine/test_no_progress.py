"""A write that is answered "done" and changes nothing stops, and a person is shown it; whatever kind it is."""

from datetime import timedelta
from typing import Any

import pytest

from novation.domain.errors import NeedsOperator
from novation.domain.next_action import MakeCall
from novation.domain.steps import StepKind, TaskKind, TaskOutcome, is_write
from novation.engine.work import CallOutcome, Result
from novation.moves.models import Move
from novation.operations.models import Step, Task
from novation.operations.services import steps
from tests import people
from tests.builders import NOW
from tests.engine.rehearsal import Rehearsal, instead

MINUTE = timedelta(minutes=1)
WRITES = [kind for kind in StepKind if is_write(kind)]


def done(move: Move, kind: StepKind, at: Any, **request: Any) -> Step:
    step = steps.begin(move, MakeCall(step=kind, why=""), account="target", request=request, now=at)
    steps.finish(step, Step.Outcome.DONE, now=at)
    return step


def review(house: Rehearsal, move: Move) -> Task | None:
    return Task.objects.filter(move_id=move.pk, kind=TaskKind.REVIEW, state="open").first()


@pytest.mark.parametrize("how", ["the call", "the look-up"])
def test_a_liar_is_stopped_and_shown(house: Rehearsal, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """The removal of the relationship has no effect, and is said to be done."""

    async def lies(accounts: Any, work: Any) -> Result:
        return Result(outcome=CallOutcome.DONE)

    async def loses(accounts: Any, work: Any) -> Result:
        return Result(outcome=CallOutcome.UNKNOWN, text="The answer was lost.")

    kind = StepKind.REMOVE_RELATIONSHIP
    instead(monkeypatch, kind, call=lies if how == "the call" else loses, look_up=lies)
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])

    def everybody() -> None:
        if Move.objects.get(pk=move.pk).decision_state == "asked":
            house.says(move, "mandate")
        house.accepts(move)
        house.works(move)

    house.until(lambda: review(house, move) is not None, everybody)
    shown = review(house, move)
    assert shown is not None and shown.step == kind
    assert "nothing has changed" in shown.why
    sent = Step.objects.filter(move_id=move.pk, kind=kind)
    assert sent.count() == steps.WITHOUT_EFFECT
    house.idle()
    assert sent.count() == steps.WITHOUT_EFFECT
    assert Move.objects.get(pk=move.pk).due_why == f"{kind} failed; an operator looks at it"

    monkeypatch.undo()
    house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY)
    assert house.move_on(move).closeout_state == "closed"


@pytest.mark.parametrize("kind", WRITES)
def test_no_kind_of_write_is_sent_a_third_time_without_effect(db: None, kind: StepKind) -> None:
    (move,) = people.moves(1)
    for number in range(steps.WITHOUT_EFFECT):
        done(move, kind, NOW + number * MINUTE, item=1, to="x")
    with pytest.raises(NeedsOperator, match=str(kind)):
        done(move, kind, NOW + 5 * MINUTE, item=1, to="x")
    done(move, kind, NOW + 5 * MINUTE, item=1, to="another")
    done(move, kind, NOW + 5 * MINUTE, item=2, to="x")


def test_between_two_items_one_does_not_hide_the_other(db: None) -> None:
    (move,) = people.moves(1)
    for number in range(steps.WITHOUT_EFFECT):
        for item in (1, 2):
            done(move, StepKind.RESTORE_SETTING, NOW + number * MINUTE, item=item)
    with pytest.raises(NeedsOperator):
        done(move, StepKind.RESTORE_SETTING, NOW + 5 * MINUTE, item=1)


def test_what_has_an_effect_may_be_sent_again(db: None) -> None:
    (move,) = people.moves(1)
    for number in range(steps.IN_A_DAY):
        done(move, StepKind.CREATE_ATTESTATION, NOW + number * MINUTE, to="x")
        move.agreement_since = NOW + (number + 0.5) * MINUTE  # the link ran out
    with pytest.raises(NeedsOperator):
        done(move, StepKind.CREATE_ATTESTATION, NOW + 10 * MINUTE, to="x")  # a circle
    done(move, StepKind.CREATE_ATTESTATION, NOW + timedelta(days=2), to="x")


def test_a_person_who_has_looked_lets_it_be_tried_again(db: None) -> None:
    (move,) = people.moves(1)
    for number in range(steps.WITHOUT_EFFECT):
        done(move, StepKind.LOCK_ACCESS, NOW + number * MINUTE)
    task = people.task(move, TaskKind.REVIEW)
    Task.objects.filter(pk=task.pk).update(state="ended", outcome="retry", ended_at=NOW + 3 * MINUTE)
    for number in range(steps.WITHOUT_EFFECT):
        done(move, StepKind.LOCK_ACCESS, NOW + (4 + number) * MINUTE)
    with pytest.raises(NeedsOperator):
        done(move, StepKind.LOCK_ACCESS, NOW + 10 * MINUTE)


def test_a_failure_in_between_begins_anew(db: None) -> None:
    (move,) = people.moves(1)
    done(move, StepKind.LOCK_ACCESS, NOW)
    failed = steps.begin(
        move, MakeCall(step=StepKind.LOCK_ACCESS, why=""), account="target", request={}, now=NOW + MINUTE
    )
    steps.finish(failed, Step.Outcome.NOT_DONE, now=NOW + MINUTE)
    done(move, StepKind.LOCK_ACCESS, NOW + 2 * MINUTE)
    done(move, StepKind.LOCK_ACCESS, NOW + 3 * MINUTE)

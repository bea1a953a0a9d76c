"""What fails is tried again, then shown to a person; a poisoned row does not stop the others."""

from datetime import timedelta
from typing import Any

import pytest

from novation.customers.models import Contact
from novation.domain.answers import Answer
from novation.domain.errors import NeedsOperator, TryLater
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.engine import prepare
from novation.engine.steps import STEPS
from novation.engine.work import CallOutcome, Result
from novation.moves.models import Move
from novation.operations.models import Step, Task
from novation.operations.services import steps
from tests import people
from tests.engine.rehearsal import Rehearsal, instead


def failing(monkeypatch: pytest.MonkeyPatch, kind: StepKind, *results: Result) -> list[int]:
    """Lets calls of this kind end so, one after the other, before the real one is made; counts them."""
    original, rest, calls = STEPS[kind], list(results), [0]

    async def call(accounts: Any, work: Any) -> Result:
        calls[0] += 1
        return rest.pop(0) if rest else await original.call(accounts, work)

    instead(monkeypatch, kind, call=call)
    return calls


def later(text: str = "The service is away.") -> Result:
    return Result(outcome=CallOutcome.NOT_DONE, error=TryLater(text, timedelta(seconds=1)), text=text)


def refused(text: str = "Our account lacks a right.") -> Result:
    return Result(outcome=CallOutcome.NOT_DONE, error=NeedsOperator(text), text=text)


def review(move: Move) -> Task:
    return Task.objects.get(move_id=move.pk, kind=TaskKind.REVIEW, state="open")


def test_a_failing_reading_is_tried_again_ever_later(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, StepKind.READ_BASELINE, later(), later(), later())
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    waits = []
    for _ in range(3):
        house.idle()
        step = Step.objects.latest("id")
        assert step.retry_at is not None and step.outcome_at is not None
        waits.append((step.retry_at - step.outcome_at).total_seconds())
        house.next()
    assert waits == [5, 10, 20]
    house.idle()
    assert Move.objects.get(pk=move.pk).baseline_at is not None
    assert not Task.objects.exists()


def test_a_reading_that_goes_on_failing_is_shown_and_tried_again_on_a_word(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = failing(monkeypatch, StepKind.READ_BASELINE, *[later()] * steps.TRIES)
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.until(lambda: Task.objects.filter(kind=TaskKind.REVIEW).exists())
    assert "Failed 6 times: The service is away." in review(move).why
    house.next()
    house.idle()
    assert calls == [steps.TRIES], "held back until somebody has looked"
    house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY)
    house.until(lambda: Move.objects.get(pk=move.pk).baseline_at is not None)


def test_failures_with_successes_between_them_do_not_add_up(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    for _ in range(steps.TRIES + 2):
        failing(monkeypatch, StepKind.READ_RELATIONSHIP, later())
        before = Move.objects.get(pk=move.pk).relationship_read_at
        house.until(lambda before=before: Move.objects.get(pk=move.pk).relationship_read_at != before)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert not Task.objects.filter(kind=TaskKind.REVIEW).exists()
    assert set(Step.objects.filter(kind="read-relationship").values_list("tries", flat=True)) == {1}


def test_what_only_a_person_can_mend_is_shown_at_once(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = failing(monkeypatch, StepKind.CREATE_ACCESS, refused())
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    house.idle()
    assert (review(move).why, review(move).step) == ("Our account lacks a right.", "create-access")
    assert calls == [1]
    house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY)
    house.idle()
    assert calls == [2]
    assert Move.objects.get(pk=move.pk).access_state == "pending"


def test_a_second_failure_beside_an_open_review_does_not_hammer(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, StepKind.CREATE_ATTESTATION, *[refused("First.")] * 9)
    calls = failing(monkeypatch, StepKind.CREATE_ACCESS, *[refused("Second.")] * 9)
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    house.idle()
    assert review(move).why == "First."
    assert calls == [1], "the one review there is speaks of something else, so this one is tried later"
    assert Move.objects.get(pk=move.pk).due_at is not None


def test_a_call_that_is_lost_every_time_is_shown_to_a_person(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = failing(
        monkeypatch, StepKind.CREATE_ACCESS, *[Result(outcome=CallOutcome.UNKNOWN, text="Reset.")] * 99
    )
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    for _ in range(60):
        house.idle()
        if Task.objects.filter(move_id=move.pk, kind=TaskKind.REVIEW).exists():
            break
        house.next()
    assert review(move).why == "Sent 6 times without effect"
    assert calls == [6]
    house.idle()
    house.next()
    assert calls == [6], "it is held back until somebody has looked"


def test_a_stop_after_a_failure_keeps_the_customer(house: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, StepKind.CREATE_ACCESS, refused())
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    house.idle()
    house.ends(move, TaskKind.REVIEW, TaskOutcome.STOP)
    house.idle()
    assert Move.objects.get(pk=move.pk).stage == "stays"


def test_a_poisoned_row_is_pushed_back_and_shown_while_others_go_on(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = house.take_in(*house.emulator.sow(11, 3))
    assert len(moves) == 3
    poisoned, real = moves[1].pk, prepare._one

    def bug(move: Move, *args: Any, **named: Any) -> Any:
        if move.pk == poisoned:
            raise KeyError("a bug of ours")
        return real(move, *args, **named)

    house.until(lambda: not Move.objects.filter(baseline_at=None).exists())
    monkeypatch.setattr(prepare, "_one", bug)
    Move.objects.update(due_at=house.clock.now())
    house.idle()
    assert Move.objects.get(pk=poisoned).consecutive_errors == 1
    for _ in range(6):
        house.next()
        house.idle()
    row = Move.objects.get(pk=poisoned)
    assert row.consecutive_errors >= 3 and row.due_at is not None and row.due_at > house.clock.now()
    assert review(row).why.startswith("The engine cannot go on here: KeyError")
    assert "a bug of ours" not in review(row).why
    monkeypatch.undo()


def test_an_answer_that_cannot_be_taken_in_is_not_lost(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = Result(outcome=CallOutcome.DONE, value=Answer())  # it has no id
    failing(monkeypatch, StepKind.CREATE_ACCESS, odd)
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    house.idle()
    step = Step.objects.get(kind="create-access")
    assert step.outcome == "unknown" and "AttributeError" in step.error
    assert house.move_on(move).closeout_state == "closed"
    assert house.emulator.summary()["repeated_writes"] == 0


def test_a_transfer_without_an_address_is_a_persons_work(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])

    def everybody() -> None:
        if Move.objects.get(pk=move.pk).decision_state == "asked":
            house.says(move, "mandate")
        house.accepts(move)
        house.works(move)
        if Move.objects.get(pk=move.pk).access_state == "pending":
            Contact.objects.update(state="bounced")

    house.until(lambda: Task.objects.filter(kind=TaskKind.REVIEW, state="open").exists(), everybody)
    assert "no usable contact is on file" in review(move).why
    assert review(move).step == "create-transfer"
    Contact.objects.update(state="ok")
    house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY)
    assert house.move_on(move).closeout_state == "closed"


def test_somebody_who_has_the_letter_already_is_not_sent_another(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    people.put(move, now=house.clock.now(), notice="bounced")
    Move.objects.update(due_at=house.clock.now())
    house.idle()
    after = Move.objects.get(pk=move.pk)
    assert after.notice_state == "sent"
    assert after.due_at is not None

"""A call whose answer is lost is looked up and never sent again blindly; one that had no effect is sent again."""

import json
from contextlib import ExitStack
from datetime import timedelta

import pytest

from novation.domain.steps import RULES, Repeat, StepKind
from novation.engine.work import CallOutcome
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.operations.models import Step
from tests import people
from tests.engine.rehearsal import Rehearsal, outcomes, striking

#: Every writing step of a move from beginning to end, in the order in which they come.
WRITES = (
    StepKind.CREATE_ATTESTATION,
    StepKind.CREATE_ACCESS,
    StepKind.LOCK_ACCESS,
    StepKind.CREATE_AGREEMENT,
    StepKind.ASSIGN_ACCESS,
    StepKind.CREATE_TRANSFER,
    StepKind.ACCEPT_TRANSFER,
    StepKind.END_OLD_ACCESS,
    StepKind.REMOVE_RELATIONSHIP,
)
AFTER = ["reset_after", "server_error_after"]
BEFORE = ["reset_before"]


def with_old_access(house: Rehearsal) -> dict[str, object]:
    return next(
        one
        for one in house.emulator.sow(11, 8)
        if any(grant["partner"] == "source" and grant["status"] == "active" for grant in one["gdap"])
        and len(one["subscriptions"]) < 5
    )


def struck_move(house: Rehearsal, knob: str) -> tuple[Move, dict[StepKind, list[CallOutcome]]]:
    """One whole move in which the first call of each writing step meets the fault."""
    (move,) = house.take_in(with_old_access(house))
    with ExitStack() as faults:
        came = {kind: faults.enter_context(striking(house, kind, **{knob: 1.0})) for kind in WRITES}
        return house.move_on(move), came


@pytest.mark.parametrize("knob", AFTER)
def test_an_effect_whose_answer_was_lost_is_found_and_not_repeated(house: Rehearsal, knob: str) -> None:
    move, came = struck_move(house, knob)
    summary = house.emulator.summary()
    assert summary["repeated_writes"] == 0, summary["repeated"]
    owned = house.emulator.truth(move.customer.tenant_id)["subscriptions"]
    assert {one["owner"] for one in owned if not one["ended"]} == {"target"}
    assert summary["items"]["both"] == summary["items"]["neither"] == 0
    for kind in WRITES:
        assert CallOutcome.UNKNOWN in came[kind], f"{kind} met no fault"
        assert outcomes(move, kind)[-1][0] == "done", kind
        if RULES[kind].repeat is Repeat.NEVER:
            assert outcomes(move, kind)[0] == ("done", "looked up and found"), kind
            batches = list(
                Step.objects.filter(move_id=move.pk, kind=str(kind)).values_list("batch", flat=True)
            )
            assert len(set(batches)) == len(batches), f"{kind} was sent twice"
    said = people.tags(move)
    assert said.count("step:settled") >= len(WRITES) and "step:unknown" in said


@pytest.mark.parametrize("knob", BEFORE)
def test_a_call_that_had_no_effect_is_sent_again_after_the_quiet_period(house: Rehearsal, knob: str) -> None:
    move, came = struck_move(house, knob)
    assert house.emulator.summary()["repeated_writes"] == 0
    for kind in WRITES:
        assert CallOutcome.UNKNOWN in came[kind], f"{kind} met no fault"
        if RULES[kind].repeat is Repeat.NEVER:
            first, *_, last = Step.objects.filter(move_id=move.pk, kind=str(kind)).order_by("id")
            assert (first.outcome, last.outcome) == ("not-done", "done"), kind
            assert first.settled_by.startswith("looked up"), kind
            assert last.intent_at - first.intent_at >= timedelta(minutes=10), (
                "the call may still be on its way"
            )


def test_nothing_new_is_begun_while_an_outcome_is_unknown(house: Rehearsal) -> None:
    (move,) = house.take_in(with_old_access(house))
    with striking(house, StepKind.CREATE_ATTESTATION, reset_before=1.0):
        house.move_on(move)
    unknown: set[int] = set()
    for event in Event.objects.filter(move_id=move.pk).order_by("seq"):
        step = json.loads(bytes(event.body))["data"].get("step", 0)
        if event.tag == "step:intent":
            assert not unknown, "begun in doubt"
        elif event.tag == "step:unknown":
            unknown.add(step)
        elif event.tag == "step:settled":
            unknown.discard(step)
    assert "step:settled" in people.tags(move) and not unknown

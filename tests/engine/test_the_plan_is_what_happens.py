"""A plan that is made before the launch names the very calls with an effect that the engine then makes."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from novation.domain.decide import decide
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall, NextAction
from novation.domain.planning.course import requests_of
from novation.domain.steps import StepKind, is_write
from novation.engine import reconcile_moves
from novation.engine.steps import STEPS
from novation.moves.models import Move
from novation.moves.selectors import planning
from novation.moves.services import programmes
from novation.operations.models import Step
from tests.engine.rehearsal import Rehearsal, instead


def writes(steps: dict[str, int]) -> Counter[str]:
    return Counter({str(kind): number for kind, number in steps.items() if is_write(kind)})


@pytest.mark.parametrize(("seed", "plain"), [(11, True), (12, True), (5, False)])
def test_the_engine_makes_the_planned_writes_and_no_others(
    house: Rehearsal, seed: int, plain: bool, record_property: Any
) -> None:
    customer, *_ = house.emulator.sow(seed, 1, plain=plain)
    (move,) = house.take_in(customer, launch=False)
    house.idle()
    wave = Move.objects.get(pk=move.pk).wave or programmes.create_wave(
        move.programme, [move], now=house.clock.now(), actor="test"
    )
    plan = planning.of_wave(wave, house.clock.now())
    planned = writes(plan.steps)
    programmes.launch_wave(wave, now=house.clock.now(), actor="test")
    moved = house.move_on(move, stage="closed")
    made = Counter(Step.objects.filter(move_id=move.pk, outcome="done").values_list("kind", flat=True))
    record_property("planned", dict(planned))
    assert made == planned
    assert plan.subscriptions == moved.items_done


def test_each_step_makes_as_many_requests_as_the_plan_counts(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts of the plan beside what arrives at the emulator, step by step."""
    planned: list[tuple[str, int]] = []
    made: list[tuple[str, int]] = []

    def noted(facts: Facts, now: datetime) -> NextAction:
        decision = decide(facts, now)
        if isinstance(decision, MakeCall):
            first = facts.baseline_at is None
            planned.append((decision.step, sum(requests_of(decision.step, facts, facts, first).values())))
        return decision

    def counted(action: Any) -> Any:
        async def call(accounts: Any, work: Any) -> Any:
            before = await asyncio.to_thread(house.emulator.summary)
            result = await action(accounts, work)
            after = await asyncio.to_thread(house.emulator.summary)
            made.append((work.kind, after["calls"] - before["calls"]))
            return result

        return call

    monkeypatch.setattr(reconcile_moves, "decide", noted)
    for kind, step in list(STEPS.items()):
        instead(monkeypatch, kind, call=counted(step.call))
    customer, *_ = house.emulator.sow(11, 1)
    (move,) = house.take_in(customer)
    house.move_on(move)
    assert [kind for kind, _ in made] == [kind for kind, _ in planned]
    wrong = [
        (kind, number, expected)
        for (kind, number), (_, expected) in zip(made, planned, strict=True)
        if number != expected and number not in FOUND.get(kind, ())
    ]
    assert not wrong
    assert {kind for kind, _ in made} >= {kind for kind in StepKind if is_write(kind)} - NOT_HERE


#: Readings of which what they find decides how many requests they are: are there assignments, subscriptions?
FOUND: dict[str, tuple[int, int]] = {StepKind.READ_ACCESS: (1, 2), StepKind.READ_OLD_SIDE: (2, 3)}
#: Writes that this customer does not need.
NOT_HERE = {
    StepKind.CANCEL_TRANSFER,
    StepKind.RESTORE_SETTING,
    StepKind.SET_TERM_END,
    StepKind.PREPARE_ORDER,
    StepKind.PLACE_ORDER,
}

"""A plan that is made before the launch names the very calls with an effect that the engine then makes."""

from collections import Counter
from typing import Any

import pytest

from novation.domain.steps import StepKind, is_write
from novation.moves.models import Move
from novation.moves.selectors import planning
from novation.moves.services import programmes
from novation.operations.models import Step
from tests.engine.rehearsal import Rehearsal


def writes(steps: dict[StepKind, int]) -> Counter[str]:
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

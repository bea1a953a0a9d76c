"""What the engine reads for its rules: the same for one move and for many, and nothing of another move."""

from typing import Any

import pytest

from novation.clock import FixedClock
from novation.domain.steps import StepKind, TaskKind
from novation.engine import facts
from novation.moves.models import Decision, Item, Move
from novation.operations.models import Step
from tests import people
from tests.builders import DAY, NOW

CLOCK = FixedClock(NOW)


@pytest.fixture
def three(db: None) -> list[Move]:
    """Moves with a mandate, a task, a failed step and a subscription each."""
    moves = people.moves(3)
    for number, move in enumerate(moves):
        people.says(move, "mandate")
        people.task(move, TaskKind.REVIEW)
        Step.objects.create(
            customer_id=move.customer_id, move_id=move.pk, move_reference=move.reference, programme_id=move.programme_id, kind="read-access", account="target", request_id=f"{number:032x}", fence=1, intent_at=NOW,
            correlation_id=f"{number:032x}", outcome="not-done", retry_at=NOW + number * DAY,
        )  # fmt: skip
        Item.objects.create(
            move=move,
            subscription_id=f"sub-{number}",
            product="P",
            name="Basic",
            quantity=number + 1,
            baseline={},
        )
    return list(Move.objects.select_related("programme", "customer", "wave").order_by("pk"))


def test_a_mandate_is_known_with_its_end(three: list[Move]) -> None:
    ends = dict(Decision.objects.values_list("move_id", "expires_at"))
    for move in three:
        known = facts.load([move], CLOCK)[move.pk]
        assert known.mandate_until == ends[move.pk] is not None


def test_many_moves_are_read_as_each_alone(three: list[Move]) -> None:
    together = facts.load(three, CLOCK, items=True)
    assert together == {move.pk: facts.load([move], CLOCK, items=True)[move.pk] for move in three}
    assert [known.items[0].quantity for known in together.values()] == [1, 2, 3]
    assert [TaskKind.REVIEW in known.open_tasks for known in together.values()] == [True] * 3
    assert [set(known.retry_at.values()) for known in together.values()] == [
        {NOW + number * DAY} for number in range(3)
    ]


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({"retry_at": None}, True),
        ({"retry_at": NOW}, False),  # tried again by itself
        (
            {"retry_at": None, "settled_by": "looked up: there is none"},
            False,
        ),  # so is what an engine left in doubt
    ],
)
def test_an_open_review_holds_back_what_failed_for_good(
    three: list[Move], fields: dict[str, Any], held: bool
) -> None:
    move = three[0]
    Step.objects.filter(move_id=move.pk).update(**fields)
    assert (StepKind.READ_ACCESS in facts.load([move], CLOCK)[move.pk].stopped) is held

"""What the engine reads for its rules: the same for one move and for many, and nothing of another move."""

from dataclasses import fields
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from novation.clock import FixedClock
from novation.domain.facts import Facts
from novation.domain.steps import StepKind, TaskKind
from novation.engine import facts
from novation.moves.models import Decision, Item, Move
from novation.operations.models import Step
from novation.operations.services import steps
from tests import people
from tests.builders import DAY, NOW

CLOCK = FixedClock(NOW)
FACTS = [field.name for field in fields(Facts)]


@pytest.fixture
def three(db: None) -> list[Move]:
    """Moves with a mandate, a task, a failed step and a subscription each."""
    moves = people.moves(3)
    for number, move in enumerate(moves):
        people.says(move, "mandate")
        people.task(move, TaskKind.REVIEW)
        Step.objects.create(
            **steps.owner_fields(move), kind="read-access", account="target",
            request_id=f"{number:032x}", fence=1, intent_at=NOW,
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
    together = facts.load(three, CLOCK)
    assert together == {move.pk: facts.load([move], CLOCK)[move.pk] for move in three}
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


@pytest.mark.parametrize("question", FACTS)
def test_a_fact_is_the_same_whether_it_is_read_when_asked_for_or_with_all(
    three: list[Move], question: str
) -> None:
    whole = facts.load(three, CLOCK)
    answers = facts.Known(three, CLOCK).ask(lambda one: getattr(one, question))
    assert answers == {pk: getattr(one, question) for pk, one in whole.items()}


def test_one_question_of_many_moves_is_one_query(three: list[Move]) -> None:
    known = facts.Known(three, CLOCK)
    with CaptureQueriesContext(connection) as queries:
        assert [len(items) for items in known.ask(lambda one: one.items).values()] == [1, 1, 1]
        known.ask(lambda one: (one.items, one.baseline_at, one.tracks))
    assert len(queries) == 1


def test_a_question_that_fails_for_one_move_is_answered_for_the_others(three: list[Move]) -> None:
    def fails_for_two(one: Any) -> int:
        if one.items[0].quantity == 2:
            raise ZeroDivisionError
        return int(one.items[0].quantity)

    answers = list(facts.Known(three, CLOCK).ask(fails_for_two).values())
    assert (answers[0], answers[2]) == (1, 3)
    assert isinstance(answers[1], ZeroDivisionError)

"""What stays to the end of its term is bought anew on the new account: once, and believed when it was read there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from novation.domain.errors import BadInput
from novation.domain.facts import Choice
from novation.domain.steps import StepKind, TaskKind
from novation.engine.work import CallOutcome
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Item, Move
from novation.moves.services import term_choices
from novation.operations.models import Task
from tests.engine.rehearsal import Rehearsal, outcomes, striking
from tests.engine.test_branches import fresh, open_tasks
from tests.engine.test_second_thoughts import until_state

DAY = timedelta(days=1)
WISH = "Ordered by Mrs Nová, by mail of 3 December"


def to_be_bought(house: Rehearsal) -> tuple[Move, Item]:
    """A customer that took its word back when relationship and agreement stood; all its terms are bought anew."""
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "agreement", "valid")
    house.says(move, "withdrawn")
    house.idle()
    later = house.clock.now() + 3 * DAY
    first = move.items.filter(status="active", ends__gt=later).order_by("ends", "pk")[0]
    assert first.ends is not None
    house.jump(max(first.ends - house.clock.now() - 20 * DAY, timedelta(0)))
    house.idle()
    return fresh(move), Item.objects.get(pk=first.pk)


def choose(house: Rehearsal, move: Move) -> None:
    wanted = {one.pk: str(Choice.BUY_NEW) for one in term_choices.still_open(move, house.clock.now())}
    term_choices.choose(move, wanted, wish=WISH, sure=False, person=house.people[0], now=house.clock.now())
    house.idle()


def bought(house: Rehearsal, item: Item) -> list[dict[str, object]]:
    """What the new account sells now of this product and size."""
    found = house.emulator.truth(Move.objects.get(pk=item.move_id).customer.tenant_id)["subscriptions"]
    return [
        one
        for one in found
        if one["owner"] == "target" and one["quantity"] == item.quantity and not one["ended"]
    ]


def end_of(item: Item) -> datetime:
    assert item.ends is not None
    return item.ends


def to_the_end(house: Rehearsal, item: Item) -> None:
    house.until(lambda: house.clock.now() > end_of(item) - DAY / 2)


def test_it_is_bought_a_day_before_its_term_ends_and_the_old_one_ends(house: Rehearsal) -> None:
    move, item = to_be_bought(house)
    choose(house, move)
    assert bought(house, item) == []
    to_the_end(house, item)
    item.refresh_from_db()
    (new,) = bought(house, item)
    assert (item.new_subscription_id, item.why) == (new["id"], "bought anew on the new account")
    assert item.bought_at is not None and item.replaced_at is not None and item.ends is not None
    assert item.ends - DAY <= item.bought_at < item.ends
    house.jump(2 * DAY)
    house.idle()
    item.refresh_from_db()
    assert item.status in ("expired", "deleted")
    assert len(bought(house, item)) == 1
    said = Event.objects.filter(move_id=move.pk, tag__in=(Tag.ITEM_BOUGHT_ANEW, Tag.ITEM_REPLACED))
    assert sum(item.subscription_id in str(bytes(event.body)) for event in said) == 2
    assert not Task.objects.filter(move_id=move.pk, kind=TaskKind.REVIEW, state="open").exists()


@pytest.mark.parametrize("knob", ["reset_after", "server_error_after", "reset_before"])
def test_an_order_whose_answer_was_lost_is_looked_up_and_not_placed_twice(
    house: Rehearsal, knob: str
) -> None:
    move, item = to_be_bought(house)
    choose(house, move)
    with striking(house, StepKind.PLACE_ORDER, **{knob: 1.0}) as came:
        to_the_end(house, item)
    assert CallOutcome.UNKNOWN in came
    item.refresh_from_db()
    assert len(bought(house, item)) == 1
    assert item.replaced_at is not None
    settled = [outcome for outcome in outcomes(move, StepKind.PLACE_ORDER) if "looked up" in outcome[1]]
    assert settled, outcomes(move, StepKind.PLACE_ORDER)
    assert house.emulator.summary()["repeated_writes"] == 0


def test_a_product_that_is_not_sold_any_more_calls_a_person(house: Rehearsal) -> None:
    move, item = to_be_bought(house)
    Item.objects.filter(move=move).update(product="CFQ7TTC0GONE:0001")
    item.refresh_from_db()
    choose(house, move)
    Item.objects.filter(move=move).update(product="CFQ7TTC0GONE:0001")  # the reading has set it right
    house.jump(end_of(item) - house.clock.now() - DAY / 2)
    Move.objects.filter(pk=move.pk).update(baseline_at=house.clock.now())
    house.idle()
    assert TaskKind.REVIEW in open_tasks(move)
    assert bought(house, item) == []


def test_what_ended_before_it_was_bought_calls_a_person(house: Rehearsal) -> None:
    move, item = to_be_bought(house)
    choose(house, move)
    house.jump(end_of(item) - house.clock.now() + 3 * DAY)
    house.idle()
    item.refresh_from_db()
    assert (item.status in ("expired", "deleted"), item.choice) == (True, "")
    (task,) = Task.objects.filter(move_id=move.pk, kind=TaskKind.REVIEW, state="open")
    assert "before it was bought anew" in task.why and item.name in task.why
    assert bought(house, item) == []


def test_nothing_is_bought_without_an_order_of_the_customer(house: Rehearsal) -> None:
    move, item = to_be_bought(house)
    with pytest.raises(BadInput, match="costs the customer a new term"):
        term_choices.choose(
            move, {item.pk: "buy-new"}, wish=" ", sure=False, person=house.people[0], now=house.clock.now()
        )
    assert Item.objects.get(pk=item.pk).choice == ""

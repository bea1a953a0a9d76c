"""From the first reading to the last: who authorises us, who does it alone, and who declines."""

from email.utils import parseaddr

import pytest
from django.core import mail

from novation.domain.steps import TaskKind, TaskOutcome, is_write
from novation.evidencelog.models import Event
from novation.moves.models import Item, Move
from novation.operations.models import Step, Task
from tests import people
from tests.engine.rehearsal import Rehearsal


@pytest.mark.parametrize("kind", ["mandate", "self"])
def test_a_customer_who_says_yes_is_moved_to_the_last_seat(house: Rehearsal, kind: str) -> None:
    customer, *_ = house.emulator.sow(11, 1)
    (move,) = house.take_in(customer)
    moved = house.move_on(move, kind=kind)
    summary = house.emulator.summary()
    assert summary["repeated_writes"] == 0
    assert summary["items"] == {**summary["items"], "both": 0, "neither": 0, "source": 0}
    assert summary["seats"]["target"] == summary["seats"]["at_start"] == moved.seat_count
    assert summary["relationships"]["source"] == 0 and summary["relationships"]["target"] == 1
    assert set(Item.objects.values_list("state", flat=True)) == {"verified"}
    assert moved.items_done == moved.item_count
    assert moved.billed_from is not None
    assert not Task.objects.filter(state="open").exists()
    assert {parseaddr(message.to[0])[1] for message in mail.outbox} == {customer["contact"]["email"].lower()}


def test_every_write_has_its_intent_before_its_outcome(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.move_on(move)
    steps = Step.objects.filter(move_id=move.pk)
    assert steps and all(is_write(step.kind) and step.outcome == "done" for step in steps)
    said = [tag for tag in people.tags(move) if tag.startswith("step:")]
    assert said == ["step:intent", "step:outcome"] * steps.count() or said.count("step:intent") == len(steps)
    ids = {str(step.request_id) for step in steps}
    call_record = house.emulator.ask("GET", "/call-record?limit=10000")["items"]
    sent = {entry["requestId"] for entry in call_record if entry["account"] in ("source", "target")}
    assert sent <= ids


def test_nothing_is_accepted_before_the_customer_has_spoken(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    assert Move.objects.get(pk=move.pk).decision_state == "asked"
    assert house.emulator.summary()["writes"] == 0
    assert not Step.objects.exists() and not Task.objects.exists()


def test_who_declines_stays_and_nothing_is_written(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "declined", reason="We are content.")
    house.idle()
    after = Move.objects.get(pk=move.pk)
    assert after.stage == "stays"
    assert after.due_at is None or after.due_at > house.clock.now()
    assert house.emulator.summary()["writes"] == 0


def test_who_stays_silent_is_reminded_called_and_stays(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.until(lambda: Task.objects.filter(kind=TaskKind.CALL, state="open").exists())
    assert len(mail.outbox) == 3
    house.ends(move, TaskKind.CALL, TaskOutcome.NO_ANSWER)
    house.idle()
    assert Move.objects.get(pk=move.pk).stage == "unreachable"
    assert house.emulator.summary()["writes"] == 0


def test_who_changes_its_mind_after_declining_is_moved(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "declined")
    house.idle()
    house.says(Move.objects.get(pk=move.pk), "mandate")
    assert house.move_on(move).closeout_state == "closed"


def test_more_than_25_items_move_in_several_requests(house: Rehearsal) -> None:
    customers = house.emulator.sow(22, 3)
    large = next(one for one in customers if len(one["subscriptions"]) > 25)
    (move,) = house.take_in(large)
    moved = house.move_on(move)
    sizes = [batch.items.count() for batch in moved.batches.all()]
    assert len(sizes) >= 2 and max(sizes) <= 25 and sum(sizes) == len(large["subscriptions"])
    assert set(Item.objects.values_list("state", flat=True)) == {"verified"}
    assert house.emulator.summary()["repeated_writes"] == 0
    owners = {
        one["owner"] for one in house.emulator.truth(large["tenantId"])["subscriptions"] if not one["ended"]
    }
    assert owners == {"target"}


def test_a_wave_is_finished_when_its_last_customer_has_come_to_its_end(house: Rehearsal) -> None:
    one, other = (Move.objects.get(pk=move.pk) for move in house.take_in(*house.emulator.sow(11, 2)))
    house.idle()
    wave = one.wave
    assert wave is not None and other.wave_id == wave.pk
    house.says(one, "declined", reason="No.")
    house.idle()
    wave.refresh_from_db()
    assert wave.state == "running", "one customer still waits"
    house.says(other, "declined", reason="No.")
    house.idle()
    wave.refresh_from_db()
    assert wave.state == "finished"
    assert Event.objects.filter(tag="wave:finished").count() == 1
    house.says(other, "mandate")
    house.idle()
    assert Move.objects.get(pk=other.pk).stage == "accepting", "who decides anew goes on"

"""What interrupts a move: a withdrawal, a pause, a renewal that is too near, a colleague's own request."""

from datetime import timedelta
from typing import Any

import pytest

from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.engine.steps import STEPS
from novation.moves.models import Item, Move
from novation.moves.services import programmes, tasks
from novation.operations.models import Step, Task
from tests.engine.rehearsal import Rehearsal, instead, striking

DAY = timedelta(days=1)


def until_state(house: Rehearsal, move: Move, track: str, *states: str) -> Move:
    def everybody() -> None:
        if Move.objects.get(pk=move.pk).decision_state == "asked":
            house.says(move, "mandate")
        house.accepts(move)
        house.works(move)

    house.until(lambda: getattr(Move.objects.get(pk=move.pk), f"{track}_state") in states, everybody)
    return Move.objects.get(pk=move.pk)


def test_a_withdrawal_takes_a_pending_request_back(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    with striking(house, StepKind.ACCEPT_TRANSFER, server_error=1.0):
        until_state(house, move, "transfer", "requested")
        # The hand-over does not get through, and meanwhile the customer changes its mind.
        house.says(move, "withdrawn")
        house.until(lambda: Move.objects.get(pk=move.pk).stage == "stays")
    truth = house.emulator.truth(move.customer.tenant_id)
    assert [one["status"] for one in truth["transfers"]] in (["Cancel"], ["Cancelled"])
    assert {one["owner"] for one in truth["subscriptions"]} == {"source"}
    assert Move.objects.get(pk=move.pk).transfer_state == "stopped"


def test_a_pause_freezes_requests_and_not_readings(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "transfer", "moving")
    programmes.set_move_paused(Move.objects.get(pk=move.pk), True, now=house.clock.now(), actor="test")
    writes = house.emulator.summary()["writes"]
    for _ in range(40):
        house.idle()
        if not house.next() or Move.objects.get(pk=move.pk).batches.get().state == "complete":
            break
    house.idle()
    paused = Move.objects.get(pk=move.pk)
    assert paused.batches.get().state == "complete", "observations go on"
    assert (paused.transfer_state, paused.due_why) == ("moving", "paused")
    assert house.emulator.summary()["writes"] == writes
    programmes.set_move_paused(paused, False, now=house.clock.now(), actor="test")
    assert house.move_on(move).closeout_state == "closed"


def test_nothing_moves_within_the_guard_window_and_all_of_it_after(house: Rehearsal) -> None:
    customer = next(one for one in house.emulator.sow(11, 12) if 1 < len(one["subscriptions"]) < 6)
    (move,) = house.take_in(customer, launch=False)
    house.idle()
    ends = min(item.ends for item in Item.objects.all() if item.ends)
    house.jump(max(ends - 5 * DAY - house.clock.now(), timedelta(0)))
    house.take_in(customer)
    moved = house.move_on(move)
    for step in Step.objects.filter(kind="accept-transfer", outcome="done"):
        batch = moved.batches.get(number=step.batch)
        for item in batch.items.all():
            assert item.ends is not None and item.ends - step.intent_at > 6 * DAY, item
    assert set(Item.objects.exclude(state="gone").values_list("state", flat=True)) == {"verified"}


def test_a_request_that_exists_already_is_adopted(house: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    source = house.emulator.ready["accounts"]["source"]
    look, made = STEPS[StepKind.READ_TRANSFERS].call, []

    async def somebody_was_faster(accounts: Any, work: Any) -> Any:
        if not made:
            made.append(
                await accounts.target.transfers.create(
                    move.customer.tenant_id,
                    source_tenant_id=source["tenant_id"],
                    source_name=source["name"],
                    customer_email="somebody@example.org",
                    customer_name="Somebody",
                    transfer_type=3,
                )
            )
        return await look(accounts, work)

    instead(monkeypatch, StepKind.READ_TRANSFERS, call=somebody_was_faster)
    assert house.move_on(move).closeout_state == "closed"
    assert move.batches.get(number=1).remote_id == made[0].value.id
    assert not Step.objects.filter(kind="create-transfer", batch=1).exists()
    assert house.emulator.summary()["repeated_writes"] == 0


def test_an_acceptance_that_is_not_seen_goes_back_to_the_queue(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "relationship", "task")
    one, other = house.people
    now = house.clock.now()
    task = tasks.take(Task.objects.get(kind=TaskKind.ACCEPT), one, now)
    tasks.check_tenant(task, one, move.customer.domain, now)
    tasks.approve(task, other, now)
    tasks.end(task, one, TaskOutcome.UNKNOWN, "The browser closed.", now)
    house.idle()
    assert Move.objects.get(pk=move.pk).relationship_state == "checking"
    house.until(lambda: Task.objects.filter(kind=TaskKind.ACCEPT, state="open").exists())
    assert Move.objects.get(pk=move.pk).relationship_state == "task"
    assert house.move_on(move).closeout_state == "closed"

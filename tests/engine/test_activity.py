"""One reading of the activity logs says whom to look at; single looks grow rare meanwhile, and go on without it."""

from __future__ import annotations

from datetime import timedelta

from novation.clock import FixedClock
from novation.engine import poll_activity_log
from novation.moves.models import Grant, Move, Programme
from tests.engine.rehearsal import Rehearsal
from tests.engine.test_hints import waiting

HOUR = timedelta(hours=1)


def read(house: Rehearsal) -> int | None:
    return house.run(poll_activity_log.once(house.engine.context))


def asked_for_access(house: Rehearsal) -> Move:
    """A move whose customer has everything but the approval of our rights behind it, looked at just now."""
    move = waiting(house)
    house._quietly(
        "POST", f"/customers/{move.customer.tenant_id}/accept-relationship", partner="target", person="J"
    )
    house.until(lambda: Grant.objects.filter(move=move, status="approvalPending").exists())
    Grant.objects.filter(move=move).update(read_at=house.clock.now())
    return move


def test_an_approval_in_the_log_is_read_at_once(house: Rehearsal) -> None:
    move = asked_for_access(house)
    read(house)
    house.idle()
    house.jump(HOUR)
    house.approves(move)
    house.idle()
    assert Move.objects.get(pk=move.pk).access_state == "pending", "nobody looks yet"
    house.jump(timedelta(minutes=1))
    assert read(house) == 1
    house.idle()
    assert Move.objects.get(pk=move.pk).access_state != "pending"


def test_the_logs_are_not_read_more_often_than_the_policy_says(house: Rehearsal) -> None:
    move = asked_for_access(house)
    read(house)
    before = house.emulator.summary()["calls"]
    house.jump(HOUR / 2)
    house.approves(move)
    assert read(house) == 0
    assert house.emulator.summary()["calls"] == before


def test_an_entry_that_is_older_than_the_last_look_is_no_news(house: Rehearsal) -> None:
    move = asked_for_access(house)
    house.approves(move)
    house.jump(HOUR)
    Grant.objects.filter(move=move).update(read_at=house.clock.now())
    Move.objects.filter(pk=move.pk).update(relationship_read_at=house.clock.now())
    assert read(house) == 0
    assert Programme.objects.get().activity_read_at is not None


def test_nothing_is_read_when_nothing_is_awaited(house: Rehearsal) -> None:
    house.take_in(house.emulator.sow(11, 1)[0])
    Move.objects.update(stage="closed")
    assert poll_activity_log.due(clock=FixedClock(house.clock.now())) is None


def test_logs_that_cannot_be_read_leave_everything_as_it_was(house: Rehearsal) -> None:
    asked_for_access(house)
    house.emulator.ask("PUT", "/faults", server_error=1.0)
    assert read(house) is None
    assert Programme.objects.get().activity_read_at is None
    house.emulator.ask("PUT", "/faults", profile="none")

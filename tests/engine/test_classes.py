"""A group of calls that hang, or that are many, leaves places for the others."""

from __future__ import annotations

import asyncio

import pytest

from novation.domain.steps import StepKind
from novation.engine import prepare
from novation.engine.call_groups import ALWAYS, CallGroup, Room
from novation.engine.steps import STEPS
from novation.moves.models import Move
from tests.engine.rehearsal import Rehearsal, instead


def test_one_group_alone_gets_most_places() -> None:
    room = Room(32)
    taken = sum(room.take(CallGroup.INVENTORY) for _ in range(100))
    assert taken == 22


def test_every_group_finds_a_place_whatever_another_does() -> None:
    room = Room(32, {CallGroup.INVENTORY: 22})
    assert not room.take(CallGroup.INVENTORY)
    for group in CallGroup:
        if group is not CallGroup.INVENTORY:
            assert [room.take(group) for _ in range(ALWAYS)] == [True] * ALWAYS
    assert not room.take(CallGroup.INVENTORY)


def test_hanging_readings_do_not_hold_up_a_customers_answer(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    (told,) = house.take_in(house.emulator.sow(11, 40)[0])
    house.idle()
    house.says(told, "mandate")
    listed = house.emulator.ask("GET", "/customers?limit=40")["items"]
    others = [house.emulator.truth(one["tenantId"]) for one in listed[1:40]]
    house.take_in(*others)
    Move.objects.exclude(pk=told.pk).update(due_at=told.created_at)  # all of them are due before it
    hanging = asyncio.Event()
    original = STEPS[StepKind.READ_BASELINE]

    async def hangs(accounts: object, work: object) -> object:
        await hanging.wait()
        return await original.call(accounts, work)  # type: ignore[arg-type]  # passed on as it came

    async def turns() -> None:
        for _ in range(60):
            await house.engine._turn()
            await asyncio.sleep(0.01)

    with monkeypatch.context() as during:
        instead(during, StepKind.READ_BASELINE, call=hangs)
        try:
            house.run(turns())
            assert house.engine._by_group[CallGroup.INVENTORY] == 22
            assert Move.objects.get(pk=told.pk).agreement_state == "issued", "its own calls went on"
            waiting = Move.objects.filter(due_class="inventory", lease_until=None)
            assert waiting.count() == 39 - 22
            assert prepare.claims.any_due(now=house.clock.now())
            assert not prepare.claims.any_due(now=house.clock.now(), full=["inventory"])
        finally:
            house._loop.call_soon_threadsafe(hanging.set)
    house.idle()
    assert not Move.objects.filter(baseline_at=None).exists()
    assert not +house.engine._by_group

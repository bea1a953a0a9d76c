"""Several engines on one PostgreSQL database: they share the moves, and nothing is done by two of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from novation.moves.models import EngineRun, Event, Move
from tests.engine.campaign import Nursery, People, everything_over, judge
from tests.engine.rehearsal import Emulator, Rehearsal
from tests.engine.test_crash_campaign import HASTY
from tests.engine.test_processes import PATIENCE, calm


@pytest.mark.postgres
def test_two_engines_share_the_moves_of_one_database(
    emulator: Emulator, addresses: None, postgres: str, tmp_path: Path
) -> None:
    house = Rehearsal(emulator, HASTY)
    emulator.ask("POST", "/clock", speed=60_000)
    nursery = Nursery(emulator, postgres, tmp_path / "engines.log", lease=20.0)
    people, holders = People(house), set[str]()
    try:
        house.take_in(*calm(emulator, 12, 4))
        both = [nursery.start(), nursery.start()]
        end = (
            time.monotonic() + 3 * PATIENCE
        )  # two engines and two databases on a machine that may do other things
        while not everything_over():
            people.act()
            holders.update(Move.objects.exclude(lease_owner="").values_list("lease_owner", flat=True))
            assert time.monotonic() < end, list(Move.objects.values_list("stage", "due_why"))
            time.sleep(0.02)
        nursery.stop()
        assert judge(house, people)["ended"] == 4
        assert {int(name.rpartition(":")[2]) for name in holders} == set(both), "one of them did nothing"
        assert EngineRun.objects.count() == 2
        numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(len(numbers)))
        assert nursery.log.read_text() == ""
    finally:
        nursery.close()
        house.close()
        emulator.ask("POST", "/clock", speed=1)

"""Several engines on one PostgreSQL database: they share the moves, and nothing is done by two of them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.operations.models import EngineRun
from tests.engine.campaign import Nursery, People, entries, everything_over, judge
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


@pytest.mark.soak
@pytest.mark.postgres
@pytest.mark.parametrize("engines", [2, 4])
def test_engines_share_two_thousand_moves_while_one_dies_one_joins_and_one_freezes(
    emulator: Emulator, addresses: None, postgres: str, tmp_path: Path, engines: int
) -> None:
    customers, lease = int(os.environ.get("SOAK_MOVES", "2000")), 60.0
    house = Rehearsal(emulator, HASTY)
    # Faster, and most calls would be looks at what has not changed.
    emulator.ask("POST", "/clock", speed=400)
    # One process stands for all of Microsoft: as many calls at once as it answers in time, as the real limits see to.
    calm_ones = {"NOVATION_API_CONCURRENCY": "6", "NOVATION_API_TIMEOUT": "10"}
    nursery = Nursery(emulator, postgres, tmp_path / "engines.log", lease=lease, **calm_ones)
    people, held, asleep = People(house, hands=3), Counter[str](), 0.0
    try:
        house.take_in(*calm(emulator, 12, customers))
        first = [nursery.start() for _ in range(engines)]
        deeds = ["kill", "join", "freeze"]  # at a quarter, half and three quarters of what is to be written
        begin, end = time.monotonic(), time.monotonic() + 4 * 3600
        while not everything_over():
            people.act()
            held.update(Move.objects.exclude(lease_owner="").values_list("lease_owner", flat=True))
            if deeds and entries() > (4 - len(deeds)) * customers * 14:
                deed = deeds.pop(0)
                if deed == "kill":
                    os.kill(first[0], signal.SIGKILL)
                elif deed == "join":
                    joined = nursery.start()
                else:
                    os.kill(first[1], signal.SIGSTOP)
                    asleep = time.monotonic()
            if asleep and time.monotonic() > asleep + 1.5 * lease:
                os.kill(first[1], signal.SIGCONT)
                asleep = 0.0
            assert time.monotonic() < end, list(Move.objects.values_list("stage", "due_why")[:20])
            time.sleep(0.05)
        taken = time.monotonic() - begin
        os.kill(first[1], signal.SIGCONT)
        nursery.stop()
        found = judge(house, people)
        shares = {int(name.rpartition(":")[2]): share for name, share in held.items()}
        print(
            json.dumps(
                {**found, "engines": engines, "seconds": round(taken), "held": sorted(shares.values())}
            )
        )
        assert found["ended"] == customers
        assert not deeds
        assert shares.keys() == {*first, joined}, "each of them had a part"
        assert EngineRun.objects.count() == engines + 1
        numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(len(numbers)))
        assert "Traceback" not in nursery.log.read_text()
    finally:
        nursery.close()
        house.close()
        emulator.ask("POST", "/clock", speed=1)

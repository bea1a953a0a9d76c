"""Engines die at any moment, and at every named place, while customers are moved: nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from novation.domain.policy import Policy
from novation.failpoints import PLACES
from tests.engine.campaign import OF_THE_ENGINE, Campaign, Nursery, everything_over, judge
from tests.engine.rehearsal import Emulator, Rehearsal
from tests.engine.test_processes import calm

ROOT = Path(__file__).resolve().parents[2]
#: Doubts are settled within seconds, since campaigns run in real time; longer than any call lasts.
#: So many calls fail on purpose that the rule about failing calls would stop the programme.
HASTY = Policy(settle_every=timedelta(seconds=0.5), settle_quiet=timedelta(seconds=3), stop_failures_of=0)
#: Lost answers of calls that had their effect, and the rest of what a network does.
HOSTILE = {
    "server_error": 0.01, "server_error_after": 0.03, "reset_before": 0.01, "reset_after": 0.03,
    "timeout_before": 0.002, "timeout_after": 0.006, "hang_seconds": 1.6,
}  # fmt: skip


@pytest.fixture
def speed(emulator: Emulator) -> Iterator[None]:
    yield
    emulator.ask("POST", "/clock", speed=1)
    emulator.ask("PUT", "/faults", profile="none")


def campaign(
    emulator: Emulator, url: str, folder: Path, *, customers: int, speed: float, lease: float, **how: object
) -> tuple[Campaign, Nursery, Rehearsal]:
    house = Rehearsal(emulator, HASTY)
    emulator.ask("POST", "/clock", speed=speed)
    house.take_in(*calm(emulator, 21, customers))
    emulator.ask("PUT", "/faults", **HOSTILE)
    nursery = Nursery(emulator, url, folder / "engines.log", lease=lease)
    return Campaign(house=house, nursery=nursery, url=url, **how), nursery, house  # type: ignore[arg-type]  # the rest as named


def test_every_failpoint_stands_in_one_place() -> None:
    found = [
        name
        for path in (ROOT / "novation").rglob("*.py")
        for name in re.findall(r'^\s+failpoint\("([^"]+)"\)', path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(found) == sorted(PLACES)


def test_engines_that_die_at_every_named_place_do_nothing_twice_and_lose_nothing(
    emulator: Emulator, addresses: None, database_url: str, tmp_path: Path, speed: None
) -> None:
    run, nursery, house = campaign(
        emulator, database_url, tmp_path,
        customers=5, speed=50_000, lease=60.0, engines=1, seed=1, every=40, stops=False,
    )  # fmt: skip
    try:
        run.run(everything_over, kills=len(OF_THE_ENGINE), patience=400)
        found = judge(house, run.people)
        assert found["ended"] == 5
        assert run.missing() in ([], ["settle-open"]), "with much luck no outcome is uncertain"
        assert "Traceback" not in nursery.log.read_text()
    finally:
        nursery.close()
        house.close()


@pytest.mark.soak
@pytest.mark.postgres
def test_a_thousand_deaths_over_two_thousand_customers(
    emulator: Emulator, addresses: None, postgres: str, tmp_path: Path, speed: None
) -> None:
    customers = int(os.environ.get("SOAK_CUSTOMERS", "2000"))
    kills = int(os.environ.get("SOAK_KILLS", "1000"))
    run, nursery, house = campaign(
        emulator, postgres, tmp_path,
        customers=customers, speed=1_000, lease=60.0, engines=4, seed=2, hands=3,
        every=max(20, customers * 55 // kills),
    )  # fmt: skip
    try:
        run.run(everything_over, kills=kills, patience=4 * 3600)
        found = judge(house, run.people)
        print(json.dumps({**found, "kills": run.kills, "frozen": run.frozen, "thrown out": run.thrown_out}))
        assert found["ended"] == customers
        assert run.hit == set(OF_THE_ENGINE)
        assert run.frozen and run.thrown_out
    finally:
        nursery.close()
        house.close()

"""Engines as processes: stopped in good order, killed, and two of them on one PostgreSQL database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from novation.domain.policy import Policy
from novation.evidencelog.models import Event
from novation.moves.models import Item, Move
from novation.operations.models import Step
from tests.engine.rehearsal import Emulator, Rehearsal

#: Virtual seconds in one of ours, so that a programme of weeks takes some seconds.
FAST = 60_000
#: Real seconds after which a test gives up.
PATIENCE = 120


class Engines:
    """Engine processes of our own, told where everything is through their environment."""

    def __init__(self, emulator: Emulator, url: str, log: Path) -> None:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
        self.environment = {
            **keep,
            "NOVATION_HOME": str(settings.NOVATION_HOME),
            "DATABASE_URL": url,
            "NOVATION_API_URL": emulator.ready["api"],
            "NOVATION_LOGIN_URL": emulator.ready["login"],
            "NOVATION_GRAPH_URL": emulator.ready["graph"],
            "NOVATION_CLOCK_FILE": str(emulator.clock_file),
            "NOVATION_API_RATE": "1000000",
            "NOVATION_MAIL_RATE": "1000000",
            "NOVATION_API_TIMEOUT": "5",
            "NOVATION_LOG_LEVEL": "WARNING",
        }
        self.log = log
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "novation", "engine", "--with-parent"]
            self.running.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))
        return self.running[-1]

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Asks one to stop; its exit code."""
        process.terminate()
        return process.wait(timeout=15)

    def close(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)


def drive(house: Rehearsal, engines: Engines, moves: list[Move], reached: Callable[[], bool]) -> None:
    """Everybody is willing, in real time, until something is reached."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert engines.running[-1].poll() is None, engines.log.read_text()[-2000:]
        assert time.monotonic() < end, [(m.stage, m.due_why, m.due_who) for m in Move.objects.all()]
        for move in moves:
            if Move.objects.filter(pk=move.pk, decision_state="asked").exists():
                house.says(move, "mandate")
            house.accepts(move)
            house.works(move)
        time.sleep(0.05)


def calm(emulator: Emulator, seed: int, number: int) -> list[dict[str, Any]]:
    """Customers whose terms end long after the test."""
    soon = (emulator_now(emulator) + timedelta(days=60)).isoformat()
    late = (
        one
        for one in emulator.sown(seed, number * (8 if number < 100 else 5))
        if all(item["commitmentEnd"] > soon for item in one["subscriptions"])
    )
    found = list(islice(late, number))
    assert len(found) == number
    return found


def emulator_now(emulator: Emulator) -> datetime:
    return datetime.fromisoformat(emulator.ask("GET", "/clock")["now"])


def all_closed() -> bool:
    return not Move.objects.exclude(stage="closed").exists()


@pytest.fixture
def fast(emulator: Emulator) -> Iterator[None]:
    """The clock runs fast during the test."""
    emulator.ask("POST", "/clock", speed=FAST)
    yield
    emulator.ask("POST", "/clock", speed=1)


#: Doubts are settled within seconds, since these tests run in real time.
HASTY = Policy(settle_every=timedelta(seconds=0.5), settle_quiet=timedelta(seconds=2))


@pytest.fixture
def house(begin: Callable[[Policy], Rehearsal]) -> Rehearsal:
    return begin(HASTY)


@pytest.fixture
def engines(
    house: Rehearsal, emulator: Emulator, database_url: str, fast: None, tmp_path: Path
) -> Iterator[Engines]:
    made = Engines(emulator, database_url, tmp_path / "engines.log")
    yield made
    made.close()


def test_an_engine_that_is_asked_to_stop_leaves_nothing_open(house: Rehearsal, engines: Engines) -> None:
    moves = house.take_in(*calm(house.emulator, 11, 4))
    process = engines.start()
    drive(house, engines, moves, lambda: Step.objects.filter(outcome="done").count() >= 4)
    began = time.monotonic()
    assert engines.stop(process) == 0
    assert time.monotonic() - began < 12
    assert not Step.objects.filter(outcome__in=("", "unknown")).exists()
    assert not Move.objects.filter(lease_until__gt=house.clock.now()).exists()
    assert "Traceback" not in engines.log.read_text()


def test_a_killed_engine_leaves_nothing_that_the_next_one_cannot_settle(
    house: Rehearsal, engines: Engines
) -> None:
    moves = house.take_in(*calm(house.emulator, 11, 3))
    for so_far in (2, 9, 17):
        process = engines.start()
        drive(house, engines, moves, lambda so_far=so_far: Step.objects.count() >= so_far or all_closed())  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    engines.start()
    drive(house, engines, moves, all_closed)
    summary = house.emulator.summary()
    assert summary["repeated_writes"] == 0, summary["repeated"]
    assert summary["items"]["both"] == summary["items"]["neither"] == 0
    assert set(Item.objects.values_list("state", flat=True)) == {"verified"}
    assert not Step.objects.filter(outcome__in=("", "unknown")).exists()
    numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(len(numbers)))

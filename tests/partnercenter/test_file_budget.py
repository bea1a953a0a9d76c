"""Processes that share an account share its budget, through a file."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from novation.partnercenter import FileBudget, Pace, Place
from tests.partnercenter.stand_in import FakeClock

PACE = Pace(per_minute=100)
TAKER = """
import asyncio, sys
from novation.partnercenter import Pace, Place, FileBudget

async def take_all(path):
    budget, taken = FileBudget(path, Pace(per_minute=100)), 0
    while isinstance(place := await budget.take("customers"), Place):
        taken += 1
        place.answered = True
        await budget.give_back(place)
    return taken

print(asyncio.run(take_all(sys.argv[1])))
"""


def pair(path: Path, clock: FakeClock, pace: Pace = PACE) -> tuple[FileBudget, FileBudget]:
    return FileBudget(path, pace, clock), FileBudget(path, pace, clock)


async def drained(*budgets: FileBudget) -> list[Place]:
    places = []
    while True:
        for budget in budgets:
            got = await budget.take("customers")
            if not isinstance(got, Place):
                return places
            places.append(got)


def test_real_processes_take_no_place_twice_and_leave_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKER, str(tmp_path / "budget")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    taken = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(taken) == 100


def test_a_place_comes_back_one_window_after_its_answer(tmp_path: Path) -> None:
    async def work() -> tuple[int, int, int]:
        clock = FakeClock()
        first, second = pair(tmp_path / "budget", clock)
        places = await drained(first, second)
        clock.time += 30.0
        for place in places[:40]:
            place.answered = True
            await second.give_back(place)
        clock.time += 59.0
        early = len(await drained(first))
        clock.time += 1.1
        return len(places), early, len(await drained(second))

    assert asyncio.run(work()) == (100, 0, 40)


def test_a_429_that_one_process_met_stops_the_others(tmp_path: Path) -> None:
    async def work() -> tuple[float | Place, object, float | Place]:
        clock = FakeClock()
        first, second = pair(tmp_path / "budget", clock)
        place = await first.take("customers")
        assert isinstance(place, Place)
        place.retry_after = 20.0
        await first.give_back(place)
        other = await second.take("subscriptions")
        stopped = await second.take("customers")
        clock.time += 20.0
        return stopped, other, await second.take("customers")

    stopped, other, later = asyncio.run(work())
    assert stopped == 20.0
    assert isinstance(other, Place) and isinstance(later, Place)


def test_the_calls_of_a_process_that_died_count_until_they_must_be_over(tmp_path: Path) -> None:
    async def work() -> list[int]:
        clock, found = FakeClock(), []
        await drained(FileBudget(tmp_path / "budget", PACE, clock))
        alive = FileBudget(tmp_path / "budget", PACE, clock, lost_after=180.0)
        for seconds in (179.0, 2.0, 59.0, 1.1):
            clock.time += seconds
            found.append(len(await drained(alive)))
        return found

    assert asyncio.run(work()) == [0, 0, 0, 100]


def test_a_late_answer_of_a_call_that_was_given_up_gives_nothing_back_twice(tmp_path: Path) -> None:
    async def work() -> int:
        clock = FakeClock()
        first, second = pair(tmp_path / "budget", clock, Pace(per_minute=1))
        (place,) = await drained(first)
        clock.time += 181.0
        await drained(second)
        await first.give_back(place)
        clock.time += 60.1
        return len(await drained(second))

    assert asyncio.run(work()) == 1


def test_a_cancelled_wait_leaves_no_place_behind(tmp_path: Path) -> None:
    async def work() -> int:
        budget = FileBudget(tmp_path / "budget", PACE, FakeClock())
        task = asyncio.create_task(budget.take("customers"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return len(await drained(budget))

    assert asyncio.run(work()) == 100


def test_a_restart_of_the_machine_forgets_what_was_before(tmp_path: Path) -> None:
    async def work() -> int:
        clock = FakeClock()
        await drained(FileBudget(tmp_path / "budget", PACE, clock))
        clock.time = 3.0
        return len(await drained(FileBudget(tmp_path / "budget", PACE, clock)))

    assert asyncio.run(work()) == 100


def test_a_cancelled_call_leaves_no_task_behind_when_it_gives_its_place_back(tmp_path: Path) -> None:
    async def work() -> tuple[int, int]:
        budget = FileBudget(tmp_path / "budget", PACE, FakeClock())
        place = await budget.take("customers")
        assert isinstance(place, Place)
        place.sent = False
        task = asyncio.create_task(budget.give_back(place))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        left = len(asyncio.all_tasks()) - 1
        return left, len(await drained(budget))

    assert asyncio.run(work()) == (0, 100)

"""The sliding window: never too many, nearly as many as allowed, obedient, and quick to recover."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.partnercenter.budget import Gate, MemoryBudget, Place
from novation.partnercenter.pace import Pace, Window


def busiest(moments: list[float], span: float = 60.0) -> int:
    """The most moments inside any closed window of ``span`` seconds."""
    moments = sorted(moments)
    return max((bisect_left(moments, start + span + 1e-9) - i for i, start in enumerate(moments)), default=0)


def simulate(
    pace: Pace, seconds: float, latency: Any, *, workers: int = 8, refuse: Any = None, seed: int = 1
) -> tuple[list[float], Window]:
    """Run ``workers`` callers on a virtual clock; returns when the server saw each call.

    The server sees a call anywhere between sending and answering.
    """
    chance = random.Random(seed)
    window = Window(pace.limit("x"), pace)
    free_at = [0.0] * workers
    answers: list[tuple[float, float | None]] = []
    seen: list[float] = []
    now = 0.0
    while now < seconds:
        now = max(now, min(free_at))
        for answer in [a for a in answers if a[0] <= now]:
            answers.remove(answer)
            window.give_back(answer[0])
            if answer[1] is None:
                window.accepted()
            else:
                window.refused(answer[0], answer[1])
        wait = window.take(now)
        if wait > 0:
            upcoming = [a[0] for a in answers if a[0] > now]
            now = min([now + wait, *upcoming])
            continue
        took = latency(chance)
        seen.append(now + took * chance.random())
        answers.append((now + took, refuse(now, chance) if refuse else None))
        worker = free_at.index(min(free_at))
        free_at[worker] = now + took
    return seen, window


def test_a_busy_client_reaches_nearly_all_and_never_exceeds() -> None:
    seen, _ = simulate(Pace(per_minute=500), 1200.0, lambda c: c.uniform(0.05, 0.4))
    assert busiest(seen) <= 500
    assert len(seen) / (500 * 1200 / 60) >= 0.95


def test_slow_and_uneven_answers_do_not_break_the_bound() -> None:
    seen, _ = simulate(
        Pace(per_minute=100),
        1800.0,
        lambda c: 25.0 if c.random() < 0.02 else c.uniform(0.05, 1.0),
        workers=20,
    )
    assert busiest(seen) <= 100
    assert len(seen) / (100 * 1800 / 60) >= 0.95


def test_bursts_of_429_cost_little() -> None:
    def refuse(now: float, chance: random.Random) -> float | None:
        return 5.0 if now % 120 < 1.0 else None

    seen, window = simulate(Pace(per_minute=500), 1800.0, lambda c: c.uniform(0.05, 0.2), refuse=refuse)
    assert busiest(seen) <= 500
    assert len(seen) / (500 * 1800 / 60) >= 0.9
    assert window.allowed >= 450


@given(
    limit=st.integers(1, 30),
    seed=st.integers(0, 2**20),
    slowest=st.floats(0.01, 70.0),
    share=st.floats(0.0, 0.5),
)
def test_no_window_ever_holds_more_than_the_limit(
    limit: int, seed: int, slowest: float, share: float
) -> None:
    def refuse(_now: float, chance: random.Random) -> float | None:
        return chance.uniform(0, 20) if chance.random() < share else None

    seen, _ = simulate(
        Pace(per_minute=limit), 400.0, lambda c: c.uniform(0, slowest), refuse=refuse, seed=seed
    )
    assert busiest(seen) <= limit


def test_retry_after_stops_the_group_for_that_long() -> None:
    window = Window(10, Pace())
    assert window.take(0.0) == 0.0
    window.give_back(0.1)
    window.refused(0.1, 57.0)
    assert window.take(1.0) == pytest.approx(56.1)
    assert window.take(57.2) == 0.0


def test_a_lasting_overload_slows_down_and_quiet_brings_the_speed_back() -> None:
    window = Window(100, Pace())
    now = 0.0
    for _ in range(6):
        assert window.take(now) == 0.0
        window.give_back(now)
        window.refused(now, 2.0)
        now += 2.0
    slow = window.allowed
    assert slow <= 20
    window.take(now + 100)
    assert window.allowed == 100


def test_one_burst_of_refusals_counts_once() -> None:
    window = Window(100, Pace())
    for _ in range(8):
        window.take(0.0)
    for n in range(8):
        window.give_back(0.1 + n / 100)
        window.refused(0.1 + n / 100, 5.0)
    assert window.allowed == 98


def test_a_call_that_was_never_sent_costs_nothing() -> None:
    window = Window(1, Pace())
    assert window.take(0.0) == 0.0
    window.give_back(0.0, counted=False)
    assert window.take(0.0) == 0.0


def test_each_group_has_its_own_limit() -> None:
    pace = Pace(per_minute=500, groups={"webhooks.test": 2})
    assert (pace.limit("customers"), pace.limit("webhooks.test")) == (500, 2)


class Ticking:
    """A clock for asyncio tasks: the earliest sleeper is woken next."""

    def __init__(self) -> None:
        self.time = 0.0
        self.sleepers: list[tuple[float, int, asyncio.Event]] = []

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self.sleepers.append((self.time + seconds, len(self.sleepers), event))
        await event.wait()

    async def drive(self, until: float) -> None:
        while self.time < until:
            for _ in range(20):
                await asyncio.sleep(0)
            if not self.sleepers:
                return
            self.sleepers.sort(key=lambda entry: entry[:2])
            when, _, event = self.sleepers.pop(0)
            self.time = max(self.time, when)
            event.set()


def test_the_gate_bounds_calls_in_flight_and_lets_other_groups_pass_a_paused_one() -> None:
    async def work() -> tuple[int, list[str]]:
        clock = Ticking()
        budget = MemoryBudget(Pace(per_minute=500), clock)
        gate = Gate(budget, 3, clock)
        under_way, most, order = 0, 0, []

        async def call(group: str) -> None:
            nonlocal under_way, most
            async with gate.place(group) as place:
                under_way += 1
                most = max(most, under_way)
                await clock.sleep(1.0)
                place.answered = True
                under_way -= 1
                order.append(group)

        refused = await budget.take("paused")
        assert isinstance(refused, Place)
        refused.retry_after = 30.0
        await budget.give_back(refused)
        calls = [asyncio.create_task(call("paused")), *(asyncio.create_task(call("free")) for _ in range(9))]
        await clock.drive(120.0)
        await asyncio.gather(*calls)
        return most, order

    most, order = asyncio.run(work())
    assert most == 3
    assert order == ["free"] * 9 + ["paused"]


def test_a_cancelled_call_gives_its_place_back() -> None:
    async def work() -> float | Place:
        clock = Ticking()
        budget = MemoryBudget(Pace(per_minute=1), clock)
        gate = Gate(budget, 1, clock)

        async def call() -> None:
            async with gate.place("x") as place:
                place.sent = False
                await asyncio.sleep(10)

        task = asyncio.create_task(call())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return await budget.take("x")

    assert isinstance(asyncio.run(work()), Place)


def test_two_clients_with_one_budget_stay_within_it_together() -> None:
    async def work() -> list[float]:
        clock = Ticking()
        budget = MemoryBudget(Pace(per_minute=50), clock)
        moments: list[float] = []

        async def caller(gate: Gate) -> None:
            while True:
                async with gate.place("customers") as place:
                    moments.append(clock.time)
                    await clock.sleep(0.3)
                    place.answered = True

        tasks = [asyncio.create_task(caller(Gate(budget, 4, clock))) for _ in range(2)]
        await clock.drive(400.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return moments

    moments = asyncio.run(work())
    assert busiest(moments) == 50
    assert len(moments) >= 0.95 * 50 * 400 / 60

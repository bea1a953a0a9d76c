"""A periodic job that fails is started again, and ends neither the engine nor the other jobs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from novation.customers.models import WebhookEvent
from novation.engine import circuit_breaker, periodic, refresh_readiness, webhook_events
from novation.engine.context import EngineContext
from novation.engine.periodic import Continuous, Periodic, keep_running
from tests.engine.rehearsal import Rehearsal


def test_a_job_that_fails_is_started_again_later_each_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []
    begun = 0
    stop = asyncio.Event()

    async def wait_for(waiting: Any, pause: float) -> None:
        waiting.close()
        pauses.append(pause)

    async def run(_stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun == 9:
            stop.set()
            return
        if begun == 8:
            return  # to end by itself is a failure too
        raise ZeroDivisionError

    monkeypatch.setattr(periodic.asyncio, "wait_for", wait_for)
    asyncio.run(keep_running(Continuous("sweep", run), stop))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 8
    assert "'sweep'" in caplog.records[0].message


def test_a_periodic_job_rests_between_its_times_or_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    stop = asyncio.Event()
    answers: list[float | None] = [None, 7.0, 0.0]

    async def wait_for(waiting: Any, pause: float) -> None:
        waiting.close()
        pauses.append(pause)

    async def run() -> float | None:
        if len(answers) == 1:
            stop.set()
        return answers.pop(0)

    monkeypatch.setattr(periodic.asyncio, "wait_for", wait_for)
    asyncio.run(keep_running(Periodic("list", 3.0, run), stop))
    assert pauses == [3.0, 7.0, 0.0]


def test_a_job_that_ran_well_is_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    now = 0.0
    stop = asyncio.Event()

    async def wait_for(waiting: Any, pause: float) -> None:
        waiting.close()
        pauses.append(pause)

    async def run(_stop: asyncio.Event) -> None:
        nonlocal now
        now += 1000 if len(pauses) == 2 else 1
        if len(pauses) == 3:
            stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(periodic.asyncio, "wait_for", wait_for)
    monkeypatch.setattr(periodic.time, "monotonic", lambda: now)
    asyncio.run(keep_running(Continuous("sweep", run), stop))
    assert pauses[:3] == [1, 2, 1]


def test_no_failing_job_ends_the_engine(house: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[str] = []
    moves = house.take_in(*house.emulator.sow(11, 1))

    def broken(name: str) -> Any:
        async def run() -> None:
            failed.append(name)
            raise ZeroDivisionError(name)

        def job(context: EngineContext) -> Periodic:
            return Periodic(name, 1.0, run)

        return job

    monkeypatch.setattr(periodic, "FIRST_PAUSE", 0.01)
    for module in (webhook_events, refresh_readiness, circuit_breaker):
        monkeypatch.setattr(module, "job", broken(module.__name__))

    async def work() -> None:
        engine = house.another("other:1")
        running = asyncio.create_task(engine.run())
        while len(failed) < 12 and not running.done():
            await asyncio.wait([running], timeout=0.01)
        assert not running.done(), "it goes on"
        engine.stop()
        await running

    house.run(work())
    assert len(set(failed)) == 3
    assert moves


def test_one_anonymous_request_does_not_end_the_engine(house: Rehearsal) -> None:
    """The whole of finding S1, with a row as the version before kept it."""
    WebhookEvent.objects.create(
        digest="x", account="source", body=b'{"EventName":"x"}', signature=b"x", algorithm="rsa-sha256", event="x",
        certificate_url="https://a.microsoft.com:x/", received_at=house.clock.now(), next_try_at=house.clock.now(),
    )  # fmt: skip

    async def work() -> None:
        engine = house.another("other:1")
        running = asyncio.create_task(engine.run())
        while not running.done() and await engine.db(WebhookEvent.objects.filter(state="new").exists):
            await asyncio.wait([running], timeout=0.02)
        assert not running.done(), "it goes on"
        engine.stop()
        await running

    house.run(work())
    assert WebhookEvent.objects.get().state == "refused"

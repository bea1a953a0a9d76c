"""Engines as processes draw on one budget per account: never more together than one alone may."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from bisect import bisect_left

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from novation.engine.budget import DatabaseBudget
from novation.operations.models import Allowance
from novation.partnercenter import Account, Pace, PartnerCenter, Place
from novation.partnercenter.shared_window import SharedWindow
from tests.engine.rehearsal import Rehearsal

LIMIT, WINDOW, PROCESSES, SECONDS = 100, 1.0, 3, 3.0

#: Calls as fast as it may, and prints when each call would have reached the server.
CALLER = f"""
import asyncio, random, sys, time
import django
django.setup()
from novation.engine.budget import DatabaseBudget
from novation.partnercenter import Pace, Place
pace = Pace(per_minute={LIMIT}, window={WINDOW})
async def main():
    budget, end, seen = DatabaseBudget("source", pace, 1.0), time.time() + {SECONDS}, []
    async def caller():
        while time.time() < end:
            got = await budget.take("customers")
            if not isinstance(got, Place):
                await asyncio.sleep(got)
                continue
            await asyncio.sleep(random.uniform(0, 0.02))
            seen.append(time.time())
            await asyncio.sleep(random.uniform(0, 0.02))
            got.answered = True
            await budget.give_back(got)
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.time() + {SECONDS}
    await asyncio.gather(*(caller() for _ in range(8)))
    print(*seen)
asyncio.run(main())
"""


def called(url: str, processes: int) -> list[list[float]]:
    """When each process called, while all of them called as fast as they might."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")},
        "NOVATION_HOME": str(settings.NOVATION_HOME),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "novation.settings",
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for one in started:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0] for one in started]
    return [[float(moment) for moment in line.split()] for line in said]


def busiest(moments: list[float]) -> int:
    moments = sorted(moments)
    return max((bisect_left(moments, start + WINDOW) - i for i, start in enumerate(moments)), default=0)


def check(url: str) -> None:
    each = called(url, PROCESSES)
    together = [moment for moments in each for moment in moments]
    assert busiest(together) <= LIMIT
    assert len(together) > LIMIT / 2, (
        "how much is used is seen in test_shared_window, where no other work disturbs"
    )
    assert all(each), "one of them got nothing"


def test_engines_on_one_database_share_one_budget(database_url: str) -> None:
    check(database_url)


@pytest.mark.postgres
@pytest.mark.soak
def test_engines_on_one_postgresql_share_one_budget(postgres: str) -> None:
    check(postgres)


def test_an_account_is_opened_with_the_budget_of_all_engines(house: Rehearsal) -> None:
    assert isinstance(house.source.budget, DatabaseBudget)
    assert set(Allowance.objects.values_list("account", flat=True)) <= {"source", "target"}
    house.take_in(*house.emulator.sow(11, 1))
    house.idle()
    assert Allowance.objects.filter(account="source", group="customers").exists()


def left_behind() -> set[asyncio.Task[object]]:
    """Tasks of this event loop beside the one that asks."""
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]  # there is a current task here


async def closed_by_its_client(budget: DatabaseBudget) -> None:
    """As every command and engine ends: the client of the account is closed, then the event loop."""
    async with PartnerCenter(Account("source", "t", "c", "s"), budget=budget):
        pass


def test_a_closed_budget_holds_no_place_and_leaves_no_timer(database_url: str) -> None:
    async def work() -> int:
        budget = DatabaseBudget("source", Pace(per_minute=1_000, window=60.0), 1.0)
        place = await budget.take("customers")
        assert isinstance(place, Place)
        place.answered = True
        await budget.give_back(place)
        assert await asyncio.to_thread(held_places) > 1
        await closed_by_its_client(budget)
        assert not left_behind()
        return await asyncio.to_thread(held_places)

    # What was used counts on; the rest of the slice is free at once.
    assert asyncio.run(work()) == 1


def test_a_slice_that_expires_while_the_client_closes_is_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that returned an expired slice outlived its event loop, and failed whatever test came next."""
    may_close, closing = threading.Event(), threading.Event()
    original = SharedWindow.close

    def close(self: SharedWindow, now: float, name: str, *, used: int) -> None:
        closing.set()
        assert may_close.wait(10)
        original(self, now, name, used=used)

    monkeypatch.setattr(SharedWindow, "close", close)

    async def work() -> None:
        budget = DatabaseBudget("source", Pace(per_minute=1_000, window=0.01), 1.0)
        place = await budget.take("customers")
        assert isinstance(place, Place)
        await budget.give_back(place)
        # The slice expires by its timer, and its end hangs in the database.
        assert await asyncio.to_thread(closing.wait, 10)
        asyncio.get_running_loop().call_later(0.05, may_close.set)
        await closed_by_its_client(budget)
        assert not left_behind()

    try:
        asyncio.run(work())
    finally:
        may_close.set()


def test_a_budget_keeps_its_connection(database_url: str) -> None:
    opened: list[str] = []

    def count(connection: BaseDatabaseWrapper, **_given: object) -> None:
        opened.append(threading.current_thread().name)

    async def work() -> None:
        # Each slice is of one place, so that every call asks the database.
        budget = DatabaseBudget("source", Pace(per_minute=50, window=60.0), 1.0)
        for _call in range(5):
            place = await budget.take("customers")
            assert isinstance(place, Place)
            await budget.give_back(place)
        await closed_by_its_client(budget)

    connection_created.connect(count)
    try:
        asyncio.run(work())
    finally:
        connection_created.disconnect(count)
    assert [name for name in opened if name.startswith("budget-source")] == ["budget-source_0"], opened
    assert not [one for one in threading.enumerate() if one.name.startswith("budget-source")]


def held_places() -> int:
    """Places of the one slice in the database."""
    try:
        (state,) = Allowance.objects.values_list("state", flat=True)
        return sum(places for places, _until in state["slices"].values())
    finally:
        connection.close()

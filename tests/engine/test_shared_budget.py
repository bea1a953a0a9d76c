"""Engines as processes draw on one budget per account: never more together than one alone may."""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_left

import pytest
from django.conf import settings

from novation.engine.budget import DatabaseBudget
from novation.operations.models import Allowance
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
    assert isinstance(house.engine.source.budget, DatabaseBudget)
    assert set(Allowance.objects.values_list("account", flat=True)) <= {"source", "target"}
    house.take_in(*house.emulator.sow(11, 1))
    house.idle()
    assert Allowance.objects.filter(account="source", group="customers").exists()

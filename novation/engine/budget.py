"""The calls of one partner account, shared by all engines through the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

from novation.engine.db_retry import retry_transaction
from novation.failpoints import failpoint
from novation.operations.models import Allowance
from novation.partnercenter import Pace, Place
from novation.partnercenter.shared_window import Grant, SharedWindow

T = TypeVar("T")
#: The share of the limit that one engine takes at a time, at most. It begins with a tenth of that, so that engines
#: that die again and again do not hold places for nothing.
PARTS = 50
#: The share of the window after which what was not used goes back.
UNUSED = 12


@dataclass(slots=True)
class _Slice:
    """Places that this process holds."""

    name: str
    left: int
    out: int = 0
    used: int = 0
    good: int = 0
    stale: bool = False


class DatabaseBudget:
    """Places for the calls of one account, out of one window per rate group for all processes together.

    Args:
        account: `source` or `target`; names the rows.
        pace: limits of the account.
        longest_call: real seconds after which a call is surely over.
    """

    def __init__(self, account: str, pace: Pace, longest_call: float) -> None:
        self._account, self._pace = account, pace
        self._lasts = pace.window / UNUSED + longest_call
        self._held: dict[str, _Slice] = {}
        self._wanted: dict[str, int] = {}
        self._timers: dict[tuple[str, str], tuple[_Slice, asyncio.TimerHandle]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._thread: ThreadPoolExecutor | None = None

    async def _db(self, function: Callable[[], T]) -> T:
        """Runs a function in the budget's own thread, which keeps its connection: to open one costs as much again."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"budget-{self._account}")
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    async def take(self, group: str) -> Place | float:
        """Grants a place, or says how many seconds to wait before asking again."""
        held = self._held.get(group)
        if held is None or held.left < 1 or held.stale:
            if held is not None:
                self._wanted[group] = self._next_size(group, held)
                held.stale = True
                await self._close_if_over(group, held)
            grant = await self._db(lambda: self._grant(group))
            if not grant.places:
                return grant.wait
            failpoint("budget-granted")
            held = self._held[group] = _Slice(grant.slice, grant.places)
            self._start_timer(group, held)
        held.left -= 1
        held.out += 1
        return Place(group, key=held)

    async def give_back(self, place: Place) -> None:
        """Notes how a call ended; the slice is closed with its last call."""
        held = place.key
        if not isinstance(held, _Slice):
            raise TypeError("This place was not granted here.")
        held.out -= 1
        held.used += place.sent
        held.good += place.answered
        if place.retry_after is not None:
            held.stale = True
            pause = place.retry_after
            await self._db(lambda: self._change(place.group, lambda w, now: w.refused(now, pause)))
        await self._close_if_over(place.group, held)

    async def close(self) -> None:
        """Gives back what is held; no task, no timer and no connection is left when this returns."""
        for (group, _), (held, timer) in list(self._timers.items()):
            timer.cancel()
            held.stale = True
            await self._close_if_over(group, held)
        self._timers.clear()
        await asyncio.gather(*self._closing)
        if self._thread is not None:
            await self._db(lambda: connection.close())
            self._thread.shutdown(wait=True)
            self._thread = None

    def _start_timer(self, group: str, held: _Slice) -> None:
        """Lets a slice expire. Each has its own timer: two callers at once may each be granted one."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._pace.window / UNUSED, self._expire, group, held)
        self._timers[group, held.name] = held, timer

    def _next_size(self, group: str, held: _Slice) -> int:
        """Twice as many when all were used in time; few when they were not."""
        most = max(1, self._pace.limit(group) // PARTS)
        return min(most, self._wanted.get(group, 1) * 2) if not held.stale else max(1, most // 10)

    def _expire(self, group: str, held: _Slice) -> None:
        held.stale = True
        self._timers.pop((group, held.name), None)
        if not held.out and held.name:
            closing = asyncio.ensure_future(self._close_if_over(group, held))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _close_if_over(self, group: str, held: _Slice) -> None:
        if held.out or not held.name or (held.left and not held.stale):
            return
        name, held.name = held.name, ""  # closed once, whoever comes first
        if (group, name) in self._timers:
            self._timers.pop((group, name))[1].cancel()

        def close(window: SharedWindow, now: float) -> None:
            window.answered(held.good)
            window.close(now, name, used=held.used)

        await self._db(lambda: self._change(group, close))

    def _grant(self, group: str) -> Grant:
        wanted = self._wanted.setdefault(group, max(1, self._pace.limit(group) // PARTS // 10))
        return self._change(group, lambda w, now: w.grant(now, wanted=wanted, lasts=self._lasts))

    def _change(self, group: str, act: Callable[[SharedWindow, float], T]) -> T:
        def transact() -> T:
            with transaction.atomic():
                row, _ = Allowance.objects.select_for_update().get_or_create(
                    account=self._account, group=group
                )
                window = SharedWindow(self._pace.limit(group), self._pace, row.state)
                result = act(window, _database_time())
                row.state = window.dump()
                row.save(update_fields=["state"])
                return result

        return retry_transaction(transact)


def _database_time() -> float:
    """Seconds since 1970 by the clock of the database, the only one that all machines share."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT (julianday('now') - 2440587.5) * 86400.0")
        else:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])

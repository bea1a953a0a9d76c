"""Who hands out the calls of an account: an interface, and the implementation for one process.

Several processes that share an account need one budget between them; they pass their own ``Budget``.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from novation.partnercenter.clock import Clock
from novation.partnercenter.pace import Pace, Window


@dataclass(slots=True)
class Place:
    """One granted call. ``key`` is the budget's own; the sender fills in how it ended."""

    group: str
    key: object = None
    sent: bool = True
    retry_after: float | None = None
    answered: bool = field(default=False)


class Budget(Protocol):
    """Places for calls of one partner account, per rate group."""

    async def take(self, group: str) -> Place | float:
        """Grant a place, or return the seconds to wait before asking again."""

    async def give_back(self, place: Place) -> None:
        """The call is over. ``place.sent`` is False if no byte left, ``place.retry_after`` is set after a 429
        (seconds), ``place.answered`` says whether any other answer came."""

    async def close(self) -> None:
        """No further call is made: give back what is held, and leave no task or timer behind."""


class MemoryBudget:
    """A budget for one process: one sliding window per group."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._windows: dict[str, Window] = {}

    def window(self, group: str) -> Window:
        """The window of a group (for a page that shows the present pace)."""
        return self._windows.setdefault(group, Window(self._pace.limit(group), self._pace))

    async def take(self, group: str) -> Place | float:
        """Grant a place, or return the seconds to wait."""
        wait = self.window(group).take(self._clock.monotonic())
        return Place(group) if wait <= 0 else wait

    async def give_back(self, place: Place) -> None:
        """Note how the call ended."""
        window, now = self.window(place.group), self._clock.monotonic()
        window.give_back(now, counted=place.sent)
        if place.retry_after is not None:
            window.refused(now, place.retry_after)
        elif place.answered:
            window.accepted()

    async def close(self) -> None:
        """Nothing is held between calls."""


class Gate:
    """Lets calls through one after the other: in-flight bound first, then the budget, fair within a group."""

    def __init__(self, budget: Budget, in_flight: int, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock
        self._free = asyncio.Semaphore(in_flight)
        self._queues: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def place(
        self, group: str, *, check: Callable[[float], None] | None = None
    ) -> AsyncIterator[Place]:
        """Wait for a place in ``group``. ``check`` is called with each wait in seconds and may raise."""
        async with self._queues[group]:
            got = await self._wait_for_place(group, check)
        try:
            yield got
        finally:
            self._free.release()
            await self._budget.give_back(got)

    async def _wait_for_place(self, group: str, check: Callable[[float], None] | None) -> Place:
        while True:
            await self._free.acquire()
            try:
                got = await self._budget.take(group)
            except BaseException:
                self._free.release()
                raise
            if isinstance(got, Place):
                return got
            # Wait without holding one of the in-flight places: other groups may go on.
            self._free.release()
            if check is not None:
                check(got)
            await self._clock.sleep(got)

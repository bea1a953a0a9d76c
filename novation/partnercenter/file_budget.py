"""One budget for several processes of one machine, kept in a small SQLite file.

Processes on several machines need a ``Budget`` over a database that they share; this one is for a web process beside
an engine, or for scripts beside a service.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TypeVar

from novation.partnercenter.budget import Place
from novation.partnercenter.clock import Clock, SystemClock
from novation.partnercenter.pace import Pace, Window

T = TypeVar("T")
_BUSY = 30.0


class FileBudget:
    """The places of one account, shared through the file at ``path`` (one file per account, on a local disk).

    ``pace`` must be the same in all processes. ``clock`` must be the machine's, which all of them share. A process
    that dies leaves its calls open; they count until ``lost_after`` seconds (longer than any call takes) have passed,
    and one window more. What the file holds is forgotten when the machine starts again.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        pace: Pace,
        clock: Clock | None = None,
        *,
        lost_after: float = 180.0,
    ) -> None:
        self._path = Path(path)
        self._pace = pace
        self._clock = clock or SystemClock()
        self._lost_after = lost_after
        self._serial = count()
        self._name = f"{os.getpid()}.{id(self)}"

    async def take(self, group: str) -> Place | float:
        """Grant a place, or return the seconds to wait before asking again."""
        key = f"{self._name}.{next(self._serial)}"
        wait, cancelled = await _run_to_end(
            lambda: self._change(group, lambda window, now: window.take(now, key))
        )
        if cancelled:
            # What was granted goes back unused.
            if wait <= 0:
                await self.give_back(Place(group, key, sent=False))
            raise asyncio.CancelledError
        return Place(group, key) if wait <= 0 else wait

    async def give_back(self, place: Place) -> None:
        """Note how the call ended."""

        def end(window: _Shared, now: float) -> None:
            window.give_back(now, str(place.key), counted=place.sent)
            if place.retry_after is not None:
                window.window.refused(now, place.retry_after)
            elif place.answered:
                window.window.accepted()

        # A cancelled call must give its place back all the same.
        _, cancelled = await _run_to_end(lambda: self._change(place.group, end))
        if cancelled:
            raise asyncio.CancelledError

    async def close(self) -> None:
        """Nothing is held between calls."""

    def _change(self, group: str, deed: Callable[[_Shared, float], T]) -> T:
        with closing(sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None)) as file:
            # Nothing in it has to survive a power cut.
            file.execute("PRAGMA synchronous=OFF")
            file.execute("CREATE TABLE IF NOT EXISTS window (name TEXT PRIMARY KEY, state TEXT NOT NULL)")
            file.execute("BEGIN IMMEDIATE")
            row = file.execute("SELECT state FROM window WHERE name = ?", (group,)).fetchone()
            now = self._clock.monotonic()
            shared = _Shared(Window(self._pace.limit(group), self._pace))
            if row is not None:
                shared.restore(json.loads(row[0]), now, self._lost_after)
            result = deed(shared, now)
            file.execute(
                "INSERT OR REPLACE INTO window VALUES (?, ?)", (group, json.dumps(shared.state(now)))
            )
            file.execute("COMMIT")
        return result


async def _run_to_end(function: Callable[[], T]) -> tuple[T, bool]:
    """Runs a function in a thread; its result, and whether the caller was cancelled meanwhile.

    A thread cannot be stopped, so a cancelled caller waits for it: a task left behind would outlive the event loop.
    """
    running = asyncio.ensure_future(asyncio.to_thread(function))
    cancelled = False
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            if running.cancelled():  # the loop ends and cancels every task, this one too
                raise
            cancelled = True
    return running.result(), cancelled


class _Shared:
    """A window, and by whom its open places are held."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._held: dict[str, float] = {}

    def take(self, now: float, key: str) -> float:
        wait = self.window.take(now)
        if wait <= 0:
            self._held[key] = now
        return wait

    def give_back(self, now: float, key: str, *, counted: bool) -> None:
        # A place that was given up as lost has been counted already.
        if self._held.pop(key, None) is not None:
            self.window.give_back(now, counted=counted)

    def state(self, now: float) -> dict[str, object]:
        return {"at": now, "held": self._held, "window": self.window.state()}

    def restore(self, state: dict[str, dict[str, float]], now: float, lost_after: float) -> None:
        if float(state["at"]) > now:  # type: ignore[arg-type]  # JSON: this member is a number
            return
        self.window.restore(state["window"])
        self._held = dict(state["held"])
        for key in [key for key, taken in self._held.items() if now - taken > lost_after]:
            self.give_back(now, key, counted=True)

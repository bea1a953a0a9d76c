"""Jobs beside the engine's loop. One that fails is started again, later each time, and ends nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

log = logging.getLogger(__name__)

#: Real seconds before the first restart; doubled with each failure up to the second.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Real seconds after which a job that ran is well again: its next failure counts as the first.
WELL = 300.0


class Job(Protocol):
    """Something that goes on until the engine stops."""

    @property
    def name(self) -> str:
        """For the log."""

    async def work(self, stop: asyncio.Event) -> None:
        """Goes on until `stop` is set."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that is done again and again.

    Args:
        name: for the log.
        every: real seconds between the end of one time and the next.
        run: does it once; what it returns is another number of seconds until the next time, None for `every`.
    """

    name: str
    every: float
    run: Callable[[], Awaitable[float | None]]

    async def work(self, stop: asyncio.Event) -> None:
        """Goes on until `stop` is set."""
        while not stop.is_set():
            pause = await self.run()
            await rest(stop, self.every if pause is None else pause)


@dataclass(frozen=True, slots=True)
class Continuous:
    """A job that keeps its own time.

    Args:
        name: for the log.
        run: goes on until the event is set.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]

    async def work(self, stop: asyncio.Event) -> None:
        """Goes on until `stop` is set."""
        await self.run(stop)


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def keep_running(job: Job, stop: asyncio.Event) -> None:
    """Runs a job until `stop` is set, and starts it again when it fails or ends by itself.

    What comes from outside (a webhook, a mail, an answer) may find a bug in one job. The moves, the other jobs and
    the pages must not stop because of it, so every failure is an ERROR in the log and nothing more.
    """
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        try:
            await job.work(stop)
            if stop.is_set():
                return
            raise RuntimeError("the job ended by itself")
        except Exception:
            if time.monotonic() - began >= WELL:
                pause = FIRST_PAUSE
            log.exception(
                "The job %r of the engine failed; it is started again in %.0f s.", job.name, pause,
                extra={"action": "job_failed", "job": job.name},
            )  # fmt: skip
        await rest(stop, pause)
        pause = min(pause * 2, LONGEST_PAUSE)

"""Keeps the engine's periodic jobs running: one that fails is started again, later each time, and ends nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

#: Real seconds before the first restart; doubled with each failure up to the second.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Real seconds after which a job that ran is well again: its next failure counts as the first.
WELL = 300.0


async def keep_running(name: str, job: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Runs a job until `stop` is set, and starts it again when it fails or ends by itself.

    What comes from outside (a webhook, a mail, an answer) may find a bug in one job. The moves, the other jobs and
    the pages must not stop because of it, so every failure is an ERROR in the log and nothing more.

    Args:
        name: of the job, for the log.
        job: begins it anew.
        stop: ends it in good order.
    """
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        try:
            await job()
            if stop.is_set():
                return
            raise RuntimeError("the job ended by itself")
        except Exception:
            if time.monotonic() - began >= WELL:
                pause = FIRST_PAUSE
            log.exception(
                "The job %r of the engine failed; it is started again in %.0f s.", name, pause,
                extra={"action": "job_failed", "job": name},
            )  # fmt: skip
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(pause * 2, LONGEST_PAUSE)

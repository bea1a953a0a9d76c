"""What simulated people will do when: acts by virtual time, carried out by a few threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

log = logging.getLogger(__name__)

Act = Callable[[], object]


class Scheduler:
    """Acts planned and acts under way.

    Args:
        threads: people who act at the same time.
    """

    def __init__(self, threads: int) -> None:
        self._planned: list[tuple[datetime, int, str, Act]] = []
        self._sequence = itertools.count()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="people")
        self._active = 0
        self.failures: list[str] = []

    def schedule(self, moment: datetime, name: str, act: Act) -> None:
        """Plans an act for a moment of virtual time."""
        with self._lock:
            heapq.heappush(self._planned, (moment, next(self._sequence), name, act))

    def next_due(self) -> datetime | None:
        """When the next act is due."""
        with self._lock:
            return self._planned[0][0] if self._planned else None

    @property
    def active(self) -> int:
        """Acts under way."""
        with self._lock:
            return self._active

    def start_due(self, now: datetime) -> int:
        """Starts what is due; says how many acts that were."""
        due: list[tuple[str, Act]] = []
        with self._lock:
            while self._planned and self._planned[0][0] <= now:
                _, _, name, act = heapq.heappop(self._planned)
                due.append((name, act))
            self._active += len(due)
        for name, act in due:
            self._pool.submit(self._perform, name, act)
        return len(due)

    def _perform(self, name: str, act: Act) -> None:
        try:
            act()
        except Exception as error:
            # A person who meets something unforeseen gives up here; the invariants will tell what it came to.
            log.exception("A simulated person gave up: %s", name)
            self.failures.append(f"{name}: {type(error).__name__}: {error}"[:300])
        finally:
            with self._lock:
                self._active -= 1

    def close(self) -> None:
        """Waits for what is under way; nothing new is started."""
        self._pool.shutdown(wait=True, cancel_futures=True)

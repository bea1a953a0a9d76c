"""kill -9 of the engine or the web server at random moments, the same ones for the same seed."""

from __future__ import annotations

import time
from random import Random

#: Entries of the log that one customer leaves at least; the moments are spread over so many.
ENTRIES_PER_CUSTOMER = 12


class KillSchedule:
    """Says when to kill. Moments are counted in entries of the evidence log, with a little real time on top.

    Args:
        kills: how often.
        customers: how many there are.
        seed: of the rehearsal.
        of: what is killed; each has moments of its own.
    """

    def __init__(self, kills: int, customers: int, seed: int, *, of: str = "engine") -> None:
        draw = Random(f"{seed}|kills" if of == "engine" else f"{seed}|kills|{of}")
        first, last = customers * 2, customers * (2 + ENTRIES_PER_CUSTOMER)
        self._moments = sorted((draw.randrange(first, last), draw.random() * 0.15) for _ in range(kills))
        self._at: float | None = None
        self._last = 0

    def is_due(self, entries: int) -> bool:
        """True when it is to be killed now.

        Args:
            entries: entries in the log. None is killed twice without an entry between: it would never come up.
        """
        if not self._moments or entries <= self._last:
            return False
        threshold, pause = self._moments[0]
        if entries < threshold:
            return False
        if self._at is None:
            self._at = time.monotonic() + pause
        if time.monotonic() < self._at:
            return False
        self._moments.pop(0)
        self._at, self._last = None, entries
        return True

    @property
    def left(self) -> int:
        """Kills still to come."""
        return len(self._moments)

"""The one place where the time is read; everybody else is handed it.

A rehearsal shares the emulator's virtual clock through the small file that the emulator writes
(`NOVATION_CLOCK_FILE`): programme time then runs `speed` times as fast as the wall clock. What a person or a
machine needs in real time (a lease, a one-time code, a Retry-After) is a *real* duration; `Clock.real` turns
it into programme time, so that one stored timestamp serves both.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """The system clock: programme time is wall time."""

    @property
    def speed(self) -> float:
        """Seconds of programme time in one second of wall time."""
        return 1.0

    def now(self) -> datetime:
        """The present programme time, aware, in UTC."""
        return datetime.now(UTC)

    def real(self, duration: timedelta) -> timedelta:
        """A duration of the real world (a lease, a code's life), expressed in programme time."""
        return duration * self.speed

    def wait(self, duration: timedelta) -> float:
        """Seconds to sleep until so much programme time has gone by."""
        return max(0.0, duration.total_seconds() / self.speed) if self.speed > 0 else 1.0


@dataclass(frozen=True, slots=True)
class _State:
    """What the file said when its stamp was this."""

    stamp: int
    anchor: datetime
    wall: float
    speed: float


@dataclass
class SharedClock(Clock):
    """A virtual clock read from the file that the emulator keeps.

    Args:
        path: JSON file `{"anchor": ISO time, "wall": Unix seconds, "speed": factor}`, replaced atomically.
    """

    path: Path
    _state: _State | None = field(default=None, repr=False)

    def _read(self) -> _State:
        stat = self.path.stat()
        stamp = stat.st_mtime_ns ^ stat.st_ino
        state = self._state
        if state is None or state.stamp != stamp:
            read = json.loads(self.path.read_text(encoding="utf-8"))
            # One assignment: another thread sees the old state or the new one, never half of each.
            state = self._state = _State(
                stamp, datetime.fromisoformat(read["anchor"]), float(read["wall"]), float(read["speed"])
            )
        return state

    @property
    def speed(self) -> float:
        return self._read().speed

    def now(self) -> datetime:
        state = self._read()
        return state.anchor + timedelta(seconds=(time.time() - state.wall) * state.speed)


_clock: Clock = Clock()


def clock() -> Clock:
    """The clock of this process."""
    return _clock


def use_clock(new: Clock) -> Clock:
    """Makes `new` the clock of this process and returns the one before (start-up and tests only)."""
    global _clock
    before, _clock = _clock, new
    return before


def now() -> datetime:
    """The present programme time of this process's clock."""
    return _clock.now()


@dataclass
class FixedClock(Clock):
    """A clock that stands still until it is moved; for tests and forecasts.

    Args:
        at: the time it shows, aware.
    """

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, duration: timedelta) -> datetime:
        """Moves the clock on by `duration` and returns the new time."""
        self.at += duration
        return self.at

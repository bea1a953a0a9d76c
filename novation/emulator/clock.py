"""The virtual clock: the only place of the emulator that reads the time of day."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

DEFAULT_START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def parse_time(text: str) -> datetime:
    """Reads an ISO 8601 time. A time without a zone is taken as UTC. Raises ValueError,
    also before 1900 and after 9000, where a day more or less would leave the calendar."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not a time")
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if not 1900 <= moment.year <= 9000:
        raise ValueError(f"{text!r} is out of range")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def wire_time(moment: datetime) -> str:
    """Writes a time as Microsoft's services do: UTC, a final ``Z``, fractions only when there are some."""
    return moment.isoformat().replace("+00:00", "Z")


def wall_seconds() -> float:
    """Seconds since 1970 on the machine's own clock."""
    return time.time()


def steady_seconds() -> float:
    """Seconds of a clock that never goes back; for rates, token lifetimes and durations."""
    return time.monotonic()


class VirtualClock:
    """now = anchor + (wall now - wall) * speed.

    ``speed`` is virtual seconds per wall second; 0 stops the clock. With ``path`` the three numbers are
    written to that file at the start and at each change, so that other processes can share the clock.
    """

    def __init__(self, start: datetime = DEFAULT_START, speed: float = 1.0, path: Path | None = None) -> None:
        self.anchor = start.astimezone(UTC)
        self.wall = wall_seconds()
        self.speed = speed
        self.path = path
        self._publish()

    def now(self) -> datetime:
        """The virtual time, aware, UTC, whole microseconds."""
        return self.anchor + timedelta(seconds=(wall_seconds() - self.wall) * self.speed)

    def adjust(
        self, *, speed: float | None = None, advance: float | None = None, to: datetime | None = None
    ) -> None:
        """Sets the speed, jumps by ``advance`` virtual seconds, or jumps to a time.

        Raises ValueError when the change would turn the clock back: nothing here can un-happen.
        """
        now = self.now()
        moment = now if to is None else to
        if advance is not None:
            moment += timedelta(seconds=advance)
        if moment < now:
            raise ValueError("The clock only goes forward.")
        if speed is not None and not 0 <= speed <= 1e9:
            raise ValueError("The speed must be between 0 and 1e9 virtual seconds per second.")
        self.anchor, self.wall = moment, wall_seconds()
        if speed is not None:
            self.speed = speed
        self._publish()

    def state(self) -> dict[str, object]:
        """The numbers that another process needs to compute the same time."""
        return {"anchor": wire_time(self.anchor), "wall": self.wall, "speed": self.speed}

    def _publish(self) -> None:
        if self.path is None:
            return
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        draft.write_text(json.dumps(self.state()) + "\n", encoding="utf-8")
        draft.replace(self.path)


def wall_now() -> datetime:
    """The machine's own time, aware, UTC; for certificates and headers, never for the world."""
    return datetime.fromtimestamp(wall_seconds(), UTC)

"""Live progress: a bar per track and a line of figures; without a terminal one plain line every five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from novation.domain.tracks import Track
from novation.rehearsal import tracks_done
from novation.rehearsal.db_probe import ProbeResult

#: Real seconds between two drawings, and between two plain lines.
DRAW, LINE = 0.5, 5.0


@dataclass(frozen=True)
class Figures:
    """What is shown beside the bars. `calls` and `throttled` are the emulator's counts so far."""

    calls: int
    throttled: int
    mails: int
    looked_up: int
    kills: int


class Display:
    """Shows progress. Use as a context manager.

    Args:
        console: of rich.
        customers: how many.
        figures: asked for at each drawing.
        begin: virtual time at the start.
    """

    def __init__(
        self, console: Console, customers: int, figures: Callable[[], Figures], begin: datetime
    ) -> None:
        self._console, self._customers, self._figures, self._begin = console, customers, figures, begin
        self._started = time.monotonic()
        self._drawn = self._lined = float("-inf")
        self._calls: list[tuple[float, int]] = []
        self._bars = Progress(
            TextColumn("{task.description:>14}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(),
            console=console,
        )
        self._tasks: dict[Track, TaskID] = {
            track: self._bars.add_task(name, total=customers) for track, name in tracks_done.NAMES.items()
        }
        self._text = Text("")
        self._live = Live(Group(self._bars, self._text), console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Display:
        if self._console.is_terminal:
            self._live.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self._console.is_terminal:
            self._live.__exit__(*error)

    def show(self, now: datetime, probe: ProbeResult) -> None:
        """Shows the present state, at most twice a second."""
        wall = time.monotonic()
        if wall - self._drawn < DRAW or (not self._console.is_terminal and wall - self._lined < LINE):
            return
        self._drawn = self._lined = wall
        done = tracks_done.count_tracks()
        line = self._line(now, probe, done, wall)
        if not self._console.is_terminal:
            parts = " · ".join(f"{tracks_done.NAMES[track]} {d.done}" for track, d in done.items())
            self._console.print(f"{line}\n  of {self._customers}: {parts}", highlight=False, soft_wrap=True)
            return
        for track, task in self._tasks.items():
            self._bars.update(task, completed=done[track].done, total=done[track].total)
        self._text.plain = f"\n{line}"
        self._live.refresh()

    def _line(
        self, now: datetime, probe: ProbeResult, done: dict[Track, tracks_done.TrackProgress], wall: float
    ) -> str:
        figures = self._figures()
        self._calls = [*[c for c in self._calls if wall - c[0] < 6.0], (wall, figures.calls)]
        first = self._calls[0]
        rate = (figures.calls - first[1]) / (wall - first[0]) if wall > first[0] else 0.0
        day = (now - self._begin).days + 1
        parts = [
            f"{now:%a %d %b %H:%M} (day {day})",
            f"{rate:,.0f} calls/s",
            f"throttled {figures.throttled:,}",
            f"looked up {figures.looked_up:,}",
            f"mails {figures.mails:,}",
            f"open tasks {probe.tasks}",
            f"left {self._left(done, wall)}",
        ]
        if figures.kills:
            parts.append(f"engine killed {figures.kills}")
        return " · ".join(parts)

    def _left(self, done: dict[Track, tracks_done.TrackProgress], wall: float) -> str:
        """Real time to the end, from the share of all tracks that is through; rough by nature."""
        share = sum(d.done for d in done.values()) / max(1, sum(d.total for d in done.values()))
        if share < 0.03:
            return "…"
        left = (wall - self._started) * (1 - share) / share
        return f"about {left:.0f} s" if left < 100 else f"about {left / 60:.0f} min"

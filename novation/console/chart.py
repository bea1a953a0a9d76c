"""The course of finished moves, as coordinates for one SVG. It shows what was, and forecasts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format


@dataclass(frozen=True)
class Mark:
    """A word beside an axis, at a share of its length."""

    at: str
    word: str


@dataclass(frozen=True)
class Chart:
    """What the template draws: paths in a box of 1000 by 1000, and words at shares of the sides."""

    line: str
    area: str
    dot: tuple[str, str]
    rows: list[Mark]
    columns: list[Mark]
    scope: str
    days: list[tuple[date, int]]
    first: date
    last: date
    finished: int
    all: int


def finished(series: list[tuple[date, int]], everybody: int, begun: datetime, now: datetime) -> Chart | None:
    """The chart, or None while there is nothing to draw.

    Args:
        series: days and how many moves had been finished by the end of each.
        everybody: number of customers, which the top line shows.
        begun: when the programme was laid down.
        now: programme time, the right edge.
    """
    if not series or not everybody:
        return None
    first = min(timezone.localtime(begun).date(), series[0][0] - timedelta(days=1))
    last = timezone.localtime(now).date()
    width = max(1, (last - first).days)
    top = everybody * 1.1

    def x(day: date) -> float:
        return 1000 * (day - first).days / width

    def y(number: int) -> float:
        return 1000 - 1000 * number / top

    points = [(0.0, 1000.0)]
    done = 0
    for day, number in series:
        # A step, not a slope: between two days with a finish nothing was finished.
        points += [(x(day), y(done)), (x(day), y(number))]
        done = number
    points.append((1000.0, y(done)))
    line = "M" + " L".join(f"{a:.1f} {b:.1f}" for a, b in points)
    grid = [everybody * share // 4 for share in range(5)]
    ticks = [first + timedelta(days=width * share // 4) for share in range(5)]
    return Chart(
        line=line,
        area=f"{line} L1000 1000 L0 1000 Z",
        dot=("100%", f"{y(done) / 10:.2f}%"),
        rows=[Mark(f"{y(number) / 10:.2f}%", f"{number:,}") for number in sorted(set(grid))],
        columns=[Mark(f"{x(day) / 10:.2f}%", date_format(day, "j M")) for day in sorted(set(ticks))],
        scope=f"{y(everybody) / 10:.2f}%",
        days=series,
        first=first,
        last=last,
        finished=done,
        all=everybody,
    )

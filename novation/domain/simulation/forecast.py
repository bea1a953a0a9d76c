"""Many runs with other chances: finish dates, the busiest day, and what binds."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from novation.domain.simulation.assumptions import Assumptions
from novation.domain.simulation.cases import Case
from novation.domain.simulation.life import Calls, End, Life, Mail, Request, Task, Until, life
from novation.domain.simulation.world import Cause, Day, World


@dataclass
class Run:
    """What one run came to. `ended` is sorted; `waits` sums hours per cause over the last tenth of customers."""

    ended: list[datetime]
    ends: Counter[End]
    waits: Counter[Cause]
    days: dict[int, Day]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The forecast. Moments are those by which every customer (or nine in ten) has come to its end."""

    start: datetime
    customers: int
    runs: int
    finish_p10: datetime
    finish_p50: datetime
    finish_p90: datetime
    most_p50: datetime  # nine customers in ten
    ends: dict[str, float]  # customers per kind of end, on average
    busiest: datetime  # the day with most work for operators; without any, with most mails
    busiest_tasks: float
    busiest_minutes: float
    busiest_mails: float
    busiest_calls: float
    operator_hours: float
    mails: float
    calls: float
    binds: str  # the cause that the last tenth of the customers waited longest for
    shares: dict[str, float]  # of that waiting, by cause, the largest first
    curve: list[tuple[int, float]] = field(default_factory=list)  # days after the start, share ended

    def to_json(self) -> dict[str, Any]:
        """The forecast as JSON values."""
        out: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            out[name] = value.isoformat() if isinstance(value, datetime) else value
        return out


def forecast(
    cases: Sequence[Case],
    given: Assumptions,
    *,
    start: datetime,
    runs: int,
    seed: int,
    on_run: Callable[[], None] = lambda: None,
) -> Forecast:
    """Plays the programme `runs` times.

    Args:
        cases: the customers that have not come to their end.
        given: the assumptions.
        start: the moment at which the forecast begins.
        runs: how many; 100 are enough for a P90 that is steady to a day or so.
        seed: the same seed gives the same forecast.
        on_run: called after each run, for progress.
    """
    if not cases or runs < 1:
        raise ValueError("A forecast needs customers and at least one run.")
    played = []
    for number in range(runs):
        played.append(play(cases, given, start=start, seed=f"{seed}/{number}"))
        on_run()
    finishes = sorted(run.ended[-1] for run in played)
    most = sorted(run.ended[max(0, -(-len(run.ended) * 9 // 10) - 1)] for run in played)
    days = _average(played)
    busiest, day = max(days.items(), key=lambda pair: (pair[1].minutes, pair[1].mails, -pair[0]))
    waits: Counter[Cause] = sum((run.waits for run in played), Counter())
    total = sum(waits.values()) or 1.0
    shares = {str(cause): hours / total for cause, hours in waits.most_common()}
    ends: Counter[End] = sum((run.ends for run in played), Counter())
    return Forecast(
        start=start,
        customers=len(cases),
        runs=runs,
        finish_p10=_at(finishes, 0.10),
        finish_p50=_at(finishes, 0.50),
        finish_p90=_at(finishes, 0.90),
        most_p50=_at(most, 0.50),
        ends={str(end): ends[end] / runs for end in End},
        busiest=start + timedelta(days=busiest),
        busiest_tasks=day.tasks,
        busiest_minutes=day.minutes,
        busiest_mails=day.mails,
        busiest_calls=day.calls,
        operator_hours=sum(one.minutes for one in days.values()) / 60,
        mails=sum(one.mails for one in days.values()),
        calls=sum(one.calls for one in days.values()),
        binds=next(iter(shares), str(Cause.REST)),
        shares=shares,
        curve=_curve(played, start),
    )


def play(cases: Sequence[Case], given: Assumptions, *, start: datetime, seed: str) -> Run:
    """One run: customers in the order of time against the shared world."""
    world = World(given, start, waves=len({case.released_at for case in cases}))
    heap: list[tuple[datetime, int]] = [(start, number) for number in range(len(cases))]
    lives: list[Life] = [life(case, given, Random(f"{seed}/{n}"), start) for n, case in enumerate(cases)]
    waited: list[defaultdict[Cause, float]] = [defaultdict(float) for _ in cases]
    ended: list[tuple[datetime, int]] = []
    ends: Counter[End] = Counter()
    fresh = set(range(len(cases)))
    while heap:
        now, number = heapq.heappop(heap)
        try:
            if number in fresh:
                fresh.discard(number)
                request = next(lives[number])
            else:
                request = lives[number].send(now)
        except StopIteration as finished:
            ended.append((now, number))
            ends[finished.value] += 1
            continue
        cause, until = grant(world, request, now)
        waited[number][cause] += (until - now) / timedelta(hours=1)
        heapq.heappush(heap, (until, number))
    ended.sort()
    waits: Counter[Cause] = Counter()
    for _, number in ended[-max(1, len(ended) // 10) :]:
        waits.update(waited[number])
    return Run([moment for moment, _ in ended], ends, waits, dict(world.days))


def grant(world: World, request: Request, now: datetime) -> tuple[Cause, datetime]:
    """When a request is over, and what it counts as."""
    match request:
        case Until(cause=cause, moment=moment, read=read):
            moment = max(now, moment)
            return cause, world.read(moment) if read else moment
        case Task(minutes=minutes):
            return Cause.OPERATORS, world.serve(now, minutes)
        case Mail(returns=returns):
            return Cause.MAIL, world.mailed(now, returns=returns)
        case Calls(number=number):
            return Cause.API, world.called(now, number)


def _at(ordered: Sequence[datetime], share: float) -> datetime:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _average(played: Sequence[Run]) -> dict[int, Day]:
    out: dict[int, Day] = {0: Day()}
    for run in played:
        for number, day in run.days.items():
            one = out.setdefault(number, Day())
            one.tasks += day.tasks
            one.minutes += day.minutes
            one.mails += day.mails
            one.calls += day.calls
    for one in out.values():
        one.tasks, one.mails, one.calls = (
            round(number / len(played)) for number in (one.tasks, one.mails, one.calls)
        )
        one.minutes /= len(played)
    return out


def _curve(played: Sequence[Run], start: datetime) -> list[tuple[int, float]]:
    """Share of customers that have come to their end by the close of each day, over all runs."""
    counts: Counter[int] = Counter()
    for run in played:
        counts.update((moment.date() - start.date()).days for moment in run.ended)
    total, so_far, out = sum(counts.values()) or 1, 0, []
    for day in range(max(counts, default=0) + 1):
        so_far += counts[day]
        out.append((day, so_far / total))
    return out


def enough_runs(customers: int) -> int:
    """Runs that give a steady forecast in well under a minute: many for few customers, fewer for many."""
    return max(10, min(200, 60_000 // max(1, customers)))

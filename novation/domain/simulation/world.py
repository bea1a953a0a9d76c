"""What all customers of a run share: the calendar, the operators, and the rates of API and mail."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from novation.domain.circuit_breaker import Count, Rule, crossed, line
from novation.domain.hours import open_at
from novation.domain.simulation.assumptions import Assumptions

#: Until a mail that comes back is back and somebody could know of the stop.
NOTICED = timedelta(minutes=5)


class Cause(StrEnum):
    """What a customer's move waits for."""

    WAVES = "waves"  # its wave has not been launched
    CUSTOMERS = "customers"  # the customer reads, answers, accepts, or never does
    OPERATORS = "operators"  # the queue, and the hours in which nobody works it
    API = "api"  # Microsoft's rate limit
    MAIL = "mail"  # the mail rate
    GUARD = "guard"  # a renewal is near
    MICROSOFT = "microsoft"  # Microsoft's processing
    REST = "rest"  # the rest that the policy keeps before the clean-up


@dataclass
class Day:
    """What one day brings."""

    tasks: int = 0
    minutes: float = 0.0
    mails: int = 0
    calls: int = 0


@dataclass
class World:
    """The resources of one run. Requests come in the order of time, so first come is first served.

    Args:
        given: the assumptions.
        start: of the run.
        waves: with more than one, the programme stops itself as well as a wave.
    """

    given: Assumptions
    start: datetime
    waves: int = 1
    days: defaultdict[int, Day] = field(default_factory=lambda: defaultdict(Day))

    def __post_init__(self) -> None:
        self._free = [self.start] * self.given.operators
        self._api = self._mail = self.start
        self._opens = tuple(sorted(self.given.opens_at))
        self._bounces = line(Rule.BOUNCES, self.given.policy)
        window = max(1, self._bounces.window)
        self._came_back: list[deque[bool]] = [deque(maxlen=window) for _ in range(min(2, self.waves))]
        self.stops = 0

    def day(self, moment: datetime) -> Day:
        """The counts of a day, numbered from the start."""
        return self.days[(moment.date() - self.start.date()).days]

    def serve(self, now: datetime, minutes: float) -> datetime:
        """When an operator has finished a task that came now."""
        free = heapq.heappop(self._free)
        length = timedelta(minutes=min(minutes, self.given.office_hours * 60))
        begun = self._office(max(now, free), length)
        done = begun + length
        heapq.heappush(self._free, done)
        day = self.day(begun)
        day.tasks += 1
        day.minutes += minutes
        return done

    def _office(self, moment: datetime, length: timedelta) -> datetime:
        """The first moment at which a task of this length fits into the hours of work."""
        hours = timedelta(hours=self.given.office_hours)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        while True:
            if midnight.weekday() < self.given.workdays:
                for hour in self._opens:
                    opens = midnight + timedelta(hours=hour)
                    begun = max(opens, moment)
                    if begun + length <= opens + hours:
                        return begun
            midnight += timedelta(days=1)

    def read(self, moment: datetime) -> datetime:
        """The first hour at or after a moment at which customers read."""
        return _next_hour(moment, self.given.read_at, self.given.workdays)

    def mailed(self, now: datetime, *, returns: bool = False) -> datetime:
        """When a mail that is queued now is out; the policy's mail hours are taken in one zone for everybody.

        Mails that come back stop all further ones, as the policy says, until an operator has looked at the list.

        Args:
            now: when it is queued.
            returns: it comes back.
        """
        opens = open_at(max(now, self._mail), self.start.tzinfo or UTC, self.given.policy)
        sent = self._mail = opens + timedelta(minutes=1 / self.given.mail_rate)
        self.day(sent).mails += 1
        for last in self._came_back:
            last.append(returns)
        if returns:
            over = (last for last in self._came_back if crossed(Count(sum(last), len(last)), self._bounces))
            if (first := next(over, None)) is not None:
                self.stops += 1
                first.clear()  # it counts anew from here, the other goes on counting
                self._mail = self.serve(sent + NOTICED, self.given.other_minutes)
        return sent

    def called(self, now: datetime, calls: int) -> datetime:
        """When so many calls, asked for now, are through."""
        self._api = max(now, self._api) + timedelta(minutes=calls / self.given.api_rate)
        self.day(self._api).calls += calls
        return self._api


@lru_cache(maxsize=100_000)
def _next_hour(moment: datetime, hours: tuple[int, ...], workdays: int) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        if midnight.weekday() < workdays:
            for hour in hours:
                found = midnight + timedelta(hours=hour)
                if found >= moment:
                    return found
        midnight += timedelta(days=1)

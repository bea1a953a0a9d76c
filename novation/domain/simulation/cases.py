"""The customers of a forecast: real ones as they stand, or invented ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random


class Stand(StrEnum):
    """Where a customer's way begins in the forecast."""

    UNTOLD = "untold"  # its wave is still to be launched
    MAX_UNCERTAIN_LOGGED = "told"  # was written to and has not answered
    LOST = "lost"  # no contact, or the mail came back
    ASKED = "asked"  # has a question, or is to be called: an operator first
    AGREED = "agreed"  # said yes; acceptance is under way
    ALONE = "alone"  # accepts itself; that is under way
    MOVING = "moving"  # everything is accepted; the subscriptions move
    CLOSING = "closing"  # everything has arrived


@dataclass(frozen=True, slots=True)
class Goods:
    """One subscription that moves: end of its term (None: never) and the length of a term in days."""

    ends: datetime | None
    term_days: int = 365

    def next_end(self, now: datetime) -> datetime | None:
        """The first end of a term at or after `now`."""
        if self.ends is None or self.ends >= now:
            return self.ends
        terms = -(-(now - self.ends) // timedelta(days=self.term_days))
        return self.ends + terms * timedelta(days=self.term_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One customer: when it may be told, what moves, and where it stands. `since`: when it was told."""

    released_at: datetime
    goods: tuple[Goods, ...] = ()
    stand: Stand = Stand.UNTOLD
    since: datetime | None = None
    has_contact: bool = True


#: How many subscriptions a small company has, by weight; the last kind draws 26 to 40.
_COUNTS, _WEIGHTS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 33), (3, 17, 18, 15, 11, 8, 7, 8, 8, 5)
#: Length of a term in days, by weight.
_TERMS, _TERM_WEIGHTS = (365, 30, 1095), (68, 22, 10)


def invented(
    number: int, *, seed: int, start: datetime, waves: tuple[int, ...], every: timedelta
) -> list[Case]:
    """Invented customers with a mix of subscriptions, as a stand-in until the real ones were read.

    Args:
        number: how many.
        seed: the same seed gives the same customers.
        start: launch of the first wave.
        waves: sizes; the last one repeats.
        every: between two launches.
    """
    cases = []
    for index, released in enumerate(launches(number, start=start, waves=waves, every=every)):
        draw = Random(f"{seed}/{index}")
        count = draw.choices(_COUNTS, _WEIGHTS)[0]
        goods = []
        for _ in range(count):
            term = draw.choices(_TERMS, _TERM_WEIGHTS)[0]
            ends = start + timedelta(days=draw.randrange(1, min(term, 365) + 1))
            goods.append(Goods(ends.replace(hour=0, minute=0, second=0, microsecond=0), term))
        cases.append(Case(released_at=released, goods=tuple(goods)))
    return cases


def launches(number: int, *, start: datetime, waves: tuple[int, ...], every: timedelta) -> list[datetime]:
    """When each of `number` customers is released: waves of these sizes, one after the other."""
    out: list[datetime] = []
    turn = 0
    while len(out) < number:
        size = max(1, waves[min(turn, len(waves) - 1)])
        out += [start + turn * every] * min(size, number - len(out))
        turn += 1
    return out

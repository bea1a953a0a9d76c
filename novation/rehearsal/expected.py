"""What the simulator expects of a rehearsal, from the rates that its people are drawn from; compared at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from novation.domain.policy import Policy
from novation.domain.simulation import Assumptions, enough_runs, forecast, invented
from novation.rehearsal.calendar import READING, WORKING, next_hour
from novation.rehearsal.personas import SHARES, SLOW, Post, Way

#: Customers without an address on file, as the emulator seeds them.
NO_ADDRESS = 0.02


def assumptions(policy: Policy) -> Assumptions:
    """The simulated people as assumptions: no weekends, operators who are quick, mail that flows."""
    arrives = [(share, way) for share, way, post in SHARES if post is Post.ARRIVES]
    total = sum(share for share, _ in arrives)

    def of(*ways: Way) -> float:
        return sum(share for share, way in arrives if way in ways) / total

    returned = sum(share for share, _, post in SHARES if post is not Post.ARRIVES)
    elsewhere = sum(share for share, _, post in SHARES if post is Post.ELSEWHERE)
    return Assumptions(
        mandate=of(Way.MANDATE),
        self=of(Way.SELF),
        declined=of(Way.DECLINE, Way.WITHDRAW),
        ask=of(Way.ASK),
        bounced=returned / 100,
        found=elsewhere / returned,
        slow=1 / SLOW,
        read_at=READING,
        workdays=7,
        opens_at=WORKING,
        office_hours=0.02,  # one sitting, at the beginning
        operators=50,
        accept_minutes=0.0,
        other_minutes=0.0,
        mail_rate=1_000.0,
        policy=policy,
    )


def expected(
    customers: int, *, begin: datetime, waves: tuple[int, ...], every: timedelta, policy: Policy, seed: int
) -> dict[str, Any]:
    """The forecast of a rehearsal in days after its beginning, before anything has happened.

    Args:
        customers: how many; they are invented anew, so only the rates are the same.
        begin: of the rehearsal, in programme time.
        waves: their sizes.
        every: between two launches.
        policy: of the programme.
        seed: of the forecast.
    """
    first = next_hour(begin + timedelta(hours=1), WORKING)
    draw = Random(f"{seed}/addresses")
    # Who has no address is written no mail that could come back and stop the others.
    cases = [
        replace(case, has_contact=draw.random() >= NO_ADDRESS)
        for case in invented(customers, seed=seed, start=first, waves=waves, every=every)
    ]
    came = forecast(cases, assumptions(policy), start=begin, runs=min(60, enough_runs(customers)), seed=seed)
    return {
        "p10": (came.finish_p10 - begin).days,
        "p50": (came.finish_p50 - begin).days,
        "p90": (came.finish_p90 - begin).days,
        "moved": round(came.ends["moved"]),
        "binds": came.binds,
    }

"""What the simulator expects of a rehearsal, from the rates that its people are drawn from; compared at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from novation.domain.policy import Policy
from novation.domain.simulation import Assumptions, enough_runs, forecast, invented
from novation.rehearsal.calendar import CUSTOMER_HOURS, OPERATOR_HOURS, next_hour
from novation.rehearsal.personas import SHARES, SLOW_ONE_IN, Behaviour, Reachability

#: Customers without an address on file, as the emulator seeds them.
NO_ADDRESS = 0.02


def persona_assumptions(policy: Policy) -> Assumptions:
    """The simulated people as assumptions: no weekends, operators who are quick, mail that flows."""
    arrives = [
        (share, behaviour)
        for share, behaviour, reachability in SHARES
        if reachability is Reachability.ARRIVES
    ]
    total = sum(share for share, _ in arrives)

    def of(*ways: Behaviour) -> float:
        return sum(share for share, behaviour in arrives if behaviour in ways) / total

    returned = sum(share for share, _, reachability in SHARES if reachability is not Reachability.ARRIVES)
    elsewhere = sum(share for share, _, reachability in SHARES if reachability is Reachability.ELSEWHERE)
    return Assumptions(
        mandate=of(Behaviour.MANDATE),
        self=of(Behaviour.SELF),
        declined=of(Behaviour.DECLINE, Behaviour.WITHDRAW),
        ask=of(Behaviour.ASK),
        bounced=returned / 100,
        found=elsewhere / returned,
        slow=1 / SLOW_ONE_IN,
        read_at=CUSTOMER_HOURS,
        workdays=7,
        opens_at=OPERATOR_HOURS,
        office_hours=0.02,  # one sitting, at the beginning
        operators=50,
        accept_minutes=0.0,
        other_minutes=0.0,
        mail_rate=1_000.0,
        policy=policy,
    )


def forecast_rehearsal(
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
    first = next_hour(begin + timedelta(hours=1), OPERATOR_HOURS)
    draw = Random(f"{seed}/addresses")
    # Who has no address is written no mail that could come back and stop the others.
    cases = [
        replace(case, has_contact=draw.random() >= NO_ADDRESS)
        for case in invented(customers, seed=seed, start=first, waves=waves, every=every)
    ]
    came = forecast(
        cases, persona_assumptions(policy), start=begin, runs=min(60, enough_runs(customers)), seed=seed
    )
    return {
        "p10": (came.finish_p10 - begin).days,
        "p50": (came.finish_p50 - begin).days,
        "p90": (came.finish_p90 - begin).days,
        "moved": round(came.ends["moved"]),
        "binds": came.binds,
    }

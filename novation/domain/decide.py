"""What is due for one move: `decide(facts, now) -> Decision`, a pure function that performs nothing.

The tracks are asked in the order of work (`moving-customers` section 9); the first that has something to do
wins, otherwise the earliest date on which one of them wants to be asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from novation.domain import states
from novation.domain.facts import Facts
from novation.domain.next_action import Finished, MakeCall, NextAction, Wait
from novation.domain.policy import DAY
from novation.domain.rules.accepting import access, admin, agreement, relationship
from novation.domain.rules.closeout import billing, closeout
from novation.domain.rules.end_of_term import term_end
from novation.domain.rules.notice import answer, notice
from novation.domain.rules.transfer import transfer, verdict, withdrawal
from novation.domain.steps import StepKind, is_write
from novation.domain.steps_in_doubt import earliest, held_back, look_ups
from novation.domain.tracks import Track, Who

Rule = Callable[[Facts, datetime], NextAction | None]

#: Asked in this order. Access comes before the relationship so that an operator or the customer's admin
#: finds both requests ready in one visit.
RULES: tuple[Rule, ...] = (
    notice,
    answer,
    withdrawal,
    verdict,
    admin,
    agreement,
    access,
    relationship,
    transfer,
    billing,
    closeout,
)


def decide(facts: Facts, now: datetime) -> NextAction:
    """Says what is due for this move.

    Args:
        facts: what is known.
        now: programme time.
    """
    if facts.track(Track.CLOSEOUT) == "closed":
        return Finished(why="closed")
    look_up, waits = look_ups(facts.uncertain, now)
    if look_up is not None:
        return look_up
    if facts.baseline_at is None:
        return held_back(MakeCall(step=StepKind.READ_BASELINE, why="nothing is known yet"), facts, now)
    if waits:
        return earliest(waits)  # nothing new is begun while an effect is in doubt
    if facts.track(Track.CLOSEOUT) in states.OLD_SIDE_LEFT:
        return _at_rest(facts, now)
    if facts.released_at is None or facts.released_at > now:
        return Wait(until=facts.released_at, who=Who.OPERATOR, why="its wave has not been launched")
    for rule in RULES:
        decision = rule(facts, now)
        if decision is None:
            continue
        if isinstance(decision, MakeCall):
            decision = held_back(decision, facts, now)
        if facts.paused and not _only_looks(decision):
            decision = Wait(until=None, who=Who.OPERATOR, why="paused")
        if not isinstance(decision, Wait):
            return decision
        waits.append(decision)
    if facts.paused:
        return Wait(until=earliest(waits).until if waits else None, who=Who.OPERATOR, why="paused")
    return earliest(waits) if waits else Wait(until=None, who=Who.NOBODY, why="nothing is due")


def _at_rest(facts: Facts, now: datetime) -> NextAction:
    """The move has ended; what stays with the old account still comes to the end of its terms."""
    parked = facts.track(Track.CLOSEOUT) == "parked"
    decision = term_end(facts, now)
    if decision is None:
        return Finished(why="closed" if parked else "stays with the old account")
    if isinstance(decision, MakeCall):
        decision = held_back(decision, facts, now)
    if facts.paused and not _only_looks(decision):
        return Wait(until=now + DAY, who=Who.OPERATOR, why="paused")
    return decision


def _only_looks(decision: NextAction) -> bool:
    """A pause freezes sends and new requests, never observations (moving-customers 11.2)."""
    if isinstance(decision, MakeCall):
        return not is_write(decision.step) and not decision.sets
    return isinstance(decision, Wait)

"""What is due for one move: `decide(facts, now) -> Decision`, a pure function that performs nothing.

The tracks are asked in the order of work (`moving-customers` section 9); the first that has something to do
wins, otherwise the earliest date on which one of them wants to be asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from novation.domain import states
from novation.domain.facts import Facts
from novation.domain.next_action import Decision, Do, Finished, Wait
from novation.domain.policy import DAY
from novation.domain.rules.accepting import access, admin, agreement, relationship
from novation.domain.rules.closeout import billing, closeout
from novation.domain.rules.end_of_term import term_end
from novation.domain.rules.notice import answer, notice
from novation.domain.rules.transfer import transfer, verdict, withdrawal
from novation.domain.steps import StepKind, is_write
from novation.domain.tracks import Track, Who

Rule = Callable[[Facts, datetime], Decision | None]

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


def decide(facts: Facts, now: datetime) -> Decision:
    """Says what is due for this move.

    Args:
        facts: what is known.
        now: programme time.
    """
    if facts.track(Track.CLOSEOUT) == "closed":
        return Finished(why="closed")
    waits: list[Wait] = []
    for uncertain in facts.uncertain:
        if uncertain.look_at <= now:
            return Do(
                step=uncertain.kind,
                settle=uncertain.step,
                batch=uncertain.batch,
                why="its outcome is unknown: look it up",
            )
        waits.append(
            Wait(until=uncertain.look_at, who=Who.ENGINE, why="an unknown outcome is looked up again")
        )
    if facts.baseline_at is None:
        return _held_back(Do(step=StepKind.READ_BASELINE, why="nothing is known yet"), facts, now)
    if waits:
        return _earliest(waits)  # nothing new is begun while an effect is in doubt
    if facts.track(Track.CLOSEOUT) in states.OLD_SIDE_LEFT:
        return _at_rest(facts, now)
    if facts.released_at is None or facts.released_at > now:
        return Wait(until=facts.released_at, who=Who.OPERATOR, why="its wave has not been launched")
    for rule in RULES:
        decision = rule(facts, now)
        if decision is None:
            continue
        if isinstance(decision, Do):
            decision = _held_back(decision, facts, now)
        if facts.paused and not _only_looks(decision):
            decision = Wait(until=None, who=Who.OPERATOR, why="paused")
        if not isinstance(decision, Wait):
            return decision
        waits.append(decision)
    if facts.paused:
        return Wait(until=_earliest(waits).until if waits else None, who=Who.OPERATOR, why="paused")
    return _earliest(waits) if waits else Wait(until=None, who=Who.NOBODY, why="nothing is due")


def _at_rest(facts: Facts, now: datetime) -> Decision:
    """The move has ended; what stays with the old account still comes to the end of its terms."""
    parked = facts.track(Track.CLOSEOUT) == "parked"
    decision = term_end(facts, now)
    if decision is None:
        return Finished(why="closed" if parked else "stays with the old account")
    if isinstance(decision, Do):
        decision = _held_back(decision, facts, now)
    if facts.paused and not _only_looks(decision):
        return Wait(until=now + DAY, who=Who.OPERATOR, why="paused")
    return decision


def _only_looks(decision: Decision) -> bool:
    """A pause freezes sends and new requests, never observations (moving-customers 11.2)."""
    if isinstance(decision, Do):
        return not is_write(decision.step) and not decision.sets
    return isinstance(decision, Wait)


def _held_back(do: Do, facts: Facts, now: datetime) -> Do | Wait:
    """A step that failed waits for its next try, or for the operator who looks at it."""
    if do.step in facts.stopped:
        return Wait(until=None, who=Who.OPERATOR, why=f"{do.step} failed; an operator looks at it")
    retry_at = facts.retry_at.get(do.step)
    if retry_at is not None and retry_at > now:
        return Wait(until=retry_at, who=Who.ENGINE, why=f"{do.step} is tried again later")
    return do


def _earliest(waits: list[Wait]) -> Wait:
    """The wait that ends first; one without a date only when none has one.

    An operator who is waited for without a date is named all the same: readings go on meanwhile, but they are not
    what the move waits for.
    """
    earliest = waits[0]
    for wait in waits[1:]:
        if wait.until is not None and (earliest.until is None or wait.until < earliest.until):
            earliest = wait
    person = next((wait for wait in waits if wait.until is None and wait.who is Who.OPERATOR), None)
    if person is not None and earliest.who is not Who.OPERATOR:
        return Wait(until=earliest.until, who=person.who, why=person.why)
    return earliest

"""The nine tracks of a move, their states, and the changes that may happen to each.

A track's state is stored; what a page shows of it (one of seven codes, a word, who must act) follows from it
by the tables here. The branches are those of `moving-customers` section 11.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from novation.domain.errors import IllegalTransition


class Track(StrEnum):
    """What advances independently within one customer's move."""

    NOTICE = "notice"  # was the customer told?
    DECISION = "decision"  # what did its person say?
    ADMIN = "admin"  # can somebody sign in as its administrator?
    RELATIONSHIP = "relationship"  # does the target account see it as its customer?
    AGREEMENT = "agreement"  # is Microsoft's customer agreement on record with the target?
    ACCESS = "access"  # does the target hold delegated admin rights (GDAP)?
    TRANSFER = "transfer"  # are its subscriptions on the target?
    BILLING = "billing"  # who invoices, and from which day?
    CLOSEOUT = "closeout"  # is the old side cleaned up?


class Code(StrEnum):
    """The seven ways a state is shown; there is no eighth."""

    DONE = "done"  # proven by evidence
    DOING = "doing"  # the engine is at it
    WAIT = "wait"  # somebody outside, or a date
    ACT = "act"  # an operator must act
    REST = "rest"  # its turn has not come
    STAY = "stay"  # remains with the old account
    UNKNOWN = "unknown"  # we called and do not know


class Who(StrEnum):
    """Who is to act next."""

    NOBODY = "nobody"
    ENGINE = "engine"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    MICROSOFT = "microsoft"


@dataclass(frozen=True, slots=True)
class Shown:
    """How one state of one track is shown, and which states may follow it."""

    code: Code
    word: str
    who: Who
    then: frozenset[str]


def _s(code: Code, word: str, who: Who, then: str = "") -> Shown:
    return Shown(code, word, who, frozenset(then.split()))


N, E, C, O, M = Who.NOBODY, Who.ENGINE, Who.CUSTOMER, Who.OPERATOR, Who.MICROSOFT  # noqa: E741 (a table)

#: Every state of every track. The first state of each track is the one a move begins with.
STATES: dict[Track, dict[str, Shown]] = {
    Track.NOTICE: {
        "none": _s(Code.REST, "Not informed yet", E, "queued blocked skipped"),
        "blocked": _s(Code.ACT, "Blocked", O, "none queued undeliverable skipped"),
        "queued": _s(Code.DOING, "Sending", E, "sent bounced uncertain queued skipped"),
        "sent": _s(Code.DONE, "Informed", N, "queued sent bounced uncertain skipped"),
        "uncertain": _s(Code.UNKNOWN, "Delivery unknown", O, "queued sent bounced skipped"),
        "bounced": _s(Code.ACT, "Came back", O, "queued sent undeliverable skipped"),
        "undeliverable": _s(Code.STAY, "Unreachable", N, "queued"),
        "skipped": _s(Code.STAY, "Not written to", N, "none"),
    },
    Track.DECISION: {
        "none": _s(Code.REST, "Not asked yet", E, "asked mandate self declined"),
        "asked": _s(
            Code.WAIT, "No answer yet", C, "mandate self declined question silent unreachable delegated"
        ),
        "delegated": _s(
            Code.WAIT, "Passed on", C, "mandate self declined question silent unreachable delegated"
        ),
        "question": _s(Code.ACT, "Question", O, "asked mandate self declined question delegated"),
        "silent": _s(Code.ACT, "Call them", O, "asked mandate self declined question unreachable delegated"),
        "mandate": _s(Code.DONE, "Mandate", N, "withdrawn self declined mandate asked"),
        "self": _s(Code.DONE, "Accepts by itself", N, "withdrawn mandate declined self"),
        "declined": _s(Code.STAY, "Declined", N, "mandate self asked"),
        "withdrawn": _s(Code.STAY, "Withdrawn", N, "mandate self declined asked"),
        "unreachable": _s(Code.STAY, "Unreachable", N, "asked mandate self declined question"),
    },
    Track.ADMIN: {
        "none": _s(Code.REST, "Not needed yet", N, "ours theirs needed"),
        "ours": _s(Code.DONE, "We accept", N, "theirs needed"),
        "theirs": _s(Code.DONE, "Customer's admin", N, "ours needed"),
        "needed": _s(Code.ACT, "Needs an admin", O, "ours theirs"),
    },
    Track.RELATIONSHIP: {
        "none": _s(Code.REST, "After the decision", E, "waiting task accepted"),
        "waiting": _s(Code.WAIT, "Link sent", C, "task accepted stalled none"),
        "task": _s(Code.ACT, "Accept on mandate", O, "waiting accepted none checking"),
        "checking": _s(Code.DOING, "Being checked", E, "task accepted waiting none"),
        "stalled": _s(Code.ACT, "Help them", O, "waiting task accepted none"),
        "accepted": _s(Code.DONE, "Accepted", N, "lost"),
        "lost": _s(Code.ACT, "Removed again", O, "waiting task accepted none"),
    },
    Track.AGREEMENT: {
        "none": _s(Code.REST, "After the decision", E, "preparing valid"),
        "preparing": _s(Code.DOING, "Being prepared", E, "issued valid refused retake none"),
        "issued": _s(Code.WAIT, "Link sent", C, "accepted expired refused valid preparing none"),
        "expired": _s(Code.DOING, "Link ran out", E, "preparing issued valid none"),
        "refused": _s(Code.ACT, "Refused", O, "preparing issued valid none"),
        "accepted": _s(Code.DOING, "Accepted on page", E, "recorded valid preparing none"),
        "recorded": _s(Code.DOING, "Being read back", E, "valid preparing retake none"),
        "retake": _s(Code.ACT, "Needs another signatory", O, "preparing valid none"),
        "valid": _s(Code.DONE, "Valid", N, "preparing"),
    },
    Track.ACCESS: {
        "none": _s(Code.REST, "After the decision", E, "preparing active"),
        "preparing": _s(Code.DOING, "Being prepared", E, "pending active short none"),
        "pending": _s(
            Code.WAIT, "Approval pending", C, "approved active short rejected expired degraded none"
        ),
        "approved": _s(Code.DOING, "Activating", M, "active short expired ended degraded"),
        "active": _s(Code.DOING, "Groups pending", E, "usable short unassigned degraded ended expiring"),
        "usable": _s(Code.DONE, "Usable", N, "short unassigned expiring ended"),
        "expiring": _s(Code.ACT, "Runs out soon", O, "usable ended preparing degraded"),
        "short": _s(Code.ACT, "Role missing", O, "preparing active usable degraded ended"),
        "unassigned": _s(Code.ACT, "Group failed", O, "preparing active usable degraded ended"),
        "rejected": _s(Code.ACT, "Rejected", O, "preparing degraded none"),
        "expired": _s(Code.DOING, "Request ran out", E, "preparing degraded none"),
        "degraded": _s(Code.STAY, "Continues without", N, "preparing pending approved active usable"),
        "ended": _s(Code.ACT, "Ended", O, "preparing active degraded"),
    },
    Track.TRANSFER: {
        "none": _s(Code.REST, "After access", E, "planned nothing held arrived"),
        "held": _s(Code.WAIT, "Waits for a date", M, "planned nothing none arrived stopped"),
        "planned": _s(Code.DOING, "Planned", E, "requested moving arrived held none stopped"),
        "requested": _s(Code.DOING, "Requested", E, "moving arrived held expired failed stopped planned"),
        "moving": _s(
            Code.WAIT, "Microsoft moves", M, "requested arrived held failed expired stopped planned"
        ),
        "arrived": _s(Code.DOING, "Being verified", E, "verified planned wrong failed"),
        "verified": _s(Code.DONE, "Verified", N, "wrong"),
        "nothing": _s(Code.DONE, "Nothing to move", N, "planned"),
        "failed": _s(Code.ACT, "Failed", O, "none stopped arrived nothing"),
        "expired": _s(Code.ACT, "Ran out", O, "none stopped"),
        "wrong": _s(Code.ACT, "Differs", O, "verified arrived planned stopped"),
        "stopped": _s(Code.STAY, "Stopped", N, "none"),
    },
    Track.BILLING: {
        "old": _s(Code.REST, "Old account", N, "split new"),
        "split": _s(Code.DOING, "Month of the move", E, "new"),
        "new": _s(Code.DONE, "New account", N, "split"),
    },
    Track.CLOSEOUT: {
        "none": _s(Code.REST, "After verification", N, "cleaning stays"),
        "cleaning": _s(Code.DOING, "Old side being cleaned", E, "closed parked"),
        "parked": _s(Code.DONE, "Closed, old side parked", N, "cleaning"),
        "closed": _s(Code.DONE, "Closed", N, ""),
        "stays": _s(Code.STAY, "Stays until term end", N, "none cleaning"),
    },
}

FIRST: dict[Track, str] = {track: next(iter(states)) for track, states in STATES.items()}


def shown(track: Track, state: str) -> Shown:
    """How a stored state is shown; an unknown one (from a newer release) is shown as it is, as unknown."""
    return STATES[track].get(state, Shown(Code.UNKNOWN, state, Who.OPERATOR, frozenset()))


def check_change(track: Track, old: str, new: str) -> None:
    """Raises IllegalTransition unless `track` may go from `old` to `new`."""
    if new not in STATES[track]:
        raise IllegalTransition(f"{track} has no state {new!r}")
    if old in STATES[track] and new not in STATES[track][old].then:
        raise IllegalTransition(f"{track} cannot go from {old!r} to {new!r}")

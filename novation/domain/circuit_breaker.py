"""When a wave or the programme stops itself: three rates over the last so many, each with a line.

Source of the lines for mail: M4 of our goals, after what Gmail and Yahoo ask of senders (complaints below 0.3 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from novation.domain.policy import Policy


class Rule(StrEnum):
    """What is counted. The values are stored."""

    BOUNCES = "bounces"  # mails that came back
    COMPLAINTS = "complaints"  # mails reported as unwanted
    FAILURES = "failures"  # calls that failed and wait for an operator


@dataclass(frozen=True, slots=True)
class Line:
    """The line of one rule: more than `permille` of the last `window`."""

    permille: int
    window: int


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted: `bad` among the last `of`, which is at most the window."""

    bad: int
    of: int


def line(rule: Rule, policy: Policy) -> Line:
    """The line that the policy draws for a rule."""
    match rule:
        case Rule.BOUNCES:
            return Line(policy.stop_bounces, policy.stop_bounces_of)
        case Rule.COMPLAINTS:
            return Line(policy.stop_complaints, policy.stop_complaints_of)
    return Line(policy.stop_failures, policy.stop_failures_of)


def crossed(count: Count, at: Line) -> bool:
    """True when the line is crossed.

    Few results are counted as if there were a quarter of the window, so that the first mail of a pilot that
    comes back is not "100 %".
    """
    return bool(at.window) and count.bad * 1000 > at.permille * max(count.of, at.window // 4)


def failed_for_good(*, not_done: bool, again: bool, settled: bool) -> bool:
    """True for a call that failed and is not made again before somebody has looked.

    An unknown outcome that was settled as "not done" is no failure: the answer was lost, or the engine died, and
    the call is due again.

    Args:
        not_done: the call had no effect.
        again: it is made again by itself at a time that is set.
        settled: its outcome was unknown, and was looked up.
    """
    return not_done and not again and not settled

"""Failures by the one question that matters: who must act?

MoveError
├── TryLater        nobody; the engine tries again after a while
└── NeedsOperator   one of our people must look
IllegalTransition   nobody may: a state was to change in a way that the table does not know (a bug)
BadInput            whoever gave the input: says what, where, and how to put it right

That a customer must act is no failure: the rules wait for it, and ask it.
"""

from __future__ import annotations

from datetime import timedelta


class MoveError(Exception):
    """A step of a move could not be done."""


class TryLater(MoveError):
    """The other side cannot just now.

    Args:
        reason: one sentence for the log and the page.
        after: how long to wait before the next try, in real time.
    """

    def __init__(self, reason: str, after: timedelta = timedelta(minutes=1)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class NeedsOperator(MoveError):
    """One of our people must decide or repair something.

    Args:
        reason: one sentence that says what is wrong and what to do.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IllegalTransition(Exception):
    """A track was to go from one state to another in a way that its table does not allow."""


class BadInput(Exception):
    """Input that cannot be used.

    Args:
        what: what is wrong, in one sentence.
        where: the line, field or file it stands in.
        remedy: how to put it right.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(part for part in (f"{where}:" if where else "", what, remedy) if part))
        self.what, self.where, self.remedy = what, where, remedy

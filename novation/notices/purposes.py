"""What we write to customers for, and when such a mail has become pointless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from novation.domain import states
from novation.domain.tracks import Track


class Purpose(StrEnum):
    """One reason to write. The values are stored, and asked for by `domain.decision.Tell`."""

    ANNOUNCEMENT = "announcement"  # the move, and the request for a decision
    REMINDER_1 = "reminder-1"  # no answer yet
    REMINDER_2 = "reminder-2"  # still none; then somebody calls
    SELF_REMINDER = "self-reminder"  # the customer wanted to accept itself and has not
    AGREEMENT_REMINDER = "agreement-reminder"  # Microsoft's agreement is still open
    CODE = "code"  # the one-time code for a decision
    RECEIPT = "receipt"  # what was recorded
    ANSWER = "answer"  # our answer to a question
    DELEGATE = "delegate"  # a colleague was named: the request goes to that person
    LINK = "link"  # the personal link once more, because it was lost
    ADMIN = "admin"  # the administrator account that the customer asked for is ready
    DONE = "done"  # everything has arrived
    TERM_END_1 = (
        "term-end-1"  # a term ends with the old account in two months: move after all, or say what then
    )
    TERM_END_2 = "term-end-2"  # the same, a month before
    STAYS = "stays"  # stays with the old account to the end of its terms


@dataclass(frozen=True, slots=True)
class Rule:
    """How one purpose behaves.

    Args:
        template: name of the text in `templates/notices/`.
        numbered: may be sent several times to one person; otherwise once.
        reply: answers an act of the customer, so it goes out although the campaign is paused.
        while_: the mail is wanted only while this track is in one of these states; None: always.
    """

    template: str
    numbered: bool = False
    reply: bool = False
    while_: tuple[Track, frozenset[str]] | None = None


_UNDECIDED = (Track.DECISION, states.UNANSWERED)
_NOT_ACCEPTED = (Track.RELATIONSHIP, states.LEFT_TO_CUSTOMER)
_AGREEMENT_OPEN = (Track.AGREEMENT, states.AGREEMENT_ASKED)
_STAYING = (Track.CLOSEOUT, states.OLD_SIDE_LEFT)

RULES: dict[Purpose, Rule] = {
    Purpose.ANNOUNCEMENT: Rule("announcement", while_=_UNDECIDED),
    Purpose.REMINDER_1: Rule("reminder", while_=_UNDECIDED),
    Purpose.REMINDER_2: Rule("reminder", while_=_UNDECIDED),
    Purpose.SELF_REMINDER: Rule("self-reminder", while_=_NOT_ACCEPTED),
    Purpose.AGREEMENT_REMINDER: Rule("agreement-reminder", while_=_AGREEMENT_OPEN),
    Purpose.CODE: Rule("code", numbered=True, reply=True),
    Purpose.RECEIPT: Rule("receipt", numbered=True, reply=True),
    Purpose.ANSWER: Rule("answer", numbered=True, reply=True),
    Purpose.DELEGATE: Rule("delegate", reply=True, while_=_UNDECIDED),
    Purpose.LINK: Rule("link", numbered=True, reply=True),
    Purpose.ADMIN: Rule("admin", numbered=True, reply=True),
    Purpose.TERM_END_1: Rule("term-end", numbered=True, while_=_STAYING),
    Purpose.TERM_END_2: Rule("term-end", numbered=True, while_=_STAYING),
    Purpose.DONE: Rule("done"),
    Purpose.STAYS: Rule("stays"),
}

#: Reminders carry the sign "no more reminders"; the other mails cannot be refused.
REMINDERS = frozenset(
    {Purpose.REMINDER_1, Purpose.REMINDER_2, Purpose.SELF_REMINDER, Purpose.AGREEMENT_REMINDER}
)


def rule(purpose: str) -> Rule:
    """The rule of one purpose; ValueError for a word that is none."""
    return RULES[Purpose(purpose)]


def still_wanted(purpose: str, tracks: Mapping[Track, str]) -> bool:
    """False when the customer has acted meanwhile, so that the mail would only confuse."""
    condition = rule(purpose).while_
    return condition is None or tracks[condition[0]] in condition[1]

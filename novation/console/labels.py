"""Words of the console for what the rules name: tracks, tasks, steps, stages, events."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from novation.domain.stage import Stage
from novation.domain.steps import RULES, TaskKind, TaskOutcome
from novation.domain.tracks import Code, Track, Who
from novation.notices.purposes import Purpose

Words = Promise | str

TRACKS: dict[Track, Words] = {
    Track.NOTICE: _("Notice"),
    Track.DECISION: _("Decision"),
    Track.ADMIN: _("Admin"),
    Track.RELATIONSHIP: _("Relationship"),
    Track.AGREEMENT: _("Agreement"),
    Track.ACCESS: _("Access"),
    Track.TRANSFER: _("Transfer"),
    Track.BILLING: _("Billing"),
    Track.CLOSEOUT: _("Closeout"),
}

CODES: dict[Code, Words] = {
    Code.DONE: _("Done"),
    Code.DOING: _("Working"),
    Code.WAIT: _("Waiting"),
    Code.ACT: _("Needs you"),
    Code.REST: _("Not yet"),
    Code.STAY: _("Stays"),
    Code.UNKNOWN: _("Unknown"),
}

WHO: dict[Who, Words] = {
    Who.NOBODY: _("Nobody"),
    Who.ENGINE: _("Engine"),
    Who.CUSTOMER: _("Customer"),
    Who.OPERATOR: _("Operator"),
    Who.MICROSOFT: _("Microsoft"),
}

#: Shorter words for the dense table; the full ones stand on the customer's page.
SHORT: dict[tuple[Track, str], Words] = {
    (Track.NOTICE, "skipped"): _("Left out"),
    (Track.NOTICE, "uncertain"): _("Unknown"),
    (Track.DECISION, "none"): _("Not asked"),
    (Track.DECISION, "asked"): _("No answer"),
    (Track.DECISION, "self"): _("By itself"),
    (Track.ADMIN, "theirs"): _("Customer"),
    (Track.ADMIN, "needed"): _("No admin"),
    (Track.RELATIONSHIP, "task"): _("Accept it"),
    (Track.RELATIONSHIP, "checking"): _("Checking"),
    (Track.RELATIONSHIP, "lost"): _("Removed"),
    (Track.AGREEMENT, "preparing"): _("Preparing"),
    (Track.AGREEMENT, "accepted"): _("Accepted"),
    (Track.AGREEMENT, "recorded"): _("Reading back"),
    (Track.AGREEMENT, "expired"): _("Ran out"),
    (Track.AGREEMENT, "retake"): _("New signer"),
    (Track.ACCESS, "preparing"): _("Preparing"),
    (Track.ACCESS, "pending"): _("Link sent"),
    (Track.ACCESS, "active"): _("Groups"),
    (Track.ACCESS, "expired"): _("Ran out"),
    (Track.ACCESS, "degraded"): _("Without"),
    (Track.ACCESS, "expiring"): _("Runs out"),
    (Track.ACCESS, "short"): _("Role missing"),
    (Track.ACCESS, "unassigned"): _("Group failed"),
    (Track.TRANSFER, "held"): _("Held"),
    (Track.TRANSFER, "moving"): _("Moving"),
    (Track.TRANSFER, "arrived"): _("Verifying"),
    (Track.TRANSFER, "nothing"): _("Nothing"),
    (Track.BILLING, "split"): _("Split month"),
    (Track.BILLING, "new"): _("New"),
    (Track.CLOSEOUT, "cleaning"): _("Cleaning"),
    (Track.CLOSEOUT, "parked"): _("Parked"),
    (Track.CLOSEOUT, "stays"): _("Stays"),
}

STAGES: dict[Stage, Words] = {
    Stage.INVENTORY: _("Being read"),
    Stage.READY: _("Ready to be informed"),
    Stage.MAX_UNCERTAIN_LOGGED: _("Informed, no answer yet"),
    Stage.ANSWERED: _("In conversation"),
    Stage.ACCEPTING: _("Said yes, accepting"),
    Stage.MOVING: _("Subscriptions move"),
    Stage.VERIFIED: _("Arrived, to be closed"),
    Stage.CLOSED: _("Finished"),
    Stage.STAYS: _("Stays with the old account"),
    Stage.UNREACHABLE: _("Unreachable"),
}

TASKS: dict[TaskKind, Words] = {
    TaskKind.ACCEPT: _("Accept on mandate"),
    TaskKind.FIND_CONTACT: _("Find a contact"),
    TaskKind.CALL: _("Call the customer"),
    TaskKind.ANSWER: _("Answer a question"),
    TaskKind.HELP: _("Offer help"),
    TaskKind.ADMIN: _("Make an admin account"),
    TaskKind.REVIEW: _("Review a failure"),
    TaskKind.SIGNATORY: _("Find another signatory"),
    TaskKind.ACCESS: _("Fix admin rights"),
    TaskKind.TERM_END: _("Choose the end of terms"),
    TaskKind.AZURE: _("Remove old Azure rights"),
    TaskKind.HAND_OVER: _("Hand over the admin account"),
}

OUTCOMES: dict[TaskOutcome, tuple[Words, Words]] = {
    TaskOutcome.DONE: (_("Done"), _("Microsoft said so on its page. We check it by reading the account.")),
    TaskOutcome.NOT_DONE: (_("Not done"), _("Nothing was accepted. Say why; the task goes back.")),
    TaskOutcome.UNKNOWN: (
        _("I don’t know"),
        _("Page broke, window closed. We look it up; nobody tries again before."),
    ),
    TaskOutcome.FOUND: (_("Found somebody"), _("The announcement goes to this person.")),
    TaskOutcome.NONE_FOUND: (
        _("Nobody to be found"),
        _("The customer stays with the old account to the end of its terms."),
    ),
    TaskOutcome.REACHED: (
        _("Reached somebody"),
        _("They will decide on their own page. Nothing is agreed by telephone."),
    ),
    TaskOutcome.NO_ANSWER: (_("Nobody answered"), _("Every number on file was tried.")),
    TaskOutcome.ANSWERED: (_("Answered"), _("The answer was sent.")),
    TaskOutcome.RETRY: (_("Fixed: try again"), _("The cause is gone. The engine retries.")),
    TaskOutcome.GO_ON: (_("Accept as it is"), _("You have looked at it; the move continues.")),
    TaskOutcome.CHOSEN: (_("All chosen"), _("Each subscription whose term ends soon has its choice.")),
    TaskOutcome.CLEANED: (_("Done, nothing left"), _("You have looked: nothing of it is ours any more.")),
    TaskOutcome.KEPT: (
        _("Stays on purpose"),
        _("It is left as it is. Say why, and with whom it was agreed."),
    ),
    TaskOutcome.STOP: (_("Stop this move"), _("The customer stays with the old account. Say why.")),
}


def step_label(kind: str) -> Words:
    """What a step does, as its declaration says; its name for one that there is no more."""
    return RULES[kind].label if kind in RULES else kind


PURPOSES: dict[Purpose, Words] = {
    Purpose.ANNOUNCEMENT: _("Announcement"),
    Purpose.REMINDER_1: _("First reminder"),
    Purpose.REMINDER_2: _("Second reminder"),
    Purpose.SELF_REMINDER: _("Reminder to accept"),
    Purpose.AGREEMENT_REMINDER: _("Reminder of the agreement"),
    Purpose.CODE: _("One-time code"),
    Purpose.RECEIPT: _("Receipt"),
    Purpose.ANSWER: _("Answer to the question"),
    Purpose.DELEGATE: _("Request to the colleague"),
    Purpose.LINK: _("The personal link once more"),
    Purpose.ADMIN: _("Administrator account ready"),
    Purpose.TERM_END_1: _("First letter before a term ends"),
    Purpose.TERM_END_2: _("Second letter before a term ends"),
    Purpose.DONE: _("“Everything has arrived”"),
    Purpose.STAYS: _("“You stay with the old account”"),
}


def purpose(name: str) -> str:
    """What a mail was for; a name that this release does not know is shown as it is."""
    return str(PURPOSES[Purpose(name)]) if name in set(Purpose) else name

"""The steps: calls that the engine makes, what a repeat of each would mean; and the tasks of operators.

R reads; I is idempotent by nature; K is protected by MS-RequestId (page `headers`); N must never be repeated
blindly: when its outcome is unknown it is looked up first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """The steps that the rules of a move name, in the order of its work. Each is declared in `engine/steps/`."""

    READ_BASELINE = "read-baseline"
    READ_INVITATION = "read-invitation"
    READ_RELATIONSHIP = "read-relationship"
    READ_AGREEMENT = "read-agreement"
    CREATE_ATTESTATION = "create-attestation"
    READ_ATTESTATION = "read-attestation"
    CREATE_AGREEMENT = "create-agreement"
    CREATE_ACCESS = "create-access"
    LOCK_ACCESS = "lock-access"
    READ_ACCESS = "read-access"
    ASSIGN_ACCESS = "assign-access"
    READ_TRANSFERS = "read-transfers"
    CREATE_TRANSFER = "create-transfer"
    ACCEPT_TRANSFER = "accept-transfer"
    READ_TRANSFER = "read-transfer"
    CANCEL_TRANSFER = "cancel-transfer"
    VERIFY = "verify"
    RESTORE_SETTING = "restore-setting"
    READ_OLD_SIDE = "read-old-side"
    END_OLD_ACCESS = "end-old-access"
    REMOVE_RELATIONSHIP = "remove-relationship"
    SET_TERM_END = "set-term-end"
    PREPARE_ORDER = "prepare-order"
    PLACE_ORDER = "place-order"
    READ_ORDER = "read-order"


class Repeat(StrEnum):
    """What repeating a call would do."""

    READ = "R"
    IDEMPOTENT = "I"
    KEYED = "K"
    NEVER = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """What everybody may know of a step without making it.

    Args:
        kind: its name in rows and events, such as `create-transfer`.
        account: the role of the account that sends it: `source` or `target` of a programme, or `account` for the one
            that an operation goes to.
        repeat: what a repeat of it would mean; from Microsoft's page, and when in doubt `N`.
        label: what it does, for people; translated where it is shown.
    """

    kind: str
    account: str
    repeat: Repeat
    label: Any


#: Every step that there is, by kind. The engine's package `steps` fills it, one file a step; see `declare`.
RULES: dict[str, StepRule] = {}


def declare(rule: StepRule) -> None:
    """Puts a step on the list. It is called once for each, when the application is loaded.

    Raises:
        ValueError: there is one of this kind already.
    """
    if rule.kind in RULES:
        raise ValueError(f"The step {rule.kind} is declared twice.")
    RULES[rule.kind] = rule


def kinds() -> list[str]:
    """Every kind of step: those of a move in the order of its work, then the others."""
    named = [str(kind) for kind in StepKind]
    return named + sorted(set(RULES) - set(named))


def is_write(kind: str) -> bool:
    """True when the step changes something on the other side, so that an intent must stand first."""
    return RULES[kind].repeat is not Repeat.READ


class TaskKind(StrEnum):
    """A piece of work for an operator."""

    ACCEPT = "accept"  # accept relationship and access in the customer's tenant, on its mandate
    FIND_CONTACT = "find-contact"  # mail came back or no address is known
    CALL = "call"  # nobody answered: call the number on file
    ANSWER = "answer"  # the customer asked something
    HELP = "help"  # the customer does it itself and does not get on
    ADMIN = "admin"  # the customer wants an administrator account of its own: make it
    REVIEW = "review"  # something went wrong that only a person can judge
    SIGNATORY = "signatory"  # somebody else at the customer must sign the agreement
    ACCESS = "access"  # delegated admin rights are not as they should be
    TERM_END = "term-end"  # what happens to subscriptions that stay when their term ends
    AZURE = "azure-rights"  # the old account still holds rights in the customer's Azure
    HAND_OVER = "hand-over"  # the first password of the customer's admin account still lies with us


class TaskOutcome(StrEnum):
    """How a task ended. Which of them a kind allows stands in OUTCOMES."""

    DONE = "done"  # it was done; still to be observed
    NOT_DONE = "not-done"  # it was not done; the task goes back
    UNKNOWN = "unknown"  # we do not know; looked up before anybody tries again
    FOUND = "found"  # another contact was found
    NONE_FOUND = "none-found"  # there is nobody to write to
    REACHED = "reached"  # spoke to somebody, who will decide on the page
    NO_ANSWER = "no-answer"  # nobody could be reached
    ANSWERED = "answered"  # the question was answered
    RETRY = "retry"  # mended: the engine may try again
    GO_ON = "go-on"  # accepted as it is
    STOP = "stop"  # this customer stays with the old account
    CHOSEN = "chosen"  # the end of every term that comes up has been chosen
    CLEANED = "cleaned"  # nothing of it is ours any more
    KEPT = "kept"  # it stays with us on purpose; the note says why


OUTCOMES: dict[TaskKind, tuple[TaskOutcome, ...]] = {
    TaskKind.ACCEPT: (TaskOutcome.DONE, TaskOutcome.NOT_DONE, TaskOutcome.UNKNOWN),
    TaskKind.FIND_CONTACT: (TaskOutcome.FOUND, TaskOutcome.NONE_FOUND),
    TaskKind.CALL: (TaskOutcome.REACHED, TaskOutcome.NO_ANSWER),
    TaskKind.ANSWER: (TaskOutcome.ANSWERED,),
    TaskKind.HELP: (TaskOutcome.REACHED, TaskOutcome.NO_ANSWER, TaskOutcome.STOP),
    TaskKind.ADMIN: (TaskOutcome.DONE, TaskOutcome.NOT_DONE),
    TaskKind.REVIEW: (TaskOutcome.RETRY, TaskOutcome.GO_ON, TaskOutcome.STOP),
    TaskKind.SIGNATORY: (TaskOutcome.FOUND, TaskOutcome.NONE_FOUND),
    TaskKind.ACCESS: (TaskOutcome.RETRY, TaskOutcome.GO_ON),
    TaskKind.TERM_END: (TaskOutcome.CHOSEN,),
    TaskKind.AZURE: (TaskOutcome.CLEANED, TaskOutcome.KEPT),
    TaskKind.HAND_OVER: (TaskOutcome.CLEANED,),
}

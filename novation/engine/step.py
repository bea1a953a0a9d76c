"""What a step is to the engine: how its call is prepared, made, looked up, and taken into the facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novation.clock import Clock
from novation.domain.answers import Answer
from novation.domain.errors import TryLater
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import PlannedStep
from novation.domain.steps import Repeat
from novation.engine.call_groups import CallGroup
from novation.engine.work import CallOutcome, Result, Work
from novation.failpoints import failpoint
from novation.partnercenter import Call, PartnerCenter


@dataclass(frozen=True, slots=True)
class Accounts:
    """The clients that one call may use, by the role of their account, and the clock that leases are measured with."""

    clients: Mapping[str, PartnerCenter]
    clock: Clock

    @property
    def source(self) -> PartnerCenter:
        """The account that a move leaves."""
        return self.clients["source"]

    @property
    def target(self) -> PartnerCenter:
        """The account that a move goes to."""
        return self.clients["target"]

    @property
    def account(self) -> PartnerCenter:
        """The account that an operation goes to."""
        return self.clients["account"]

    def call(self, work: Work) -> Call:
        """The names of a write, with a check that the claim still holds when the bytes leave."""

        def before_send() -> None:
            # Half the lease is kept for the answer: a worker that was paused must not send any more.
            now = self.clock.now()
            if now >= work.lease_until:
                raise TryLater("The lease ran out before the call was sent.")
            failpoint("before-send")

        return Call(request_id=work.request_id, correlation_id=work.correlation_id, before_send=before_send)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The moment in which an answer is taken in, inside the transaction that records the outcome.

    Args:
        work: whose answer it is.
        now: programme time.
        clock: of the programme.
    """

    work: Work
    now: datetime
    clock: Clock


#: What the call sends or compares with, from the claimed row: plain values, no secrets; kept with the intent.
Build = Callable[[Any, MakeCall, datetime], dict[str, Any]]
Action = Callable[[Accounts, Work], Awaitable[Result]]
Observe = Callable[[Any, Any, Recording], None]


def no_input(row: Any, do: MakeCall, now: datetime) -> dict[str, Any]:
    """A call that needs nothing but the tenant."""
    return {}


def observed(service: Callable[..., None]) -> Observe:
    """Hands the answer to a service that needs no more than the time."""

    def observe(row: Any, answer: Any, at: Recording) -> None:
        service(row, answer, now=at.now)

    return observe


def observed_of_batch(service: Callable[..., None]) -> Observe:
    """Hands the answer to a service that needs the number of the request of transfer."""

    def observe(row: Any, answer: Any, at: Recording) -> None:
        service(row, answer, batch_number=at.work.batch, now=at.now)

    return observe


def nothing_to_observe(row: Any, answer: Answer, at: Recording) -> None:
    """An answer that changes no fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(PlannedStep):
    """The one declaration of a step. It stands as `STEP` in the file of its kind.

    Args:
        group: calls that are slow together; they share their places.
        build: the input; raises ObjectDoesNotExist when the row is missing that the call is about (a bug: nothing is
            sent, and the row is put off and shown), NeedsOperator when a person can supply what is missing.
        call: makes the call. No database here.
        look_up: finds out what came of a call whose outcome is unknown; every write has one.
        observe: takes the answer into the facts.
    """

    group: CallGroup
    call: Action
    build: Build = no_input
    look_up: Action | None = None
    observe: Observe = nothing_to_observe

    def __post_init__(self) -> None:
        if self.repeat is not Repeat.READ and self.look_up is None:
            raise ValueError(f"The step {self.kind} changes something, and its outcome cannot be looked up.")


def done(value: Answer) -> Result:
    """A reading, or a look-up that found the effect."""
    return Result(outcome=CallOutcome.DONE, value=value)


def not_there(text: str) -> Result:
    """A look-up that found no effect. The record waits for the quiet period before it believes this."""
    return Result(outcome=CallOutcome.NOT_DONE, text=text)

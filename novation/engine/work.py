"""What the engine carries between the database thread and the calls: plain values, no models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from novation.domain.answers import Answer
from novation.domain.errors import MoveError


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One call to be made, or looked up, for one claimed move or operation.

    Args:
        move, operation: id of the row; one of the two is given.
        fence, lease_until: of its claim.
        kind: of the step.
        tenant: the customer's.
        step: id of the intent; None for a reading.
        request_id, correlation_id: of the call.
        accounts: slug of the partner account by the role that the programme, or the operation, gives it.
        batch: number of the request of transfer that it is about.
        settle: the call was made before; see what came of it.
        data: what the call sends or compares with.
    """

    move: int | None = None
    operation: UUID | None = None
    fence: int
    lease_until: datetime
    kind: str
    tenant: str
    step: int | None
    request_id: UUID
    correlation_id: UUID
    accounts: Mapping[str, str]
    batch: int | None = None
    settle: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> int | UUID:
        """The id of the claimed row."""
        found = self.move if self.operation is None else self.operation
        if found is None:
            raise RuntimeError("Work that belongs to no row.")
        return found


class CallOutcome(StrEnum):
    """What a call, or a look-up, came to."""

    DONE = "done"
    NOT_DONE = "not-done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one piece of work.

    Args:
        came: what it came to. For a look-up: done or not done at the time of the intent, or still unknown.
        value: the answer for the services, when done.
        error: who must act, when not done.
        exchange: status, ids and times of the request, fit for the record.
        readings: the same of every answered read that was made for it.
        text: one sentence for the record when it is not done or unknown.
        doubts: what a refusal makes doubtful that we took for known: relationship, agreement or transfers.
    """

    outcome: CallOutcome
    value: Answer = field(default_factory=Answer)
    error: MoveError | None = None
    exchange: dict[str, Any] | None = None
    readings: Sequence[dict[str, Any]] = ()
    text: str = ""
    doubts: str = ""

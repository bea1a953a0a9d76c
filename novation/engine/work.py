"""What the engine carries between the database thread and the calls: plain values, no models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from novation.domain.errors import MoveError
from novation.domain.steps import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One call to be made, or looked up, for one claimed move."""

    move: int
    fence: int
    lease_until: datetime
    kind: StepKind
    tenant: str
    step: int | None
    request_id: UUID
    correlation_id: UUID
    batch: int | None = None
    settle: bool = False
    reversed: bool = False  # a move back: our new account is its source
    data: Mapping[str, Any] = field(default_factory=dict)


class Came(StrEnum):
    """What a call, or a look-up, came to."""

    DONE = "done"
    NOT_DONE = "not-done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one piece of work.

    Args:
        came: what it came to. For a look-up: done or not done at the time of the intent, or still unknown.
        value: plain values for the services, when done.
        error: who must act, when not done.
        exchange: status, ids and times of the request, fit for the record.
        readings: the same of every answered read that was made for it.
        text: one sentence for the record when it is not done or unknown.
        doubts: what a refusal makes doubtful that we took for known: relationship, agreement or transfers.
    """

    came: Came
    value: Mapping[str, Any] = field(default_factory=dict)
    error: MoveError | None = None
    exchange: dict[str, Any] | None = None
    readings: Sequence[dict[str, Any]] = ()
    text: str = ""
    doubts: str = ""

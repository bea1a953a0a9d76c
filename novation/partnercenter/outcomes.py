"""What a write came to: exactly one of ``Done``, ``NotDone``, ``Unknown``.

``NotDone`` is a promise that nothing changed on the other side. Where that cannot be promised the outcome is
``Unknown``, and somebody must look before the call is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID, uuid4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Names of one write, chosen by the caller before it is made.

    ``request_id`` goes out as ``MS-RequestId`` (Microsoft's idempotency key, page ``headers``),
    ``correlation_id`` as ``MS-CorrelationId``. ``before_send`` runs right before the first byte leaves, each
    time it leaves; if it raises, nothing is sent and the outcome is ``NotDone`` with that exception.
    """

    request_id: UUID = field(default_factory=uuid4)
    correlation_id: UUID = field(default_factory=uuid4)
    before_send: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Its repr is fit for a log: no query, no header, no body.

    ``status`` is None if no answer came; ``duration`` is in seconds; ``server_date`` is the ``Date`` header
    (UTC); ``location`` is the path of the ``Location`` header (202 answers); ``retry_after`` in seconds.
    Of a write also, for the record: ``sent`` and ``answered``, the bodies without secrets (``redaction``), and
    ``answer_ids``, the ids that the other side gave to its answer.
    """

    api_call: str
    method: str
    path: str
    request_id: UUID
    correlation_id: UUID
    status: int | None = None
    server_date: datetime | None = None
    duration: float = 0.0
    location: str | None = None
    retry_after: float | None = None
    sent: Any = field(default=None, repr=False)
    answered: Any = field(default=None, repr=False)
    answer_ids: Mapping[str, str] = field(default_factory=dict)


_RECORDED_READS: ContextVar[list[Exchange] | None] = ContextVar("recorded_reads", default=None)


@contextmanager
def record_reads() -> Iterator[list[Exchange]]:
    """Fills a list with every answered read that this task makes inside, for a record of what was read.

    with record_reads() as answers:
        customer = await pc.customers.get(tenant)
    """
    answers: list[Exchange] = []
    before = _RECORDED_READS.set(answers)
    try:
        yield answers
    finally:
        _RECORDED_READS.reset(before)


def record_read(exchange: Exchange) -> None:
    """Notes an answered read for whoever listens."""
    answers = _RECORDED_READS.get()
    if answers is not None:
        answers.append(exchange)


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The server said that it is done. ``value`` is what it answered (None for an empty answer)."""

    value: T
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class NotDone:
    """Provably without effect: refused with a 4xx, never sent, or no connection."""

    error: Exception
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have had its effect: time-out or reset after sending, 5xx, unreadable answer."""

    error: Exception
    exchange: Exchange | None = None


Outcome: TypeAlias = Done[T] | NotDone | Unknown

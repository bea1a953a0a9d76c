"""Intent before, outcome after: the record of every call that changes something outside."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Literal, Protocol

from django.db import connection
from django.db.models import QuerySet

from novation.domain.errors import NeedsOperator
from novation.domain.next_action import MakeCall
from novation.domain.steps import TaskKind, is_write
from novation.evidence.canonical import canonical
from novation.evidence.subject import Subject
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events
from novation.operations.models import Step, Task
from novation.operations.services import tasks
from novation.prepared_queries import Prepared

#: Real time between tries after a failure that may pass by itself: doubled each time up to the last value.
BACKOFF = (timedelta(seconds=5), timedelta(minutes=10))
TRIES = 6  # then a person looks
#: So often the same write may be answered "done" without any effect that the rules see; then a person looks.
WITHOUT_EFFECT = 2
#: So often within a day it may be sent again although something changed each time: more is a circle.
IN_A_DAY = 6
#: Plain SQL, because it runs with every reading, and to build it anew costs several times what it takes.
_WORKS_AGAIN = (
    "UPDATE operations_step SET retry_at = NULL "
    "WHERE move_id = %s AND kind = %s AND outcome = 'not-done' AND retry_at IS NOT NULL"
)
#: The column of a step that says for which row it is made.
Column = Literal["move_id", "operation_id"]


class Claimed(Protocol):
    """A move or an operation that the engine holds."""

    fence: int

    @property
    def pk(self) -> Any: ...

    @property
    def subject(self) -> Subject: ...

    @property
    def programme_id(self) -> int | None: ...

    @property
    def changed_at(self) -> datetime | None: ...


def owner_fields(move: Claimed) -> dict[str, Any]:
    """The columns of a step that say for whom it is made."""
    about = move.subject
    return {
        "customer_id": about.customer,
        "move_id": about.move,
        "move_reference": about.move_reference,
        "operation_id": about.operation,
        "programme_id": move.programme_id,
    }


def begin(move: Claimed, do: MakeCall, *, account: str, request: dict[str, Any], now: datetime) -> Step:
    """Commits the intent of a call. Call inside the transaction of the claim.

    Args:
        move: claimed; its fence goes into the step.
        do: the decision.
        account: slug of the partner account that sends it.
        request: what will be sent, without secrets; kept as a document and in the row.
        now: programme time.

    Raises:
        NeedsOperator: the same was done before and had no effect.
    """
    earlier = _earlier(move, do)
    if is_write(do.step):
        _check_progress(move, do, earlier, request, now)
    step = Step.objects.create(
        **owner_fields(move),
        kind=str(do.step),
        batch=do.batch,
        account=account,
        request_id=uuid.uuid4(),
        correlation_id=uuid.uuid4(),
        request=request,
        fence=move.fence,
        intent_at=now,
        tries=_tries(earlier) + 1,
    )
    if is_write(do.step):
        events.record(
            Tag.STEP_INTENT,
            at=now,
            actor="engine",
            subject=move.subject,
            data={
                "step": step.pk,
                "kind": step.kind,
                "account": step.account,
                "batch": do.batch,
                "request_id": str(step.request_id),
                "correlation_id": str(step.correlation_id),
            },
        )
    return step


def _earlier(move: Claimed, do: MakeCall) -> list[Step]:
    """The last steps of this kind for this request of transfer, the newest first."""
    about = move.subject
    if about.move is None or about.operation is not None:
        return list(_newest(steps_of(about).filter(kind=str(do.step), batch=do.batch)))
    if do.batch is None:
        return _EARLIER(about.customer, about.move, str(do.step))
    return _EARLIER_OF_BATCH(about.customer, about.move, str(do.step), do.batch)


def _newest(rows: QuerySet[Step]) -> QuerySet[Step]:
    return rows.order_by("-id").only("outcome", "tries", "request", "intent_at")[: 2 * IN_A_DAY]


_EARLIER = Prepared(
    lambda customer, move, kind: _newest(
        Step.objects.filter(customer_id=customer, move_id=move, operation=None, kind=kind, batch=None)
    )
)
_EARLIER_OF_BATCH = Prepared(
    lambda customer, move, kind, batch: _newest(
        Step.objects.filter(customer_id=customer, move_id=move, operation=None, kind=kind, batch=batch)
    )
)
_BY_ID = Prepared(lambda ids: Step.objects.filter(pk__in=ids))
_WAITING = Prepared(
    lambda moves: Step.objects.filter(
        move_id__in=moves, outcome=Step.Outcome.NOT_DONE, retry_at__isnull=False
    ).only("move_id", "kind")
)


def by_id(ids: Collection[int]) -> dict[int, Step]:
    """These steps, by id."""
    return {step.pk: step for step in _BY_ID(list(ids))} if ids else {}


def _tries(earlier: list[Step]) -> int:
    """How many tries of the same step failed in a row just before."""
    last = earlier[0] if earlier else None
    return last.tries if last is not None and last.outcome == Step.Outcome.NOT_DONE else 0


def _check_progress(
    move: Claimed, do: MakeCall, earlier: list[Step], request: dict[str, Any], now: datetime
) -> None:
    """Stops a write that "succeeds" and is due again: what it should change does not change.

    A track that changed since, or a person who looked at it, lets it be sent again.
    """
    about_it = [step for step in earlier if step.request.get("item") == request.get("item")]
    same = list(
        takewhile(lambda step: step.outcome == Step.Outcome.DONE and step.request == request, about_it)
    )
    if len(same) < WITHOUT_EFFECT:
        return
    looked_at = (
        tasks.tasks_of(move.subject)
        .filter(kind=str(TaskKind.REVIEW), state=Task.State.ENDED)
        .order_by("-ended_at")
        .values_list("ended_at", flat=True)
        .first()
    )
    same = [step for step in same if looked_at is None or step.intent_at > looked_at]
    changed_at = move.changed_at
    unchanged = [step for step in same if changed_at is None or changed_at <= step.intent_at]
    today = [step for step in same if step.intent_at > now - timedelta(days=1)]
    if len(unchanged) >= WITHOUT_EFFECT or len(today) >= IN_A_DAY:
        raise NeedsOperator(
            f"“{do.step}” was answered as done {len(same)} times, and nothing has changed. "
            "See in Partner Center what is so; then have it tried again."
        )


def steps_of(about: Subject) -> QuerySet[Step]:
    """The calls of one move or operation."""
    rows = Step.objects.filter(customer_id=about.customer, move_id=about.move)
    if about.operation is None:
        return rows.filter(operation=None)
    return rows.filter(operation_id=about.operation)


def _exchange_document(step: Step, exchange: dict[str, Any] | None, now: datetime) -> list[Document]:
    if not exchange:
        return []
    content = canonical(
        {
            "step": step.pk,
            "kind": step.kind,
            "account": step.account,
            "request": json.loads(json.dumps(step.request, default=str)),
            "exchange": json.loads(json.dumps(exchange, default=str), parse_float=str),
        }
    )
    return [events.store("remote", "application/json", content, at=now)]


def finish(
    step: Step,
    outcome: Step.Outcome,
    *,
    now: datetime,
    exchange: dict[str, Any] | None = None,
    error: str = "",
    retry_at: datetime | None = None,
    settled_by: str = "",
) -> None:
    """Writes the outcome of a call, or how an unknown one was settled. Call inside a transaction."""
    before = step.outcome
    step.outcome, step.outcome_at = outcome, now
    step.error, step.retry_at = error[:300], retry_at
    step.answer = json.loads(json.dumps(exchange, default=str)) if exchange else step.answer
    if settled_by:
        step.settled_by = settled_by[:200]
    step.save(update_fields=["outcome", "outcome_at", "error", "retry_at", "answer", "settled_by"])
    data = {"step": step.pk, "kind": step.kind, "outcome": str(outcome), "error": error[:300]}
    if exchange:
        data["status"] = exchange.get("status")
    documents = _exchange_document(step, exchange, now)
    if outcome == Step.Outcome.UNKNOWN:
        tag = Tag.STEP_UNKNOWN
    elif before == Step.Outcome.UNKNOWN:
        tag, data["settled_by"] = Tag.STEP_SETTLED, settled_by[:200]
    else:
        tag = Tag.STEP_OUTCOME
    events.record(tag, at=now, actor="engine", subject=step.subject, data=data, documents=documents)


def waiting_for_retry(
    moves: Collection[int], operations: Collection[uuid.UUID]
) -> set[tuple[int | uuid.UUID, str]]:
    """Moves and operations, by id, with the kinds of their failed steps that are to be tried again."""
    found: set[tuple[int | uuid.UUID, str]] = set()
    if moves:
        found |= {(step.move_id, step.kind) for step in _WAITING(list(moves)) if step.move_id is not None}
    if operations:
        rows = Step.objects.filter(operation__in=operations, outcome=Step.Outcome.NOT_DONE)
        pairs = rows.exclude(retry_at=None).values_list("operation_id", "kind")
        found |= {(pk, kind) for pk, kind in pairs if pk is not None}
    return found


def works_again(move: Claimed, kind: str) -> None:
    """A reading that works ends the row of failures before it."""
    about = move.subject
    if about.operation is not None:
        failed = steps_of(about).filter(kind=kind, outcome=Step.Outcome.NOT_DONE)
        failed.exclude(retry_at=None).update(retry_at=None)
        return
    with connection.cursor() as cursor:
        cursor.execute(_WORKS_AGAIN, [move.pk, kind])


def with_open_intents(rows: Collection[Any], column: Column = "move_id") -> list[Any]:
    """Those of the moves, or operations, by id, that have an intent without an outcome."""
    which: dict[str, Any] = {f"{column}__in": rows, "outcome": Step.Outcome.OPEN}
    found = Step.objects.filter(**which).order_by(column)
    return [pk for pk in found.values_list(column, flat=True).distinct() if pk is not None]


def lost(move: Claimed, *, now: datetime) -> int:
    """Marks intents of an earlier claim that never got an outcome as unknown; says how many.

    Called when a move is claimed: its earlier holder is gone, and only the other side knows what happened.
    """
    open_steps = list(
        steps_of(move.subject)
        .filter(outcome=Step.Outcome.OPEN, fence__lt=move.fence)
        .select_related("customer")
    )
    for step in open_steps:
        if is_write(step.kind):
            finish(
                step, Step.Outcome.UNKNOWN, now=now, error="The engine ended before the answer was recorded."
            )
        else:
            step.outcome, step.outcome_at, step.retry_at = Step.Outcome.NOT_DONE, now, now
            step.save(update_fields=["outcome", "outcome_at", "retry_at"])
    return len(open_steps)


def hand_to_operator(move: Claimed, kind: str, reason: str, *, now: datetime) -> bool:
    """Holds a failed step back until somebody has looked. Call inside a transaction.

    Returns:
        False when a review of something else is open, which does not hold this step back.
    """
    opened = tasks.open_task(
        move.subject, TaskKind.REVIEW, why=reason, now=now, step=kind, programme=move.programme_id
    )
    return opened.step == kind


def backoff(tries: int) -> timedelta:
    """Real time until the next try, after so many failed in a row."""
    first, last = BACKOFF
    factor: int = 2 ** max(0, min(tries, 30) - 1)
    return min(first * factor, last)

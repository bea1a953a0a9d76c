"""Intent before, outcome after: the record of every call that changes something outside."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import connection

from novation.domain.decision import Do
from novation.domain.errors import NeedsOperator
from novation.domain.steps import RULES, StepKind, TaskKind, is_write
from novation.domain.tracks import Track
from novation.evidence.canonical import canonical
from novation.evidence.tags import Tag
from novation.moves.models import Document, Move, Step, Task
from novation.moves.services import events, tasks

#: Real time between tries after a failure that may pass by itself: doubled each time up to the last value.
BACKOFF = (timedelta(seconds=5), timedelta(minutes=10))
TRIES = 6  # then a person looks
#: So often the same write may be answered "done" without any effect that the rules see; then a person looks.
WITHOUT_EFFECT = 2
#: So often within a day it may be sent again although something changed each time: more is a circle.
IN_A_DAY = 6
#: Plain SQL, because it runs with every reading, and to build it anew costs several times what it takes.
_WORKS_AGAIN = (
    "UPDATE moves_step SET retry_at = NULL "
    "WHERE move_id = %s AND kind = %s AND outcome = 'not-done' AND retry_at IS NOT NULL"
)


def begin(move: Move, do: Do, *, request: dict[str, Any], now: datetime) -> Step:
    """Commits the intent of a call. Call inside the transaction of the claim.

    Args:
        move: claimed; its fence goes into the step.
        do: the decision.
        request: what will be sent, without secrets; kept as a document and in the row.
        now: programme time.

    Raises:
        NeedsOperator: the same was done before and had no effect.
    """
    earlier = _earlier(move, do)
    if is_write(do.step):
        _check_progress(move, do, earlier, request, now)
    step = Step.objects.create(
        move=move,
        kind=str(do.step),
        batch=do.batch,
        account=account_of(move, do.step),
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
            move=move,
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


def account_of(move: Move, kind: StepKind) -> str:
    """Which of our two accounts sends this step; for a move back they have changed places."""
    account = RULES[kind].account
    if not move.programme.reversed:
        return account
    return "target" if account == "source" else "source"


def _earlier(move: Move, do: Do) -> list[Step]:
    """The last steps of this kind for this request of transfer, the newest first."""
    rows = Step.objects.filter(move=move, kind=str(do.step), batch=do.batch).order_by("-id")
    return list(rows.only("outcome", "tries", "request", "intent_at")[: 2 * IN_A_DAY])


def _tries(earlier: list[Step]) -> int:
    """How many tries of the same step failed in a row just before."""
    last = earlier[0] if earlier else None
    return last.tries if last is not None and last.outcome == Step.Outcome.NOT_DONE else 0


def _check_progress(move: Move, do: Do, earlier: list[Step], request: dict[str, Any], now: datetime) -> None:
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
        Task.objects.filter(move=move, kind=str(TaskKind.REVIEW), state=Task.State.ENDED)
        .order_by("-ended_at")
        .values_list("ended_at", flat=True)
        .first()
    )
    same = [step for step in same if looked_at is None or step.intent_at > looked_at]
    changed_at = max((at for track in Track if (at := getattr(move, f"{track}_since"))), default=None)
    unchanged = [step for step in same if changed_at is None or changed_at <= step.intent_at]
    today = [step for step in same if step.intent_at > now - timedelta(days=1)]
    if len(unchanged) >= WITHOUT_EFFECT or len(today) >= IN_A_DAY:
        raise NeedsOperator(
            f"“{do.step}” was answered as done {len(same)} times, and nothing has changed. "
            "See in Partner Center what is so; then have it tried again."
        )


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
    step.save()
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
    events.record(tag, at=now, actor="engine", move=step.move, data=data, documents=documents)


def works_again(move: Move, kind: StepKind) -> None:
    """A reading that works ends the row of failures before it."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKS_AGAIN, [move.pk, str(kind)])


def with_open_intents(moves: Collection[int]) -> list[int]:
    """Those of the moves, by id, that have an intent without an outcome."""
    found = Step.objects.filter(move_id__in=moves, outcome=Step.Outcome.OPEN).order_by("move_id")
    return list(found.values_list("move_id", flat=True).distinct())


def lost(move: Move, *, now: datetime) -> int:
    """Marks intents of an earlier claim that never got an outcome as unknown; says how many.

    Called when a move is claimed: its earlier holder is gone, and only the other side knows what happened.
    """
    open_steps = list(Step.objects.filter(move=move, outcome=Step.Outcome.OPEN, fence__lt=move.fence))
    for step in open_steps:
        if is_write_kind(step.kind):
            finish(
                step, Step.Outcome.UNKNOWN, now=now, error="The engine ended before the answer was recorded."
            )
        else:
            step.outcome, step.outcome_at, step.retry_at = Step.Outcome.NOT_DONE, now, now
            step.save(update_fields=["outcome", "outcome_at", "retry_at"])
    return len(open_steps)


def is_write_kind(kind: str) -> bool:
    """True when a stored kind is that of a call with effect."""
    return is_write(StepKind(kind))


def hand_to_operator(move: Move, kind: str, reason: str, *, now: datetime) -> bool:
    """Holds a failed step back until somebody has looked. Call inside a transaction.

    Returns:
        False when a review of something else is open, which does not hold this step back.
    """
    return tasks.open_task(move, TaskKind.REVIEW, why=reason, now=now, step=kind).step == kind


def backoff(tries: int) -> timedelta:
    """Real time until the next try, after so many failed in a row."""
    first, last = BACKOFF
    factor: int = 2 ** max(0, min(tries, 30) - 1)
    return min(first * factor, last)

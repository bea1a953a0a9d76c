"""Records what calls came to: many in one transaction, none from a lost claim, and no failure stops another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from novation.clock import Clock
from novation.domain.errors import TryLater
from novation.engine import claims
from novation.engine.call_groups import Room
from novation.engine.db_retry import is_connection_lost
from novation.engine.group_transactions import Guard, together_or_apart
from novation.engine.prepare import RECONCILERS, account_of, go_on, named, postpone_poisoned
from novation.engine.reconciler import Reconciler
from novation.engine.step import Recording
from novation.engine.steps import STEPS
from novation.engine.work import CallOutcome, Result, Work
from novation.failpoints import failpoint
from novation.moves.models import Move
from novation.operations.models import Operation, Step
from novation.operations.services import steps

log = logging.getLogger(__name__)


def record(
    owner: str,
    finished: Sequence[tuple[Work, Result]],
    *,
    now: datetime,
    clock: Clock,
    next_work: list[Work] | None = None,
    room: Room | None = None,
) -> int:
    """Records outcomes. Their moves are handed back, due at once, or decided for again while they are held.

    Args:
        owner: of the claims.
        finished: what came of which call.
        now: programme time.
        clock: of the programme.
        next_work: given the calls that are due next; None hands every move back.
        room: places for the next calls by class of work; None sets no bound.

    Returns:
        How many were refused because their claim had been lost.
    """
    keep = next_work is not None

    def group(guard: Guard | None) -> tuple[int, list[Work]]:
        refused, held, known = 0, [], _Known([work for work, _result in finished])
        for work, result in finished:
            try:
                with guard() if guard else nullcontext():
                    row = known.row(work)
                    taken = _record_one(owner, row, work, result, known, now=now, clock=clock, keep=keep)
                if taken:
                    held.append(row)
                    failpoint("outcome-open")
                else:
                    refused += 1
            except Exception as error:
                if guard is None or is_connection_lost(error):
                    raise
                log.exception(
                    "An outcome could not be recorded.",
                    extra={"action": "outcome_poisoned", "row": str(work.row)},
                )
                _keep_what_is_known(work, result, error, now=now, clock=clock)
        left = room.copy() if room else None
        return refused, go_on(held, now=now, clock=clock, room=left, guard=guard) if keep else []

    refused, works = together_or_apart(group)
    if next_work is not None:
        next_work += works
    return refused


class _Known:
    """What the outcomes of one group need, read together.

    What one outcome writes to another row of the group stays: a save writes changes alone.
    """

    def __init__(self, works: Sequence[Work]) -> None:
        self._rows = _locked(works)
        self._steps = steps.by_id([work.step for work in works if work.step])
        self.waiting_for_retry = steps.waiting_for_retry(
            [work.move for work in works if work.move is not None],
            [work.operation for work in works if work.operation is not None],
        )

    def row(self, work: Work) -> Any:
        """The row that the call was made for, locked."""
        return self._rows.pop(work.row, None) or _locked([work])[work.row]

    def step(self, work: Work, row: Any) -> Step | None:
        """The intent of the call; None when it is a reading, which has none."""
        if work.step is None:
            return None
        step = self._steps[work.step]
        step.customer = row.customer  # as it is held here, not read once more
        return step


def reconciler_of(work: Work) -> Reconciler:
    """How the row is handled that a call was made for."""
    return RECONCILERS[Move if work.operation is None else Operation]


def _locked(works: Sequence[Work]) -> dict[int | UUID, Any]:
    """The rows of some calls by id, locked as they are now, those of one table together."""
    # In one order for all: two who lock operations and moves must not wait for each other.
    ids: dict[Reconciler, list[int | UUID]] = {RECONCILERS[table]: [] for table in claims.TABLES}
    for work in works:
        ids.setdefault(reconciler_of(work), []).append(work.row)
    found: dict[int | UUID, Any] = {}
    for reconciler, pks in ids.items():
        if pks:
            found |= reconciler.lock(pks)
    return found


def _record_one(
    owner: str,
    move: Any,
    work: Work,
    result: Result,
    known: _Known,
    *,
    now: datetime,
    clock: Clock,
    keep: bool,
) -> bool:
    """Records one outcome of a row, which is then held still or handed back; False when its claim had been lost."""
    reconciler = reconciler_of(work)
    if not claims.still_held(move, owner, work.fence):
        # Whoever holds the row now has found our intent without an outcome, and looks it up.
        log.warning("A late outcome was refused.", extra={"action": "fence_refused", **named(move)})
        return False
    step = known.step(work, move)
    if result.outcome is CallOutcome.DONE:
        if step is not None:
            settled = "looked up and found" if work.settle else ""
            steps.finish(
                step,
                Step.Outcome.DONE,
                now=now,
                exchange=result.exchange or _looked_up(result),
                settled_by=settled,
                error=result.text,
            )
            if work.settle:
                _tell(reconciler, move, step, now)
        elif (work.row, str(work.kind)) in known.waiting_for_retry:
            steps.works_again(move, work.kind)
        answer = result.value if work.step else replace(result.value, exchanges=tuple(result.readings))
        STEPS[work.kind].observe(move, answer, Recording(work=work, now=now, clock=clock))
    elif work.settle and step is not None:
        _not_settled(move, work, step, result, now=now, clock=clock)
    elif result.outcome is CallOutcome.UNKNOWN and step is not None:
        steps.finish(step, Step.Outcome.UNKNOWN, now=now, exchange=result.exchange, error=result.text)
        reconciler.is_unknown(move, now)
    else:
        _not_done(move, work, step, result, now=now, clock=clock)
    if keep:
        claims.extend_lease(move, now=now, clock=clock)
    else:
        move.consecutive_errors = 0
        claims.release_lease(move, due_at=now, why="an answer came", who="engine")
    return True


def _looked_up(result: Result) -> dict[str, Any] | None:
    """The answers by which an unknown outcome was settled."""
    return {"readings": list(result.readings)} if result.readings else None


def _not_settled(move: Any, work: Work, step: Step, result: Result, *, now: datetime, clock: Clock) -> None:
    """A look-up that saw no effect counts only after the quiet period: the call may still be on its way."""
    step.looked_at = now
    quiet = clock.real(reconciler_of(work).quiet(move))
    if result.outcome is CallOutcome.NOT_DONE and now >= (step.outcome_at or step.intent_at) + quiet:
        steps.finish(
            step,
            Step.Outcome.NOT_DONE,
            now=now,
            exchange=result.exchange or _looked_up(result),
            settled_by=f"looked up: {result.text}",
        )
        _tell(reconciler_of(work), move, step, now)
        _show_after_many(move, step, f"Sent {step.tries} times without effect", now=now)
    else:
        step.save(update_fields=["looked_at"])


def _tell(reconciler: Reconciler, row: Any, step: Step, now: datetime) -> None:
    failpoint("settle-open")
    reconciler.is_settled(row, now)
    log.info(
        "The unknown outcome of %s for %s is settled: %s (%s).",
        step.kind, row, step.outcome, step.settled_by,
        extra={"action": "outcome_settled", "step": step.pk},
    )  # fmt: skip


def _not_done(
    move: Any, work: Work, step: Step | None, result: Result, *, now: datetime, clock: Clock
) -> None:
    if step is None:
        step = _failed_reading(move, work, now)
    error = result.error or TryLater(result.text)
    if result.doubts and STEPS[work.kind].account == "target":
        # What we took for known is read again first; a person is called when that does not help.
        error = error if isinstance(error, TryLater) else TryLater(str(error), timedelta(seconds=10))
        reconciler_of(work).doubt(move, result.doubts, now)
    if isinstance(error, TryLater):
        pause = max(error.after, steps.backoff(step.tries))
        steps.finish(
            step,
            Step.Outcome.NOT_DONE,
            now=now,
            exchange=result.exchange,
            error=result.text or error.reason,
            retry_at=now + clock.real(pause),
        )
        _show_after_many(move, step, f"Failed {step.tries} times: {result.text}", now=now)
        return
    held = steps.hand_to_operator(move, step.kind, str(error), now=now)
    retry_at = None if held else now + clock.real(steps.BACKOFF[1])
    steps.finish(
        step,
        Step.Outcome.NOT_DONE,
        now=now,
        exchange=result.exchange,
        error=result.text,
        retry_at=retry_at,
    )


def _show_after_many(move: Any, step: Step, reason: str, *, now: datetime) -> None:
    if step.tries >= steps.TRIES and step.tries % steps.TRIES == 0:
        steps.hand_to_operator(move, step.kind, reason, now=now)


def _failed_reading(move: Any, work: Work, now: datetime) -> Step:
    last = steps.steps_of(move.subject).filter(kind=str(work.kind)).order_by("-id").first()
    recent = last is not None and last.outcome == Step.Outcome.NOT_DONE and last.retry_at is not None
    return Step.objects.create(
        **steps.owner_fields(move),
        kind=str(work.kind),
        batch=work.batch,
        account=account_of(move, work.kind),
        request_id=work.request_id,
        correlation_id=work.correlation_id,
        fence=move.fence,
        intent_at=now,
        tries=last.tries + 1 if recent and last is not None else 1,
    )


def _keep_what_is_known(work: Work, result: Result, error: Exception, *, now: datetime, clock: Clock) -> None:
    """The facts could not be taken in; the outcome itself must not be lost with them."""
    with transaction.atomic():
        move = _locked([work])[work.row]
        step = Step.objects.filter(pk=work.step, outcome__in=("", "unknown")).first() if work.step else None
        if step is not None and not work.settle:
            kept = Step.Outcome.NOT_DONE if result.outcome is CallOutcome.NOT_DONE else Step.Outcome.UNKNOWN
            text = f"{type(error).__name__} while the answer was recorded"
            steps.finish(step, kept, now=now, exchange=result.exchange, error=text)
        postpone_poisoned(
            move, now, clock, f"{type(error).__name__} while an answer was recorded; see the log."
        )

"""Records what calls came to: many in one transaction, none from a lost claim, and no failure stops another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from novation.clock import Clock
from novation.domain.errors import TryLater
from novation.domain.facts import ItemState
from novation.domain.steps import RULES, StepKind
from novation.domain.verify import compare
from novation.engine import claims
from novation.engine.call_groups import Room
from novation.engine.db_retry import gone
from novation.engine.facts import Known
from novation.engine.group_transactions import Guard, together_or_apart
from novation.engine.prepare import account_of, go_on, push_back
from novation.engine.work import Came, Result, Work
from novation.evidence.tags import Tag
from novation.evidencelog.services import reading_documents
from novation.failpoints import failpoint
from novation.moves.models import Move
from novation.moves.services import inventory, readiness, tracks
from novation.moves.services.observed import (
    access,
    agreement,
    end_of_term,
    old_side,
    relationship,
    repurchase,
    transfer,
)
from novation.moves.to_domain import seen
from novation.operations.models import Step
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
        refused, held, rows = 0, [], _Rows(finished)
        for work, result in finished:
            try:
                with guard() if guard else nullcontext():
                    move = rows.move(work)
                    taken = _record_one(owner, move, work, result, rows, now=now, clock=clock, keep=keep)
                if taken:
                    held.append(move)
                    failpoint("outcome-open")
                else:
                    refused += 1
            except Exception as error:
                if guard is None or gone(error):
                    raise
                log.exception(
                    "An outcome could not be recorded.",
                    extra={"action": "outcome_poisoned", "move": work.move},
                )
                _keep_what_is_known(work, result, error, now=now, clock=clock)
        left = room.copy() if room else None
        works = go_on(held, now=now, clock=clock, room=left, guard=guard) if keep else []
        return refused, works

    refused, works = together_or_apart(group)
    if next_work is not None:
        next_work += works
    return refused


class _Rows:
    """What the outcomes of one group need, read together.

    What one outcome writes to another move of the group stays: a save writes changes alone.
    """

    def __init__(self, finished: Sequence[tuple[Work, Result]]) -> None:
        ids = [work.move for work, _result in finished]
        self._moves = tracks.locked_all(ids)
        self._steps = steps.by_id([work.step for work, _result in finished if work.step])
        self.failed_readings = steps.waiting_for_retry(ids)

    def move(self, work: Work) -> Move:
        """The move, locked."""
        return self._moves.pop(work.move, None) or tracks.locked(work.move)

    def step(self, work: Work, move: Move) -> Step | None:
        """The intent of this call; None when it is a reading, which has none."""
        if work.step is None:
            return None
        step = self._steps[work.step]
        step.customer = move.customer  # as it is held here, not read once more
        return step


def _record_one(
    owner: str,
    move: Move,
    work: Work,
    result: Result,
    rows: _Rows,
    *,
    now: datetime,
    clock: Clock,
    keep: bool,
) -> bool:
    """Records one outcome of a move, which is then held still or handed back; False when its claim had been lost."""
    if not claims.still_held(move, owner, work.fence):
        # Whoever holds the move now has found our intent without an outcome, and looks it up.
        log.warning("A late outcome was refused.", extra={"action": "fence_refused", "move": work.move})
        return False
    step = rows.step(work, move)
    if result.came is Came.DONE:
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
                _tell(move, step)
        elif (move.pk, str(work.kind)) in rows.failed_readings:
            steps.works_again(move, work.kind)
        value = (
            result.value
            if work.step
            else {**result.value, reading_documents.EXCHANGES: list(result.readings)}
        )
        observe(move, work, value, now=now, clock=clock)
    elif work.settle and step is not None:
        _not_settled(move, work, step, result, now=now, clock=clock)
    elif result.came is Came.UNKNOWN and step is not None:
        steps.finish(step, Step.Outcome.UNKNOWN, now=now, exchange=result.exchange, error=result.text)
    else:
        _not_done(move, work, step, result, now=now, clock=clock)
    move.consecutive_errors = 0
    if keep:
        claims.keep(move, now=now, clock=clock)
    else:
        claims.let_go(move, due_at=now, why="an answer came", who="engine")
    return True


def _looked_up(result: Result) -> dict[str, Any] | None:
    """The answers by which an unknown outcome was settled."""
    return {"readings": list(result.readings)} if result.readings else None


def _not_settled(move: Move, work: Work, step: Step, result: Result, *, now: datetime, clock: Clock) -> None:
    """A look-up that saw no effect counts only after the quiet period: the call may still be on its way."""
    step.looked_at = now
    quiet = clock.real(move.programme.policy.settle_quiet)
    if result.came is Came.NOT_DONE and now >= (step.outcome_at or step.intent_at) + quiet:
        steps.finish(
            step,
            Step.Outcome.NOT_DONE,
            now=now,
            exchange=result.exchange or _looked_up(result),
            settled_by=f"looked up: {result.text}",
        )
        _tell(move, step)
        _show_after_many(move, step, f"Sent {step.tries} times without effect", now=now)
    else:
        step.save(update_fields=["looked_at"])


def _tell(move: Move, step: Step) -> None:
    failpoint("settle-open")
    log.info(
        "The unknown outcome of %s for %s is settled: %s (%s).",
        step.kind, move.reference, step.outcome, step.settled_by,
        extra={"action": "outcome_settled", "step": step.pk},
    )  # fmt: skip


def _not_done(
    move: Move, work: Work, step: Step | None, result: Result, *, now: datetime, clock: Clock
) -> None:
    if step is None:
        step = _failed_reading(move, work, now)
    error = result.error or TryLater(result.text)
    if result.doubts and RULES[work.kind].account == "target":
        # What we took for known is read again first; a person is called when that does not help.
        error = error if isinstance(error, TryLater) else TryLater(str(error), timedelta(seconds=10))
        _doubt(move, result.doubts, now=now)
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


def _show_after_many(move: Move, step: Step, reason: str, *, now: datetime) -> None:
    if step.tries >= steps.TRIES and step.tries % steps.TRIES == 0:
        steps.hand_to_operator(move, step.kind, reason, now=now)


def _doubt(move: Move, what: str, *, now: datetime) -> None:
    if what == "relationship":
        move.relationship_read_at = None
    elif what == "transfers":
        move.transfers_read_at = None
    elif what == "agreement":
        agreement.refused_for_want(move, now=now)
    move.save()


def _failed_reading(move: Move, work: Work, now: datetime) -> Step:
    last = Step.objects.filter(move_id=move.pk, kind=str(work.kind)).order_by("-id").first()
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
        move = tracks.locked(work.move)
        step = Step.objects.filter(pk=work.step, outcome__in=("", "unknown")).first() if work.step else None
        if step is not None and not work.settle:
            kept = Step.Outcome.NOT_DONE if result.came is Came.NOT_DONE else Step.Outcome.UNKNOWN
            text = f"{type(error).__name__} while the answer was recorded"
            steps.finish(step, kept, now=now, exchange=result.exchange, error=text)
        push_back(move, now, clock, f"{type(error).__name__} while an answer was recorded; see the log.")


def observe(move: Move, work: Work, value: Mapping[str, Any], *, now: datetime, clock: Clock) -> None:
    """Takes the answer of a step into the facts."""
    if work.kind is StepKind.READ_BASELINE:
        _baseline(move, value, now)
    elif work.kind is StepKind.VERIFY:
        _verify(move, value, now, clock)
    elif work.batch is not None:
        _BATCHED[work.kind](move, value, batch_number=work.batch, now=now)
    else:
        _OBSERVERS[work.kind](move, value, now=now)


def _baseline(move: Move, value: Mapping[str, Any], now: datetime) -> None:
    first = move.baseline_at is None
    if "licences" in value and not move.batches.exclude(remote_id="").exists():
        move.licences = {"before": value["licences"], "before_at": now.isoformat()}
    access.old_grants(move, value["grants"], now=now)
    to_be_bought = repurchase.awaited(move)
    inventory.record_baseline(
        move,
        subscriptions=value["subscriptions"],
        profile=value["profile"],
        papers={**(value.get("papers") or {}), "delegated": value["delegated"]},
        now=now,
    )
    if to_be_bought:
        repurchase.missed(move, to_be_bought, now=now)
    readiness.refresh([move], now=now)
    tracks.change(
        move,
        {},
        tag=Tag.CUSTOMER_INVENTORIED,
        at=now,
        actor="engine",
        data={
            "first": first,
            "items": move.item_count,
            "seats": move.seat_count,
            "findings": [finding["code"] for finding in move.readiness],
        },
        documents=inventory.documents(value, at=now),
    )


def _verify(move: Move, value: Mapping[str, Any], now: datetime, clock: Clock) -> None:
    items = Known([move], clock).answer(move.pk, lambda facts: facts.items)
    handed_over = [item for item in items if item.batch is not None and item.state is not ItemState.STAYS]
    verdicts = compare(
        handed_over, [seen(row) for row in value["source"]], [seen(row) for row in value["target"]]
    )
    raw = {side: [row["raw"] for row in value[side]] for side in ("source", "target")}
    raw[reading_documents.EXCHANGES] = value.get(reading_documents.EXCHANGES, [])
    transfer.verified(move, verdicts, raw, licences=value.get("licences"), now=now)


_OBSERVERS: dict[StepKind, Callable[..., None]] = {
    StepKind.READ_INVITATION: relationship.invitation,
    StepKind.READ_RELATIONSHIP: relationship.relationship,
    StepKind.READ_AGREEMENT: agreement.reading,
    StepKind.READ_ATTESTATION: agreement.attestation,
    StepKind.CREATE_ATTESTATION: agreement.link,
    StepKind.CREATE_AGREEMENT: agreement.created,
    StepKind.CREATE_ACCESS: access.created,
    StepKind.LOCK_ACCESS: access.locked,
    StepKind.READ_ACCESS: access.reading,
    StepKind.ASSIGN_ACCESS: access.assigned,
    StepKind.READ_TRANSFERS: transfer.listing,
    StepKind.READ_OLD_SIDE: old_side.reading,
    StepKind.RESTORE_SETTING: transfer.restored,
    StepKind.END_OLD_ACCESS: access.ended,
    StepKind.REMOVE_RELATIONSHIP: old_side.removed,
    StepKind.SET_TERM_END: end_of_term.term_set,
    StepKind.PREPARE_ORDER: repurchase.prepared,
    StepKind.PLACE_ORDER: repurchase.placed,
    StepKind.READ_ORDER: repurchase.reading,
}
_BATCHED: dict[StepKind, Callable[..., None]] = {
    StepKind.CREATE_TRANSFER: transfer.requested,
    StepKind.ACCEPT_TRANSFER: transfer.accepted,
    StepKind.READ_TRANSFER: transfer.reading,
    StepKind.CANCEL_TRANSFER: transfer.cancelled,
}

"""Reads the facts of many moves at once: a constant number of queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from novation.clock import Clock
from novation.customers.models import Contact
from novation.domain import facts as known
from novation.domain.activity import is_followed
from novation.domain.facts import BatchState, ItemState
from novation.domain.policy import Policy
from novation.domain.readiness import HOLDS_BACK
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.moves.models import Attestation, Batch, Decision, Grant, Item, Move, Programme, Wave
from novation.moves.services import first_passwords
from novation.moves.to_domain import known_item
from novation.notices.models import Notice
from novation.operations.models import Step, Task

#: What no rule looks at and is much to read.
_HEAVY: dict[type[Model], tuple[str, ...]] = {Item: ("baseline", "result"), Step: ("request", "answer")}
#: Real time: no single reading of one customer is repeated more often.
POLL_FLOOR = timedelta(seconds=1.5)


def load(moves: Sequence[Move], clock: Clock, *, items: bool = False) -> dict[int, known.Facts]:
    """The facts of each move, by its id.

    What no rule asks for in the present state of a move is not read: most looks are at a single move, and
    each query costs more than the rule that it serves.

    Args:
        moves: with `programme`, `wave` and `customer` loaded.
        clock: turns real periods of the policy into programme time.
        items: read the subscriptions in any case.
    """
    ids, now = [move.pk for move in moves], clock.now()
    policies: dict[int, Policy] = {}
    goods = _by_move(Item, ids if items else _ids(moves, _goods_count))
    batches = _by_move(Batch, _ids(moves, _may_transfer), "number")
    attestations = _by_move(Attestation, _ids(moves, lambda move: move.agreement_state == "issued"))
    grants = _by_move(Grant, _ids(moves, _grants_count))
    notices = _by_move(Notice, _ids(moves, _notices_count))
    tasks = _by_move(Task, ids)
    mandates = _by_move(Decision, _ids(moves, lambda move: move.decision_state == "mandate"), kind="mandate")
    steps = _by_move(Step, ids, outcome__in=(Step.Outcome.UNKNOWN, Step.Outcome.NOT_DONE))
    unsent = ("none", "blocked", "bounced")
    reachable = _reachable([m for m in moves if m.notice_state in unsent or _notices_count(m)])
    azure, secret = _to_clean([move for move in moves if move.closeout_state == "cleaning"])
    out: dict[int, known.Facts] = {}
    for move in moves:
        policy = policies.get(move.programme_id) or policies.setdefault(
            move.programme_id, move.programme.policy.not_faster_than(clock.real(POLL_FLOOR))
        )
        own_grants = grants[move.pk]
        mandate = mandates[move.pk][-1].expires_at if mandates[move.pk] else None
        out[move.pk] = known.Facts(
            policy=policy,
            tracks=move.tracks(),
            since={t: s for t in Track if (s := getattr(move, f"{t}_since")) is not None},
            released_at=_released(move.wave),
            paused=_paused(move),
            followed=is_followed(move.programme.activity_read_at, now, policy),
            baseline_at=move.baseline_at,
            blockers=_blockers(move),
            has_contact=move.customer_id in reachable,
            items=tuple(known_item(item) for item in goods[move.pk]),
            notices=tuple(
                known.Notice(purpose=n.purpose, state=n.state, at=n.sent_at or n.queued_at)
                for n in notices[move.pk]
            ),
            mandate_until=mandate,
            clock_stopped=move.clock_stopped,
            signatory_at=move.signatory_at,
            invitation_known=bool(move.programme.invitation_url),
            relationship_read_at=move.relationship_read_at,
            agreement_read_at=move.agreement_read_at,
            attestation=_attestation(attestations[move.pk]),
            grant=_grant([g for g in own_grants if g.side == "target"]),
            access_requests=sum(1 for grant in own_grants if grant.side == "target"),
            azure_moved=move.pk in azure,
            secret_held=move.pk in secret,
            old_grant=_grant([g for g in own_grants if g.side == "source"], alive_first=True),
            transfers_read_at=move.transfers_read_at,
            foreign_transfer=move.foreign_transfer,
            batches=tuple(_batch(batch) for batch in batches[move.pk]),
            verified_at=move.verified_at,
            old_side_read_at=move.old_side_read_at,
            left_behind=move.left_behind,
            old_relationship=move.old_relationship,
            open_tasks=frozenset(TaskKind(t.kind) for t in tasks[move.pk] if t.state == Task.State.OPEN),
            ended_tasks=_ended(tasks[move.pk]),
            uncertain=_uncertain(steps[move.pk], policy, clock),
            retry_at=_retries(steps[move.pk]),
            stopped=_stopped(tasks[move.pk], steps[move.pk]),
        )
    return out


def _blockers(move: Move) -> tuple[str, ...]:
    """What holds the announcement back; a missing contact has a task of its own."""
    found = {one.get("code", "") for one in move.readiness if one.get("level") == "blocker"}
    return tuple(sorted(found & HOLDS_BACK))


def _may_transfer(move: Move) -> bool:
    moved = move.transfer_state in ("verified", "nothing")
    return move.relationship_state in ("accepted", "lost") and not moved


def _goods_count(move: Move) -> bool:
    return _may_transfer(move) or move.closeout_state in ("stays", "parked")


def _grants_count(move: Move) -> bool:
    if move.access_state in ("usable", "degraded"):
        # Looked at again now and then while the move is under way; not between two looks at a running transfer.
        return move.closeout_state == "cleaning" or move.transfer_state in (
            "none",
            "held",
            "failed",
            "stopped",
        )
    return move.closeout_state == "cleaning" or move.access_state not in ("none", "ended")


def _to_clean(moves: Sequence[Move]) -> tuple[set[int], set[int]]:
    """Of moves whose old side is being cleaned: those that moved Azure, and those for whom we hold a first password."""
    if not moves:
        return set(), set()
    azure = Item.objects.filter(move__in=moves, product_type__startswith="Azure")
    azure = azure.filter(state__in=(ItemState.VERIFIED, ItemState.CHANGED))
    return set(azure.values_list("move_id", flat=True)), first_passwords.held_for(moves)


def _notices_count(move: Move) -> bool:
    return (
        move.closeout_state in ("stays", "parked")
        or move.decision_state in ("asked", "delegated", "silent")
        or move.relationship_state == "waiting"
        or move.agreement_state == "issued"
        or move.closeout_state == "cleaning"
    )


def _ids(moves: Sequence[Move], asked: Callable[[Move], bool]) -> list[int]:
    return [move.pk for move in moves if asked(move)]


def _by_move(
    model: type[Model], ids: Sequence[int], order: str = "id", **which: Any
) -> defaultdict[int, list[Any]]:
    out: defaultdict[int, list[Any]] = defaultdict(list)
    if ids:
        sql, others = _statement(connection.vendor, model, len(ids), order, tuple(which.items()))
        rows: Iterable[Any] = model._default_manager.raw(sql, [*ids, *others])
        for row in rows:
            out[row.move_id].append(row)
    return out


@lru_cache(maxsize=1024)
def _statement(
    _vendor: str, model: type[Model], number: int, order: str, which: tuple[tuple[str, Any], ...]
) -> tuple[str, tuple[Any, ...]]:
    """The SQL for so many moves, and its values after their ids: to compile it costs more than to run it."""
    places = tuple(range(-number, 0))
    # Two filters, because one puts its conditions in the order of their names.
    rows = model._default_manager.filter(move_id__in=places).filter(**dict(which)).order_by(order)
    sql, values = rows.defer(*_HEAVY.get(model, ())).query.sql_with_params()
    if tuple(values[:number]) != places:
        raise RuntimeError("The ids do not come first in this statement.")
    return sql, values[number:]


def _reachable(moves: Sequence[Move]) -> set[int]:
    """The customers among these who have a usable contact."""
    if not moves:
        return set()
    rows = Contact.objects.filter(customer__in=[move.customer_id for move in moves], state=Contact.State.OK)
    return set(rows.values_list("customer_id", flat=True))


def _released(wave: Wave | None) -> datetime | None:
    if wave is None or wave.state not in (Wave.State.RUNNING, Wave.State.PAUSED, Wave.State.FINISHED):
        return None
    return wave.release_at


def _paused(move: Move) -> bool:
    wave_paused = move.wave is not None and move.wave.state == Wave.State.PAUSED
    return move.paused or wave_paused or move.programme.state == Programme.State.PAUSED


def _batch(batch: Batch) -> known.Batch:
    return known.Batch(
        number=batch.number,
        state=BatchState(batch.state),
        remote_id=batch.remote_id,
        created_at=batch.created_at,
        accepted_at=batch.accepted_at,
        read_at=batch.read_at,
    )


def _attestation(rows: list[Attestation]) -> known.Attestation | None:
    if not rows:
        return None
    row = rows[-1]
    return known.Attestation(
        status="accepted" if row.accepted_at else row.status,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        read_at=row.read_at,
    )


def _grant(rows: list[Grant], *, alive_first: bool = False) -> known.Grant | None:
    if not rows:
        return None
    row = rows[-1]
    if alive_first:
        row = next((r for r in reversed(rows) if r.status in ("active", "expiring", "approved")), row)
    return known.Grant(
        status=row.status,
        assigned=row.assignment_id,
        created_at=row.created_at,
        read_at=row.read_at,
        failed=row.assignment_status == "error",
    )


def _ended(tasks: list[Task]) -> dict[TaskKind, tuple[TaskOutcome, datetime]]:
    return {
        TaskKind(task.kind): (TaskOutcome(task.outcome), task.ended_at)
        for task in tasks
        if task.state == Task.State.ENDED and task.ended_at is not None
    }


def _uncertain(steps: list[Step], policy: Policy, clock: Clock) -> tuple[known.Uncertain, ...]:
    every = clock.real(policy.settle_every)
    return tuple(
        known.Uncertain(
            step=step.pk,
            kind=StepKind(step.kind),
            batch=step.batch,
            look_at=step.looked_at + every if step.looked_at else (step.outcome_at or step.intent_at),
        )
        for step in steps
        if step.outcome == Step.Outcome.UNKNOWN
    )


def _retries(steps: list[Step]) -> dict[StepKind, datetime]:
    return {
        StepKind(step.kind): step.retry_at
        for step in steps
        if step.outcome == Step.Outcome.NOT_DONE and step.retry_at is not None
    }


def _stopped(tasks: list[Task], steps: list[Step]) -> frozenset[StepKind]:
    """While a review is open, every step that failed without a next try waits for it."""
    reviews = [t for t in tasks if t.state == Task.State.OPEN and t.kind == TaskKind.REVIEW]
    if not reviews:
        return frozenset()
    newest = {step.kind: step for step in steps if step.outcome == Step.Outcome.NOT_DONE}
    failed = {kind for kind, step in newest.items() if step.waits_for_person}
    return frozenset(StepKind(kind) for kind in failed | {t.step for t in reviews if t.step})

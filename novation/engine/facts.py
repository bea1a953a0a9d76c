"""Reads the facts of many moves at once: a constant number of queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from django.db.models import Model

from novation.clock import Clock
from novation.customers.models import Contact
from novation.domain import facts as known
from novation.domain import states
from novation.domain.activity import is_followed
from novation.domain.facts import BatchState
from novation.domain.gdap import most_alive
from novation.domain.policy import Policy
from novation.domain.readiness import HOLDS_BACK
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.moves import pausing
from novation.moves.models import Attestation, Batch, Decision, Grant, Item, Move, Wave
from novation.moves.services import first_passwords
from novation.moves.to_domain import known_item
from novation.notices.models import Notice
from novation.operations.models import Step, Task
from novation.prepared_queries import Prepared

T = TypeVar("T")
#: What no rule looks at and is much to read.
_HEAVY: dict[type[Model], tuple[str, ...]] = {Item: ("baseline", "result"), Step: ("request", "answer")}
#: Real time: no single reading of one customer is repeated more often.
POLL_FLOOR = timedelta(seconds=1.5)


#: What is read together, by what is asked for first.
_PARTS: dict[str, tuple[str, ...]] = {
    "work": ("open_tasks", "ended_tasks", "uncertain", "retry_at", "stopped"),
    "items": ("items",),
    "batches": ("batches",),
    "attestation": ("attestation",),
    "grants": ("grant", "access_requests", "old_grant"),
    "notices": ("notices",),
    "mandate": ("mandate_until",),
    "contact": ("has_contact",),
    "azure": ("azure_moved",),
    "secret": ("secret_held",),
}
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}


class Known:
    """What is known of some moves; rows are read when a question needs them, for all who need them at once.

    Most looks are at a single move, and each query costs more than the rule that it serves.
    """

    def __init__(self, moves: Sequence[Move], clock: Clock) -> None:
        """
        Args:
            moves: with `programme`, `wave` and `customer` loaded.
            clock: turns real periods of the policy into programme time.
        """
        self._clock = clock
        self._moves = {move.pk: move for move in moves}
        policies: dict[int, Policy] = {}
        now = clock.now()
        self._facts: dict[int, known.Facts] = {}
        for move in moves:
            policy = policies.get(move.programme_id) or policies.setdefault(
                move.programme_id, move.programme.policy.not_faster_than(clock.real(POLL_FLOOR))
            )
            self._facts[move.pk] = _of_row(move, policy, now)

    def ask(
        self, question: Callable[[known.Facts], T], only: Collection[int] | None = None
    ) -> dict[int, T | Exception]:
        """Asks the same of each move, and reads what that needs.

        Args:
            question: of the facts of one move.
            only: ids of the moves that are asked for; None asks for all.

        Returns:
            By move its answer, or what the question raised: one move must not stop the others.
        """
        answers: dict[int, T | Exception] = {}
        open_ones = list(self._facts if only is None else only)
        while open_ones:
            wanted: defaultdict[str, list[int]] = defaultdict(list)
            for pk in open_ones:
                try:
                    answers[pk] = question(self._facts[pk])
                except known.NotLoaded as missing:
                    wanted[_PART_OF[missing.name]].append(pk)
                except Exception as error:
                    answers[pk] = error
            for part, ids in wanted.items():
                self._read(part, ids)
            open_ones = [pk for ids in wanted.values() for pk in ids]
        return answers

    def answer(self, move: int, question: Callable[[known.Facts], T]) -> T:
        """Asks it of one move; raises what the question raises."""
        found = self.ask(question, (move,))[move]
        if isinstance(found, Exception):
            raise found
        return found

    def _read(self, part: str, ids: list[int]) -> None:
        values = _READERS[part]([self._moves[pk] for pk in ids], self._clock, self._facts)
        for pk in ids:
            known.fill(self._facts[pk], values[pk])


def load(moves: Sequence[Move], clock: Clock) -> dict[int, known.Facts]:
    """All facts of each move, by its id, for who does not know yet what will be asked.

    Args:
        moves, clock: as for `Known`.
    """
    read = Known(moves, clock)
    for part in _PARTS:
        read._read(part, [move.pk for move in moves])
    return read._facts


def _of_row(move: Move, policy: Policy, now: datetime) -> known.Facts:
    """What stands in the move itself, with its programme and wave."""
    return known.partial(
        _PART_OF,
        policy=policy,
        tracks=move.tracks(),
        since={t: s for t in Track if (s := getattr(move, f"{t}_since")) is not None},
        released_at=_released(move.wave),
        paused=pausing.is_paused(move),
        followed=is_followed(move.programme.activity_read_at, now, policy),
        baseline_at=move.baseline_at,
        blockers=_blockers(move),
        clock_stopped=move.clock_stopped,
        signatory_at=move.signatory_at,
        invitation_known=bool(move.programme.invitation_url),
        relationship_read_at=move.relationship_read_at,
        agreement_read_at=move.agreement_read_at,
        transfers_read_at=move.transfers_read_at,
        foreign_transfer=move.foreign_transfer,
        verified_at=move.verified_at,
        old_side_read_at=move.old_side_read_at,
        left_behind=move.left_behind,
        old_relationship=move.old_relationship,
    )


Values = dict[int, dict[str, Any]]
Reader = Callable[[Sequence[Move], Clock, Mapping[int, known.Facts]], Values]


def _work(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    ids = [move.pk for move in moves]
    tasks = _by_move(Task, ids)
    steps = _by_move(Step, ids, outcome__in=(Step.Outcome.UNKNOWN, Step.Outcome.NOT_DONE))
    return {
        pk: {
            "open_tasks": open_of(tasks[pk]),
            "ended_tasks": ended_of(tasks[pk]),
            "uncertain": uncertain_of(steps[pk], facts[pk].policy, clock),
            "retry_at": retries_of(steps[pk]),
            "stopped": stopped_of(tasks[pk], steps[pk]),
        }
        for pk in ids
    }


def _grants(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    rows = _by_move(Grant, [move.pk for move in moves])
    out: Values = {}
    for move in moves:
        target = [grant for grant in rows[move.pk] if grant.side == "target"]
        source = [grant for grant in rows[move.pk] if grant.side == "source"]
        out[move.pk] = {
            "grant": _grant(target[-1] if target else None),
            "access_requests": len(target),
            "old_grant": _grant(most_alive(source)),
        }
    return out


def _mandates(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    rows = _by_move(Decision, [move.pk for move in moves], kind=Decision.Kind.MANDATE)
    return {
        move.pk: {"mandate_until": rows[move.pk][-1].expires_at if rows[move.pk] else None} for move in moves
    }


def _reachable(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    """Who has a usable contact."""
    rows = Contact.objects.filter(customer__in=[move.customer_id for move in moves], state=Contact.State.OK)
    found = set(rows.values_list("customer_id", flat=True))
    return {move.pk: {"has_contact": move.customer_id in found} for move in moves}


def _azure(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    """Who moved Azure: the old account keeps rights there."""
    rows = Item.objects.filter(move__in=moves, product_type__startswith="Azure")
    found = set(rows.filter(state__in=states.ON_TARGET).values_list("move_id", flat=True))
    return {move.pk: {"azure_moved": move.pk in found} for move in moves}


def _secrets(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
    """For whom we hold a first password."""
    found = first_passwords.held_for(moves)
    return {move.pk: {"secret_held": move.pk in found} for move in moves}


def _rows(name: str, model: type[Model], convert: Callable[[list[Any]], Any], order: str = "id") -> Reader:
    """Reads one fact from the rows of one model."""

    def read(moves: Sequence[Move], clock: Clock, facts: Mapping[int, known.Facts]) -> Values:
        rows = _by_move(model, [move.pk for move in moves], order)
        return {move.pk: {name: convert(rows[move.pk])} for move in moves}

    return read


def _blockers(move: Move) -> tuple[str, ...]:
    """What holds the announcement back; a missing contact has a task of its own."""
    found = {one.get("code", "") for one in move.readiness if one.get("level") == "blocker"}
    return tuple(sorted(found & HOLDS_BACK))


def _by_move(
    model: type[Model], ids: Sequence[int], order: str = "id", **which: Any
) -> defaultdict[int, list[Any]]:
    out: defaultdict[int, list[Any]] = defaultdict(list)
    if ids:
        for row in _rows_of(model, order, tuple(which.items()))(ids):
            out[row.move_id].append(row)
    return out


@lru_cache(maxsize=64)
def _rows_of(model: type[Model], order: str, which: tuple[tuple[str, Any], ...]) -> Prepared[Any]:
    heavy = _HEAVY.get(model, ())
    return Prepared(
        lambda ids: (
            model._default_manager.filter(move_id__in=ids, **dict(which)).order_by(order).defer(*heavy)
        )
    )


def _released(wave: Wave | None) -> datetime | None:
    if wave is None or wave.state not in (Wave.State.RUNNING, Wave.State.PAUSED, Wave.State.FINISHED):
        return None
    return wave.release_at


def _notice(row: Notice) -> known.Notice:
    return known.Notice(purpose=row.purpose, state=row.state, at=row.sent_at or row.queued_at)


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


def _grant(row: Grant | None) -> known.Grant | None:
    if row is None:
        return None
    return known.Grant(
        status=row.status,
        assigned=row.assignment_id,
        created_at=row.created_at,
        read_at=row.read_at,
        failed=row.assignment_status == "error",
    )


def open_of(tasks: list[Task]) -> frozenset[TaskKind]:
    """The kinds of task that are open."""
    return frozenset(TaskKind(task.kind) for task in tasks if task.state == Task.State.OPEN)


def ended_of(tasks: list[Task]) -> dict[TaskKind, tuple[TaskOutcome, datetime]]:
    """By kind of task, how and when the last one ended."""
    return {
        TaskKind(task.kind): (TaskOutcome(task.outcome), task.ended_at)
        for task in tasks
        if task.state == Task.State.ENDED and task.ended_at is not None
    }


def uncertain_of(steps: list[Step], policy: Policy, clock: Clock) -> tuple[known.Uncertain, ...]:
    """Calls without a known outcome."""
    every = clock.real(policy.settle_every)
    return tuple(
        known.Uncertain(
            step=step.pk,
            kind=step.kind,
            batch=step.batch,
            look_at=step.looked_at + every if step.looked_at else (step.outcome_at or step.intent_at),
        )
        for step in steps
        if step.outcome == Step.Outcome.UNKNOWN
    )


def retries_of(steps: list[Step]) -> dict[str, datetime]:
    """By kind of step, when it is tried again."""
    return {
        step.kind: step.retry_at
        for step in steps
        if step.outcome == Step.Outcome.NOT_DONE and step.retry_at is not None
    }


def stopped_of(tasks: list[Task], steps: list[Step]) -> frozenset[str]:
    """While a review is open, every step that failed without a next try waits for it."""
    reviews = [t for t in tasks if t.state == Task.State.OPEN and t.kind == TaskKind.REVIEW]
    if not reviews:
        return frozenset()
    newest = {step.kind: step for step in steps if step.outcome == Step.Outcome.NOT_DONE}
    failed = {kind for kind, step in newest.items() if step.waits_for_person}
    return frozenset(failed | {t.step for t in reviews if t.step})


_READERS: dict[str, Reader] = {
    "work": _work,
    "items": _rows("items", Item, lambda rows: tuple(map(known_item, rows))),
    "batches": _rows("batches", Batch, lambda rows: tuple(map(_batch, rows)), "number"),
    "attestation": _rows("attestation", Attestation, _attestation),
    "grants": _grants,
    "notices": _rows("notices", Notice, lambda rows: tuple(map(_notice, rows))),
    "mandate": _mandates,
    "contact": _reachable,
    "azure": _azure,
    "secret": _secrets,
}

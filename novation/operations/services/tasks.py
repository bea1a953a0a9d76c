"""Work for operators: opened once, leased to one person, given back, closed. Its opener says what its end means."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from novation import clock
from novation.domain.errors import NeedsOperator
from novation.domain.steps import TaskKind, TaskOutcome
from novation.evidence.subject import Subject
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.operations import leases
from novation.operations.models import Approval, Task
from novation.prepared_queries import Prepared

LEASE = timedelta(minutes=20)  # of real time


def open_task(
    subject: Subject,
    kind: TaskKind,
    *,
    why: str,
    now: datetime,
    step: str = "",
    programme: int | None = None,
) -> Task:
    """Opens a task, or returns the one of this kind that is open already. Call inside a transaction.

    Args:
        subject: whose task it is, and the move or operation that it is about.
        kind: what is to be done.
        why: one sentence for whoever takes it.
        now: programme time.
        step: the kind of step that a review holds back.
        programme: id of the programme of the move.
    """
    task, created = Task.objects.get_or_create(
        customer_id=subject.customer,
        move_id=subject.move,
        operation_id=subject.operation,
        kind=str(kind),
        state=Task.State.OPEN,
        defaults={
            "why": why[:400],
            "opened_at": now,
            "step": step,
            "move_reference": subject.move_reference,
            "programme_id": programme,
        },
    )
    if created:
        data = {"task": task.pk, "kind": str(kind), "why": why[:400], "step": step}
        events.record(Tag.TASK_OPENED, at=now, actor="engine", subject=subject, data=data)
    return task


def tasks_of(subject: Subject) -> QuerySet[Task]:
    """The tasks of one move or operation."""
    rows = Task.objects.filter(customer_id=subject.customer, move_id=subject.move)
    if subject.operation is None:
        return rows.filter(operation=None)
    return rows.filter(operation_id=subject.operation)


def _open(subject: Subject) -> list[Task]:
    if subject.move is None or subject.operation is not None:
        return list(tasks_of(subject).filter(state=Task.State.OPEN))
    return _OPEN(subject.customer, subject.move)


_OPEN = Prepared(
    lambda customer, move: Task.objects.filter(
        customer_id=customer, move_id=move, operation=None, state=Task.State.OPEN
    )
)


def cancel_tasks(subject: Subject, kinds: Collection[TaskKind], *, now: datetime, why: str) -> None:
    """Withdraws open tasks of a move or operation that no longer make sense. Call inside a transaction."""
    for task in _open(subject):
        if task.kind not in kinds:
            continue
        task.state, task.ended_at, task.note = Task.State.CANCELLED, now, why
        task.save()
        data = {"task": task.pk, "cancelled": why}
        events.record(Tag.TASK_RELEASED, at=now, actor="engine", subject=subject, data=data)


def lock_task(task_id: int) -> Task:
    """The task, locked for this transaction, as it is now."""
    return Task.objects.select_for_update(of=("self",)).select_related("customer").get(pk=task_id)


def lock_held_task(task_id: int, person: Any, now: datetime) -> Task:
    """The task, locked, if this person holds it now. Call inside a transaction; raises NeedsOperator."""
    task = lock_task(task_id)
    require_open(task)
    if task.holder_id != person.pk or not leases.is_leased(task, now):
        raise NeedsOperator("You do not hold this task (any more). Take it first.")
    return task


def require_open(task: Task) -> None:
    """Raises NeedsOperator when it has ended."""
    if task.state != Task.State.OPEN:
        raise NeedsOperator("This task has ended already.")


def take_lease(task: Task, person: Any, now: datetime) -> None:
    """Leases a locked task to one person for 20 minutes. Call inside a transaction.

    Raises:
        NeedsOperator: somebody else holds it, it has ended, or this person approved it.
    """
    require_open(task)
    if leases.is_leased(task, now) and task.holder_id != person.pk:
        raise NeedsOperator(f"{task.holder} holds this task until {task.lease_until:%H:%M} UTC.")
    if Approval.objects.filter(task=task, person=person).exists():
        raise NeedsOperator("You approved this task; somebody else must do it.")
    if task.holder_id != person.pk:
        task.tenant_checked_at = None
    task.holder, task.lease_until = person, now + clock.clock().real(LEASE)
    task.save()
    data = {"task": task.pk}
    events.record(Tag.TASK_LEASED, at=now, actor=f"operator:{person.pk}", subject=task.subject, data=data)


@transaction.atomic
def extend_lease(task: Task, person: Any, now: datetime) -> Task:
    """Twenty minutes more for the person who holds it."""
    task = lock_held_task(task.pk, person, now)
    task.lease_until = now + clock.clock().real(LEASE)
    task.save(update_fields=["lease_until"])
    return task


@transaction.atomic
def give_back(task: Task, person: Any, now: datetime, reason: str = "") -> Task:
    """Gives the task back to the queue."""
    task = lock_held_task(task.pk, person, now)
    release_lease(task, f"operator:{person.pk}", now, typed=reason)
    return task


def release_lease(task: Task, actor: str, now: datetime, *, why: str = "", typed: str = "") -> None:
    """Ends a lease. `why` is a word of ours; `typed` is a person's, which may name somebody, so it can be erased."""
    task.holder, task.lease_until, task.tenant_checked_at = None, None, None
    task.save()
    data = {"task": task.pk, **({"reason": why} if why else {})}
    personal = {"reason": typed[:200]}
    events.record(Tag.TASK_RELEASED, at=now, actor=actor, subject=task.subject, data=data, personal=personal)


def close_task(task: Task, outcome: TaskOutcome, *, person: Any, now: datetime, note: str = "") -> None:
    """Writes the end of a task and its event. Call inside a transaction."""
    task.state, task.outcome, task.note = Task.State.ENDED, str(outcome), note
    task.ended_at, task.ended_by = now, person
    task.save()
    events.record(
        Tag.TASK_DONE,
        at=now,
        actor=f"operator:{person.pk}",
        subject=task.subject,
        data={"task": task.pk, "kind": task.kind, "outcome": str(outcome)},
        personal={"note": note},
    )

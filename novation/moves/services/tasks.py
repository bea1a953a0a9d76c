"""Tasks within a move: when one may be taken, approved and ended, and what its end does to the move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.domain import states
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import OUTCOMES, TaskKind, TaskOutcome
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.failpoints import failpoint
from novation.moves import pausing
from novation.moves.models import Decision, Move
from novation.moves.services import inventory, task_effects, tracks
from novation.operations.models import Approval, Task
from novation.operations.services import tasks as holds

_SAY_WHY = (TaskOutcome.NOT_DONE, TaskOutcome.UNKNOWN, TaskOutcome.STOP, TaskOutcome.KEPT)
LEASE = holds.LEASE
extend, release, close = holds.extend_lease, holds.give_back, holds.close_task
held = holds.lock_held_task


def open_task(move: Move, kind: TaskKind, *, why: str, now: datetime, step: str = "") -> Task:
    """Opens a task, or returns the one of this kind that is open already. Call inside a transaction."""
    return holds.open_task(move.subject, kind, why=why, now=now, step=step, programme=move.programme_id)


def cancel(move: Move, kinds: Collection[TaskKind], *, now: datetime, why: str) -> None:
    """Withdraws open tasks that no longer make sense. Call inside a transaction."""
    holds.cancel_tasks(move.subject, kinds, now=now, why=why)


def move_of(task: Task) -> Move:
    """The move that a task is about, with its customer, wave and programme."""
    rows = Move.objects.select_related("programme__source", "programme__target", "customer", "wave")
    return rows.get(pk=required_move_id(task))


@transaction.atomic
def take(task: Task, person: Any, now: datetime) -> Task:
    """Leases the task to one person for 20 minutes.

    Raises:
        NeedsOperator: somebody else holds it, it has ended, or the move is paused.
    """
    task = holds.lock_task(task.pk)
    holds.require_open(task)
    if task.kind == TaskKind.ACCEPT and pausing.is_paused(move_of(task)):
        raise NeedsOperator("This move is paused: nothing new is accepted until it is resumed.")
    holds.take_lease(task, person, now)
    return task


@transaction.atomic
def check_tenant(task: Task, person: Any, typed: str, now: datetime) -> bool:
    """The wrong-tenant guard: the customer's first domain (or tenant id), typed by hand from Microsoft's page.

    Returns:
        True when it matches. A wrong word gives the task back and is recorded.
    """
    task = held(task.pk, person, now)
    customer = task.customer
    domain = customer.domain.lower()
    given = typed.strip().lower()
    # Where no domain is on file the tenant id is the only name to compare; nothing never matches.
    names = {domain, domain.removesuffix(".onmicrosoft.com"), customer.tenant_id} - {""}
    right = given in names
    if right:
        task.tenant_checked_at = now
        task.save(update_fields=["tenant_checked_at"])
    else:
        holds.release_lease(task, f"operator:{person.pk}", now, why="the typed domain was another one")
    return right


@transaction.atomic
def approve(task: Task, person: Any, now: datetime) -> Approval:
    """A second person has read the mandate and agrees. It is bound to that mandate.

    Raises:
        NeedsOperator: the person holds the task, or the task needs no approval, or has no valid mandate.
    """
    task = holds.lock_task(task.pk)
    if task.state != Task.State.OPEN or task.kind != TaskKind.ACCEPT:
        raise NeedsOperator("This task needs no approval (any more).")
    if task.holder_id == person.pk:
        raise NeedsOperator("You hold this task; a second person must approve it.")
    mandate = valid_mandate(move_of(task), now)
    if mandate is None:
        raise NeedsOperator("There is no valid mandate.")
    approval, created = Approval.objects.get_or_create(
        task=task, person=person, defaults={"at": now, "decision_id": mandate.pk}
    )
    if not created and approval.decision_id != mandate.pk:
        # The customer gave a new mandate since; the old approval says nothing about it.
        approval.decision_id, approval.at = mandate.pk, now
        approval.save(update_fields=["decision_id", "at"])
        created = True
    if created:
        data = {"task": task.pk, "decision": mandate.pk}
        events.record(
            Tag.TASK_APPROVED, at=now, actor=f"operator:{person.pk}", subject=task.subject, data=data
        )
    return approval


def valid_mandate(move: Move, now: datetime) -> Decision | None:
    """The mandate that counts: the newest decision, if it is one and has not run out."""
    newest = Decision.objects.filter(move=move, kind__in=states.FINAL).first()
    if newest is None or newest.kind != "mandate" or (newest.expires_at and newest.expires_at <= now):
        return None
    return newest


@transaction.atomic
def end(
    task: Task,
    person: Any,
    outcome: TaskOutcome,
    note: str,
    now: datetime,
    contact: tuple[str, str, str] | None = None,
) -> Task:
    """Ends a task with what happened. What was done outside still has to be observed.

    Args:
        task: held by `person`.
        outcome: one of those its kind allows.
        note: what was seen; needed for "not done" and "unknown". No passwords.
        contact: name, e-mail and phone, for "found".

    Raises:
        NeedsOperator: the person does not hold it, or a guard is missing.
        BadInput: the outcome does not fit, or something is missing.
    """
    move = tracks.lock_move(required_move_id(task))
    task = held(task.pk, person, now)
    kind = TaskKind(task.kind)
    if outcome not in OUTCOMES[kind]:
        raise BadInput(f"{outcome} is no outcome of this kind of task.", where="outcome")
    if outcome in _SAY_WHY and not note.strip():
        raise BadInput("Say what you saw.", where="note", remedy="A sentence is enough; no passwords.")
    if kind is TaskKind.ADMIN and outcome is TaskOutcome.DONE:
        raise BadInput(
            "The first password is missing.",
            where="outcome",
            remedy="Use the form for an account that was made.",
        )
    if kind is TaskKind.ACCEPT and outcome is not TaskOutcome.NOT_DONE:
        mandate = valid_mandate(move, now)
        if mandate is None:
            raise NeedsOperator("The mandate is not valid any more. Choose “Not done”.")
        if task.tenant_checked_at is None:
            raise NeedsOperator("The tenant has not been compared. Type its first domain first.")
        approved = task.approvals.filter(decision_id=mandate.pk).exclude(person=person).exists()
        if move.programme.policy.second_approver and not approved:
            raise NeedsOperator("A second person must approve first.")
    task_effects.check(move, kind, outcome, note, now)
    if outcome is TaskOutcome.FOUND:
        if not contact or not contact[1]:
            raise BadInput("An e-mail address is needed.", where="contact_email")
        found = inventory.add_contact(
            move.customer,
            name=contact[0],
            email=contact[1],
            phone=contact[2],
            added_by=f"operator:{person.pk}",
            now=now,
        )
        if found.state != Contact.State.OK:
            # Mail came back from here once, but a person says now that it may be written to.
            found.state = Contact.State.OK
            found.save(update_fields=["state"])
        if kind is TaskKind.SIGNATORY:
            task_effects.name_signatory(move, found, now=now, actor=f"operator:{person.pk}")
    task_effects.carry_out(move, kind, outcome, now=now, actor=f"operator:{person.pk}")
    close(task, outcome, person=person, now=now, note=note)
    tracks.schedule_now(move, at=now)
    failpoint("task-open")
    return task


def required_move_id(task: Task) -> int:
    """The id of the move that it is about; raises NeedsOperator when it is about none."""
    if task.move_id is None:
        raise NeedsOperator("This task belongs to no move.")
    return task.move_id

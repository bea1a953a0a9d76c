"""Work for operators: opened once, leased to one person, approved by a second, ended with an outcome."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from novation import clock
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import OUTCOMES, TaskKind, TaskOutcome
from novation.evidence.tags import Tag
from novation.failpoints import failpoint
from novation.moves.models import Approval, Contact, Decision, Move, Programme, Task, Wave
from novation.moves.services import endings, events, inventory, tracks

LEASE = timedelta(minutes=20)  # of real time
_SAY_WHY = (TaskOutcome.NOT_DONE, TaskOutcome.UNKNOWN, TaskOutcome.STOP, TaskOutcome.KEPT)


def open_task(move: Move, kind: TaskKind, *, why: str, now: datetime, step: str = "") -> Task:
    """Opens a task, or returns the one of this kind that is open already. Call inside a transaction."""
    task, created = Task.objects.get_or_create(
        move=move,
        kind=str(kind),
        state=Task.State.OPEN,
        defaults={"why": why[:400], "opened_at": now, "step": step},
    )
    if created:
        data = {"task": task.pk, "kind": str(kind), "why": why[:400], "step": step}
        events.record(Tag.TASK_OPENED, at=now, actor="engine", move=move, data=data)
    return task


def cancel(move: Move, kinds: Iterable[TaskKind], *, now: datetime, why: str) -> None:
    """Withdraws open tasks that no longer make sense. Call inside a transaction."""
    for task in Task.objects.filter(move=move, state=Task.State.OPEN, kind__in=[str(kind) for kind in kinds]):
        task.state, task.ended_at, task.note = Task.State.CANCELLED, now, why
        task.save()
        events.record(
            Tag.TASK_RELEASED, at=now, actor="engine", move=move, data={"task": task.pk, "cancelled": why}
        )


def _locked(task_id: int) -> Task:
    events.lock_log()
    rows = Task.objects.select_for_update(of=("self",))
    return rows.select_related("move__programme", "move__customer", "move__wave").get(pk=task_id)


def held(task_id: int, person: Any, now: datetime) -> Task:
    """The task, locked, if this person holds it now. Call inside a transaction; raises NeedsOperator."""
    task = _locked(task_id)
    if task.state != Task.State.OPEN:
        raise NeedsOperator("This task has ended already.")
    if task.holder_id != person.pk or task.lease_until is None or task.lease_until <= now:
        raise NeedsOperator("You do not hold this task (any more). Take it first.")
    return task


def paused(move: Move) -> bool:
    """True while the move, its wave or its programme is paused."""
    wave = move.wave is not None and move.wave.state == Wave.State.PAUSED
    return move.paused or wave or move.programme.state == Programme.State.PAUSED


@transaction.atomic
def take(task: Task, person: Any, now: datetime) -> Task:
    """Leases the task to one person for 20 minutes.

    Raises:
        NeedsOperator: somebody else holds it, or it has ended.
    """
    task = _locked(task.pk)
    if task.state != Task.State.OPEN:
        raise NeedsOperator("This task has ended already.")
    if task.kind == TaskKind.ACCEPT and paused(task.move):
        raise NeedsOperator("This move is paused: nothing new is accepted until it is resumed.")
    held = task.holder_id is not None and task.lease_until is not None and task.lease_until > now
    if held and task.holder_id != person.pk:
        raise NeedsOperator(f"{task.holder} holds this task until {task.lease_until:%H:%M} UTC.")
    if Approval.objects.filter(task=task, person=person).exists():
        raise NeedsOperator("You approved this task; somebody else must do it.")
    if task.holder_id != person.pk:
        task.tenant_checked_at = None
    task.holder, task.lease_until = person, now + clock.clock().real(LEASE)
    task.save()
    events.record(
        Tag.TASK_LEASED, at=now, actor=f"operator:{person.pk}", move=task.move, data={"task": task.pk}
    )
    return task


@transaction.atomic
def extend(task: Task, person: Any, now: datetime) -> Task:
    """Twenty minutes more for the person who holds it."""
    task = held(task.pk, person, now)
    task.lease_until = now + clock.clock().real(LEASE)
    task.save(update_fields=["lease_until"])
    return task


@transaction.atomic
def release(task: Task, person: Any, now: datetime, reason: str = "") -> Task:
    """Gives the task back to the queue."""
    task = held(task.pk, person, now)
    _let_go(task, f"operator:{person.pk}", now, said=reason)
    return task


def _let_go(task: Task, actor: str, now: datetime, *, why: str = "", said: str = "") -> None:
    """`why` is a word of ours; `said` is what a person typed, which may name somebody, so it can be erased."""
    task.holder, task.lease_until, task.tenant_checked_at = None, None, None
    task.save()
    data = {"task": task.pk, **({"reason": why} if why else {})}
    personal = {"reason": said[:200]}
    events.record(Tag.TASK_RELEASED, at=now, actor=actor, move=task.move, data=data, personal=personal)


@transaction.atomic
def check_tenant(task: Task, person: Any, typed: str, now: datetime) -> bool:
    """The wrong-tenant guard: the customer's first domain (or tenant id), typed by hand from Microsoft's page.

    Returns:
        True when it matches. A wrong word gives the task back and is recorded.
    """
    task = held(task.pk, person, now)
    customer = task.move.customer
    domain = customer.domain.lower()
    given = typed.strip().lower()
    # Where no domain is on file the tenant id is the only name to compare; nothing never matches.
    names = {domain, domain.removesuffix(".onmicrosoft.com"), customer.tenant_id} - {""}
    right = given in names
    if right:
        task.tenant_checked_at = now
        task.save(update_fields=["tenant_checked_at"])
    else:
        _let_go(task, f"operator:{person.pk}", now, why="the typed domain was another one")
    return right


@transaction.atomic
def approve(task: Task, person: Any, now: datetime) -> Approval:
    """A second person has read the mandate and agrees. It is bound to that mandate.

    Raises:
        NeedsOperator: the person holds the task, or the task needs no approval, or has no valid mandate.
    """
    task = _locked(task.pk)
    if task.state != Task.State.OPEN or task.kind != TaskKind.ACCEPT:
        raise NeedsOperator("This task needs no approval (any more).")
    if task.holder_id == person.pk:
        raise NeedsOperator("You hold this task; a second person must approve it.")
    mandate = valid_mandate(task.move, now)
    if mandate is None:
        raise NeedsOperator("There is no valid mandate.")
    approval, created = Approval.objects.get_or_create(
        task=task, person=person, defaults={"at": now, "decision": mandate}
    )
    if not created and approval.decision_id != mandate.pk:
        # The customer gave a new mandate since; the old approval says nothing about it.
        approval.decision, approval.at = mandate, now
        approval.save(update_fields=["decision", "at"])
        created = True
    if created:
        data = {"task": task.pk, "decision": mandate.pk}
        events.record(Tag.TASK_APPROVED, at=now, actor=f"operator:{person.pk}", move=task.move, data=data)
    return approval


def valid_mandate(move: Move, now: datetime) -> Decision | None:
    """The mandate that counts: the newest decision, if it is one and has not run out."""
    newest = Decision.objects.filter(move=move, kind__in=("mandate", "self", "declined", "withdrawn")).first()
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
    move = tracks.locked(task.move_id)
    if kind is TaskKind.ACCEPT and outcome is not TaskOutcome.NOT_DONE:
        mandate = valid_mandate(move, now)
        if mandate is None:
            raise NeedsOperator("The mandate is not valid any more. Choose “Not done”.")
        if task.tenant_checked_at is None:
            raise NeedsOperator("The tenant has not been compared. Type its first domain first.")
        approved = task.approvals.filter(decision=mandate).exclude(person=person).exists()
        if move.programme.policy.second_approver and not approved:
            raise NeedsOperator("A second person must approve first.")
    endings.check(move, kind, outcome, note, now)
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
            endings.name_signatory(move, found, now=now, actor=f"operator:{person.pk}")
    endings.carry_out(move, kind, outcome, now=now, actor=f"operator:{person.pk}")
    close(task, outcome, person=person, now=now, note=note)
    tracks.wake(move, at=now)
    failpoint("task-open")
    return task


def close(task: Task, outcome: TaskOutcome, *, person: Any, now: datetime, note: str = "") -> None:
    """Writes the end of a task and its event. Call inside a transaction."""
    task.state, task.outcome, task.note = Task.State.ENDED, str(outcome), note
    task.ended_at, task.ended_by = now, person
    task.save()
    events.record(
        Tag.TASK_DONE,
        at=now,
        actor=f"operator:{person.pk}",
        move=task.move,
        data={"task": task.pk, "kind": task.kind, "outcome": str(outcome)},
        personal={"note": note},
    )

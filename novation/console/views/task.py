"""One task: its page, and the acts on it. A refused act shows the page again, with the reason and what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from novation import clock
from novation.console import labels, terms
from novation.console.operators import name_of
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right, rights_of
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import OUTCOMES, TaskKind, TaskOutcome
from novation.moves.selectors import queue
from novation.moves.services import admin_accounts, tasks
from novation.notices import services as notices
from novation.operations import leases
from novation.operations.models import Task

#: Below this many real seconds the lease is shown as ending.
ENDING = 120
#: Kinds with a body of their own.
BODIES = {TaskKind.ACCEPT: "accept", TaskKind.ADMIN: "admin"}
LEASE_SECONDS = tasks.LEASE.total_seconds()


@page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one task."""
    task = queue.task_by_id(pk)
    if task is None:
        return missing(request, _("There is no such task"))
    return render_task(request, task)


def render_task(
    request: HttpRequest, task: Task, *, error: str = "", where: str = "", status: int = 200
) -> HttpResponse:
    """Renders the page; `where` names the field that was filled wrongly."""
    now = clock.now()
    found = queue.work(task, now)
    kind = TaskKind(task.kind)
    mine = found.held_by(request.user, now)
    left = clock.clock().wait(task.lease_until - now) if task.lease_until and found.leased(now) else 0.0
    move = found.move
    needs_second = move.programme.policy.second_approver
    approvals = [one for one in found.approved() if one.person_id != task.holder_id]
    open_now = task.state == Task.State.OPEN
    rights = rights_of(request.user)
    return show(
        request,
        "console/task.html",
        {
            "programme": move.programme,
            "now": now,
            "error": error,
            "where": where,
            "typed": request.POST,
            "task": task,
            "move": move,
            "customer": task.customer,
            "word": labels.TASKS[kind],
            "kind": kind,
            **(terms.panel(move, now) if kind is TaskKind.TERM_END else {}),
            "body": f"console/task_{BODIES.get(kind, 'plain')}.html",
            "account": admin_accounts.newest(move) if kind is TaskKind.ADMIN else None,
            "work": found,
            "open_now": open_now,
            "mine": mine,
            "leased": found.leased(now),
            "holder": name_of(task.holder),
            "left": int(left),
            "left_said": f"{int(left) // 60}:{int(left) % 60:02d}",
            "ending": 0 < left < ENDING,
            "lease_parts": {"doing": int(left), "rest": max(0, int(LEASE_SECONDS - left))},
            "outcomes": [
                (outcome, *labels.OUTCOMES[outcome])
                for outcome in OUTCOMES[kind]
                if (kind, outcome) != (TaskKind.ADMIN, TaskOutcome.DONE)
            ],
            "outcome_word": labels.OUTCOMES[TaskOutcome(task.outcome)][0]
            if task.outcome in set(TaskOutcome)
            else "",
            "steps": [(step, labels.step_label(step.kind)) for step in found.steps],
            **acceptance(task, found, request.user, now, mine=mine, second=needs_second),
            "may_take": open_now and Right.WORK in rights and not found.leased(now),
            "may_approve": open_now
            and kind is TaskKind.ACCEPT
            and Right.APPROVE in rights
            and task.holder_id != request.user.pk
            and found.mandate is not None
            and all(one.person_id != request.user.pk for one in approvals),
        },
        status=status,
    )


def acceptance(
    task: Task, found: queue.Work, person: Any, now: datetime, *, mine: bool, second: bool
) -> dict[str, object]:
    """How far an acceptance task is: each step opens when the one before is proven."""
    checked = task.tenant_checked_at is not None
    approvals = [one for one in found.approved() if one.person_id != task.holder_id]
    approved = bool(approvals) or not second
    proven = [mine, mine and checked, mine and checked and approved]
    grant = found.grant
    return {
        "proven": proven,
        "now_at": next((number for number, done in enumerate(proven, start=1) if not done), 4),
        "checked": checked,
        "second": second,
        "approvals": [(one, name_of(one.person)) for one in approvals],
        "waits_for_second": mine and checked and not approved,
        "ready": all(proven),
        "invitation": found.move.programme.invitation_url,
        "access_url": access_url(grant.remote_id) if grant and grant.status == "approvalPending" else "",
    }


def access_url(remote_id: str) -> str:
    """Microsoft's page on which a customer's admin approves a GDAP request (page gdap-approve-partner)."""
    place = "/AdminPortal/Home#/partners/invitation/granularAdminRelationships/"
    return f"{settings.NOVATION_ADMIN_URL}{place}{remote_id}"


def _do(
    request: HttpRequest, pk: int, deed: Callable[[Task, datetime], str], *, after: str = "task"
) -> HttpResponse:
    """Does one act on a task and goes back by GET; what a service refuses is shown on the page."""
    task = queue.task_by_id(pk)
    if task is None:
        return missing(request, _("There is no such task"))
    try:
        said = deed(task, clock.now())
    except REFUSALS as error:
        fresh = queue.task_by_id(pk) or task
        where = error.where if isinstance(error, BadInput) else ""
        status = 422 if isinstance(error, BadInput) else 409
        return render_task(request, fresh, error=sentence(error), where=where, status=status)
    messages.success(request, said)
    place = reverse("console:task", args=[pk]) if after == "task" else reverse("console:tasks")
    return redirect(place)


@act(Right.WORK)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the task for 20 minutes. Pressed twice it is taken once."""

    def deed(task: Task, now: datetime) -> str:
        if task.holder_id != request.user.pk or not leases.is_leased(task, now):
            tasks.take(task, request.user, now)
        return _("The task is yours for 20 minutes.")

    return _do(request, pk, deed)


@act(Right.WORK)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the task back; field `reason`."""

    def deed(task: Task, now: datetime) -> str:
        tasks.release(task, request.user, now, request.POST.get("reason", "").strip())
        return _("The task is back in the queue.")

    return _do(request, pk, deed, after="queue")


@act(Right.WORK)
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Twenty minutes more."""

    def deed(task: Task, now: datetime) -> str:
        tasks.extend(task, request.user, now)
        return _("Twenty minutes more.")

    return _do(request, pk, deed)


@act(Right.WORK)
def tenant(request: HttpRequest, pk: int) -> HttpResponse:
    """The wrong-tenant guard; field `typed`."""

    def deed(task: Task, now: datetime) -> str:
        typed = request.POST.get("typed", "").strip()
        if not typed:
            raise BadInput(_("Type the domain first."), where="typed")
        if not tasks.check_tenant(task, request.user, typed, now):
            raise NeedsOperator(
                _(
                    "You typed “{typed}”, which is not this customer’s first domain. The task is back in the "
                    "queue and this was recorded. Look at the top right of Microsoft’s page before you continue."
                ).format(typed=typed[:100])
            )
        return _("The tenant is the right one.")

    return _do(request, pk, deed)


@act(Right.APPROVE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees, having read the mandate."""

    def deed(task: Task, now: datetime) -> str:
        tasks.approve(task, request.user, now)
        return _("Approved. Somebody else does the work.")

    return _do(request, pk, deed)


@act(Right.WORK)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the task; fields `outcome`, `note`, `contact_name`, `contact_email`, `contact_phone`."""

    def deed(task: Task, now: datetime) -> str:
        outcome = request.POST.get("outcome", "")
        if outcome not in set(TaskOutcome):
            raise BadInput(_("Choose what happened."), where="outcome")
        given = tuple(request.POST.get(f"contact_{part}", "").strip() for part in ("name", "email", "phone"))
        contact = (given[0], given[1], given[2]) if any(given) else None
        note = request.POST.get("note", "").strip()
        if task.kind == TaskKind.ADMIN and outcome == TaskOutcome.NOT_DONE:
            admin_accounts.give_up(task, request.user, note, now)
        else:
            tasks.end(task, request.user, TaskOutcome(outcome), note, now, contact)
        return _("Task ended: {word}. Thank you.").format(word=labels.OUTCOMES[TaskOutcome(outcome)][0])

    return _do(request, pk, deed, after="queue")


@act(Right.WORK)
def admin(request: HttpRequest, pk: int) -> HttpResponse:
    """An administrator account was made; fields `username`, `password`, `forced_change`."""

    def deed(task: Task, now: datetime) -> str:
        notices.account_made(
            task,
            request.user,
            username=request.POST.get("username", "").strip()[:254],
            password=request.POST.get("password", "").strip()[:256],
            forced_change=request.POST.get("forced_change") == "yes",
            now=now,
        )
        return _("The account is on record. Call the customer and read a code out, when it asks for it.")

    return _do(request, pk, deed, after="queue")


@act(Right.WORK)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers the customer's question, which ends the task; field `text`."""

    def deed(task: Task, now: datetime) -> str:
        if task.state != Task.State.OPEN or task.kind != TaskKind.ANSWER:
            raise NeedsOperator(_("This question is answered already."))
        if leases.is_leased(task, now) and task.holder_id != request.user.pk:
            raise NeedsOperator(_("{name} is answering this question.").format(name=name_of(task.holder)))
        notices.answer(
            move=tasks.move_of(task), text=request.POST.get("text", ""), person=request.user, now=now
        )
        return _("The answer is on its way to the customer.")

    return _do(request, pk, deed, after="queue")

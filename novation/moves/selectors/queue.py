"""The operators' queue: open tasks, one task, and the evidence that a task needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from novation.customers.models import Contact
from novation.domain.steps import TaskKind
from novation.moves.models import Decision, Grant, Message, Move, Programme, SignedDocument, Wave
from novation.moves.selectors.home import of_programme
from novation.moves.services.tasks import move_of, valid_mandate
from novation.operations import leases
from novation.operations.models import Approval, Step, Task

#: The newest mandate of a task's customer; an approval counts only for the mandate that it was given for.
MANDATE = Subquery(
    Decision.objects.filter(move=OuterRef("move_id"), kind="mandate").order_by("-id").values("pk")[:1]
)
#: Counted for the tasks that are shown, not for all of them to be sorted.
APPROVED = Coalesce(
    Subquery(
        Approval.objects.filter(task=OuterRef("pk"), decision_id=OuterRef("mandate"))
        .order_by()
        .values("task")
        .annotate(n=Count("pk"))
        .values("n")
    ),
    0,
)
#: Which of the open tasks; by the word that stands in the address.
SHOW = ("", "free", "mine", "approval")


def open_tasks(
    programme: Programme, person: Any, now: datetime, *, kind: TaskKind | None = None, show: str = ""
) -> QuerySet[Any]:
    """Open tasks, the oldest first, each with `approved`, its number of approvals.

    Args:
        person: who asks; "mine" are the tasks this person holds, "approval" those it may approve.
        kind: only this kind.
        show: free, mine or approval; empty for all.
    """
    tasks = (
        Task.objects.filter(of_programme(programme, "programme_id"), state=Task.State.OPEN)
        .select_related("customer", "holder")
        .annotate(mandate=MANDATE)
        .annotate(approved=APPROVED)
        .order_by("opened_at", "id")
    )
    if kind is not None:
        tasks = tasks.filter(kind=str(kind))
    held = Q(holder__isnull=False) & leases.leased(now)
    if show == "free":
        tasks = tasks.exclude(held)
    elif show == "mine":
        tasks = tasks.filter(held, holder=person)
    elif show == "approval":
        if not programme.policy.second_approver:
            return tasks.none()
        tasks = tasks.filter(kind=str(TaskKind.ACCEPT), approved=0).exclude(held & Q(holder=person))
    return tasks


def waves_of(tasks: Iterable[Task]) -> dict[int | None, Wave | None]:
    """The wave of the move of each task, by the id of the move; one question for all."""
    moves = Move.objects.filter(pk__in=[task.move_id for task in tasks]).select_related("wave")
    return {move.pk: move.wave for move in moves}


def counts(programme: Programme, person: Any, now: datetime) -> dict[str, int]:
    """Open tasks per kind, and the free ones, mine, and those that wait for a second person."""
    held = Q(holder__isnull=False) & leases.leased(now)
    rows = (
        Task.objects.filter(of_programme(programme, "programme_id"), state=Task.State.OPEN)
        .order_by()
        .values("kind")
        .annotate(
            n=Count("id"), held=Count("id", filter=held), mine=Count("id", filter=held & Q(holder=person))
        )
    )
    found = {"": 0, "free": 0, "mine": 0, **{str(kind): 0 for kind in TaskKind}}
    for row in rows:
        found[row["kind"]] = row["n"]
        found[""] += row["n"]
        found["free"] += row["n"] - row["held"]
        found["mine"] += row["mine"]
    found["approval"] = approvals_wanted(programme, person, now)[0]
    return found


def papers_to_judge(programme: Programme, person: Any) -> list[SignedDocument]:
    """Signed papers that wait for a second person, the oldest first, without those that this person filed."""
    rows = SignedDocument.objects.filter(move__programme=programme, state=SignedDocument.State.WAITING)
    return list(
        rows.exclude(uploaded_by=person).select_related("move__customer").order_by("uploaded_at", "id")
    )


def approvals_wanted(programme: Programme, person: Any, now: datetime) -> tuple[int, datetime | None]:
    """How many acceptance tasks wait for a second person other than their holder, and since when."""
    waiting = open_tasks(programme, person, now, show="approval")
    moments = list(waiting.values_list("opened_at", flat=True))
    return len(moments), min(moments, default=None)


def next_task(programme: Programme, person: Any, now: datetime) -> Task | None:
    """The task to work on next: one that this person holds, else the oldest free one it did not approve."""
    mine: Task | None = open_tasks(programme, person, now, show="mine").first()
    if mine is not None:
        return mine
    free = open_tasks(programme, person, now, show="free").exclude(approvals__person=person)
    oldest: Task | None = free.first()
    return oldest


@dataclass(frozen=True)
class Work:
    """One task with all that its page shows."""

    task: Task
    move: Move
    mandate: Decision | None
    approvals: Sequence[Approval]
    contacts: Sequence[Contact]
    messages: Sequence[Message]
    grant: Grant | None
    steps: Sequence[Step]

    def held_by(self, person: Any, now: datetime) -> bool:
        """True while this person's lease runs."""
        return self.task.holder_id == person.pk and self.leased(now)

    def leased(self, now: datetime) -> bool:
        """True while anybody's lease runs."""
        return self.task.holder_id is not None and leases.is_leased(self.task, now)

    def approved(self) -> Sequence[Approval]:
        """Approvals that are bound to the mandate that counts now."""
        if self.mandate is None:
            return []
        return [one for one in self.approvals if one.decision_id == self.mandate.pk]


def task_by_id(pk: int) -> Task | None:
    """A task with its move, customer and accounts; None when there is none of this number."""
    return (
        Task.objects.select_related(
            "customer",
            "holder",
            "ended_by",
        )
        .filter(pk=pk)
        .first()
    )


def work(task: Task, now: datetime) -> Work:
    """Reads what the page of a task needs."""
    move = move_of(task)
    steps = Step.objects.filter(move_id=move.pk).exclude(error="").order_by("-id")
    if task.step:
        steps = steps.filter(kind=task.step)
    return Work(
        task=task,
        move=move,
        mandate=valid_mandate(move, now),
        approvals=list(task.approvals.select_related("person").order_by("at")),
        contacts=list(Contact.objects.filter(customer=move.customer_id)),
        messages=list(Message.objects.filter(move=move)),
        grant=Grant.objects.filter(move=move, side="target").first(),
        steps=list(steps[:5]),
    )

"""Everything about one customer's move, for one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from novation.customers.models import Contact
from novation.domain.facts import ItemState
from novation.domain.steps import is_write, kinds
from novation.evidencelog.models import Event
from novation.evidencelog.selectors.entries import Entry
from novation.moves.models import Attestation, Batch, Decision, Grant, Item, Message, Move, SignedDocument
from novation.operations.models import Approval, Step, Task

#: Groups of tags by which the timeline can be narrowed: the part before the colon.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "people": ("decision", "paper", "task", "code", "page", "mandate", "identity", "operator"),
    "calls": ("step", "transfer", "item", "relationship", "agreement", "access", "old-side", "customer"),
    "mail": ("notice", "link", "receipt"),
}


def by_reference(reference: str) -> Move | None:
    """The move with its customer, wave and programme; None when there is none of this reference.

    The reference of a customer stands for its newest move.
    """
    return (
        Move.objects.select_related("customer", "wave", "programme__source", "programme__target")
        .filter(Q(reference=reference) | Q(customer__reference=reference))
        .order_by("-pk")
        .first()
    )


@dataclass(frozen=True)
class Details:
    """What one page shows of a move beside its own row."""

    contacts: Sequence[Contact]
    decisions: Sequence[Decision]
    tasks: Sequence[Task]
    messages: Sequence[Message]
    items: Sequence[Item]
    batches: Sequence[Batch]
    attestation: Attestation | None
    grants: Sequence[Grant]
    steps: Sequence[Step]
    step_count: int
    papers: Sequence[SignedDocument] = ()

    @property
    def decision(self) -> Decision | None:
        """The newest one."""
        return self.decisions[0] if self.decisions else None

    def grant(self, side: str) -> Grant | None:
        """The newest delegated admin relationship of one side."""
        return next((grant for grant in self.grants if grant.side == side), None)


def details(move: Move, *, steps: int = 25) -> Details:
    """Reads all that the page shows, each kind with one query.

    Args:
        steps: how many of the newest calls; readings that went well are left out, writes never.
    """
    approvals = Prefetch("approvals", Approval.objects.select_related("person"))
    calls = noteworthy_steps(move)
    return Details(
        contacts=list(Contact.objects.filter(customer=move.customer_id)),
        decisions=list(Decision.objects.filter(move=move).select_related("contact")),
        tasks=list(
            Task.objects.filter(move_id=move.pk)
            .select_related("holder", "ended_by")
            .prefetch_related(approvals)
            .order_by("-opened_at", "-id")
        ),
        messages=list(Message.objects.filter(move=move)),
        items=list(Item.objects.filter(move=move).select_related("batch")),
        batches=list(Batch.objects.filter(move=move).annotate(size=Count("items"))),
        attestation=Attestation.objects.filter(move=move).first(),
        grants=list(Grant.objects.filter(move=move)),
        steps=list(calls.order_by("-id")[:steps]),
        step_count=calls.count(),
        papers=list(
            SignedDocument.objects.filter(move=move).select_related("uploaded_by", "judged_by", "contact")
        ),
    )


def noteworthy_steps(move: Move) -> QuerySet[Step]:
    """All calls but readings that simply went well: those are many and say nothing that the tracks do not."""
    quiet = [kind for kind in kinds() if not is_write(kind)]
    return Step.objects.filter(move_id=move.pk).exclude(kind__in=quiet, outcome=Step.Outcome.DONE)


@dataclass(frozen=True)
class Timeline:
    """A page of events, the newest first."""

    entries: Sequence[Entry]
    counts: dict[str, int]
    older: int | None


def timeline(move: Move, *, show: str = "", before: int | None = None, limit: int = 30) -> Timeline:
    """Events of a move.

    Args:
        show: people, calls or mail; empty for all.
        before: only events with a smaller number in the log than this.
        limit: how many at once.
    """
    numbers: dict[str, int] = {"": 0}
    tags = Event.objects.filter(move_id=move.pk).order_by().values_list("tag").annotate(n=Count("seq"))
    for tag, number in tags:
        numbers[""] += number
        for name, subjects in SUBJECTS.items():
            if tag.partition(":")[0] in subjects:
                numbers[name] = numbers.get(name, 0) + number
    events = Event.objects.filter(move_id=move.pk).order_by("-seq")
    if show in SUBJECTS:
        wanted = [tag for tag, _ in tags if tag.partition(":")[0] in SUBJECTS[show]]
        events = events.filter(tag__in=wanted)
    if before is not None:
        events = events.filter(seq__lt=before)
    found = list(events[: limit + 1])
    older = found[limit - 1].seq if len(found) > limit else None
    return Timeline([Entry(event, json.loads(bytes(event.body))) for event in found[:limit]], numbers, older)


def sums(items: Sequence[Item]) -> dict[str, int | None]:
    """Seats on both sides and how many subscriptions are proven; None for a side that was not read."""
    present = [item for item in items if item.state != ItemState.GONE]
    moved = [item for item in present if item.result is not None]
    new = sum(int(item.result.get("quantity", 0)) for item in moved if item.result) if moved else None
    return {
        "old": sum(item.quantity for item in present) if present else None,
        "new": new,
        "verified": sum(1 for item in present if item.state == ItemState.VERIFIED),
        "all": len(present),
    }


def open_tasks(found: Details) -> list[Task]:
    """The tasks that are still open, the oldest first."""
    return [task for task in reversed(found.tasks) if task.state == Task.State.OPEN]


def read_moments(move: Move) -> dict[str, datetime | None]:
    """When each side was last read for this customer."""
    return {
        "baseline": move.baseline_at,
        "new": max(
            (
                at
                for at in (move.relationship_read_at, move.transfers_read_at, move.verified_at)
                if at is not None
            ),
            default=None,
        ),
    }

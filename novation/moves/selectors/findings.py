"""Findings: what only a person can judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from novation.domain import states
from novation.domain.steps import TaskKind
from novation.moves.models import Item, Programme, UnexpectedCustomer
from novation.moves.selectors.home import of_programme, unknown_steps
from novation.operations.models import Step, Task


@dataclass(frozen=True)
class Findings:
    """All open findings of a programme, each kind with its newest first."""

    items: Sequence[Item]
    steps: Sequence[Step]
    reviews: Sequence[Task]
    strangers: Sequence[UnexpectedCustomer]
    more_items: bool
    more_steps: bool


def findings(programme: Programme, *, limit: int = 100) -> Findings:
    """Subscriptions that differ or are in both or neither account, unknown outcomes, and failures to judge."""
    items = (
        Item.objects.filter(of_programme(programme), state__in=states.ODD)
        .select_related("move__customer")
        .order_by("state", "id")[: limit + 1]
    )
    steps = unknown_steps(programme).select_related("customer").order_by("intent_at")[: limit + 1]
    reviews = (
        Task.objects.filter(
            of_programme(programme, "programme_id"), state=Task.State.OPEN, kind=str(TaskKind.REVIEW)
        )
        .select_related("customer", "holder")
        .order_by("opened_at")[:limit]
    )
    strangers = (
        UnexpectedCustomer.objects.filter(account=programme.target, gone_at=None)
        .exclude(state=UnexpectedCustomer.State.BEFORE)
        .select_related("move__customer", "judged_by")
        .order_by("-state", "-seen_at")[:limit]
    )
    found_items, found_steps = list(items), list(steps)
    return Findings(
        found_items[:limit],
        found_steps[:limit],
        list(reviews),
        list(strangers),
        len(found_items) > limit,
        len(found_steps) > limit,
    )

"""What engines do not know or cannot go on with: calls without an outcome, and moves that fail again and again."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from novation.moves.models import Move
from novation.operations.models import Operation, Step


def uncertain(*, now: datetime) -> QuerySet[Step]:
    """Calls without a known outcome, except those that a living engine is making right now."""
    move = Move.objects.filter(pk=OuterRef("move_id"), lease_until__gt=now)
    operation = Operation.objects.filter(pk=OuterRef("operation_id"), lease_until__gt=now)
    open_ones = Q(outcome=Step.Outcome.OPEN) & ~Exists(move) & ~Exists(operation)
    return Step.objects.filter(Q(outcome=Step.Outcome.UNKNOWN) | open_ones)


def poisoned() -> QuerySet[Move]:
    """Customers whose rules or record fail again and again; the engine puts them off, longer each time."""
    return (
        Move.objects.filter(consecutive_errors__gt=0)
        .select_related("customer")
        .order_by("-consecutive_errors", "id")
    )

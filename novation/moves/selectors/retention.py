"""Whose people are due to be erased, and what was erased so far."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from novation.domain.stage import ENDED
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme


def due(programme: Programme, *, now: datetime) -> QuerySet[Move]:
    """Moves that ended longer ago than the policy keeps people, and were not erased; `ended_at` says when.

    Args:
        programme: whose policy counts.
        now: programme time.
    """
    mine = Event.objects.filter(move_id=OuterRef("pk"))
    # A move that has ended went to its last stage when it ended; one that never had another, with its last entry.
    changed = mine.filter(tag=Tag.MOVE_STAGE_CHANGED).order_by("-number").values("at")[:1]
    last = Coalesce(Subquery(changed), Subquery(mine.order_by("-number").values("at")[:1]))
    ended = Move.objects.filter(programme=programme, stage__in=ENDED).annotate(ended_at=last)
    left = ended.exclude(Exists(mine.filter(tag=Tag.LOG_ERASED)))
    return (
        left.filter(ended_at__lte=now - programme.policy.keep_people)
        .select_related("customer")
        .order_by("ended_at", "pk")
    )


@dataclass(frozen=True)
class Erased:
    """One erasure on record."""

    event: Event
    values: int
    documents: int
    reason: str


def erasures(*, before: int | None = None, limit: int = 50) -> tuple[list[Erased], int | None]:
    """What was erased, the newest first, and the number to go on from; None at the end."""
    rows = Event.objects.filter(tag=Tag.LOG_ERASED).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = list(rows[: limit + 1])
    older = found[limit - 1].seq if len(found) > limit else None
    return [_erased(event) for event in found[:limit]], older


def _erased(event: Event) -> Erased:
    data = json.loads(bytes(event.body))["data"]
    gone = data.get("erased", {})
    values = sum(len(one["fields"]) for one in gone.get("personal", []))
    return Erased(event, values, len(gone.get("documents", [])), data.get("reason", ""))

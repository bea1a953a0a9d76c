"""Changes the tracks of a move: checked against their tables, and explained by one event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from novation.domain.tracks import Track, check_change
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.evidencelog.services import events
from novation.moves.models import Move


@transaction.atomic
def change(
    move: Move,
    sets: Mapping[Track, str],
    *,
    tag: Tag,
    at: datetime,
    actor: str,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    documents: Sequence[Document] = (),
) -> Event:
    """Sets tracks, derives the stage, and writes the one event that says why.

    Args:
        move: the move; saved whole, so the caller may have set other fields of it.
        sets: the new state per track; one that is there already is left alone.
        tag, at, actor, data, personal, documents: of the event.

    Raises:
        IllegalTransition: a track may not go there from where it is.
    """
    changes: dict[str, list[str]] = {}
    for track, new in sets.items():
        old = move.track(track)
        if old != new:
            check_change(track, old, new)
            setattr(move, f"{track}_state", new)
            setattr(move, f"{track}_since", at)
            changes[str(track)] = [old, new]
    values = dict(data or {})
    if changes:
        values["tracks"] = changes
    event = events.record(
        tag, at=at, actor=actor, subject=move.subject, data=values, personal=personal, documents=documents
    )
    stage = move.derive_stage()
    if stage != move.stage:
        events.record(
            Tag.MOVE_STAGE_CHANGED,
            at=at,
            actor=actor,
            subject=move.subject,
            data={"from": move.stage, "to": str(stage)},
        )
        move.stage = stage
    move.save()
    return event


def wake(move: Move, *, at: datetime) -> None:
    """Makes the engine look at this move at once. Nothing changes but the time of the next look."""
    if move.closeout_state != "closed":
        move.due_at, move.due_class = at, ""
        Move.objects.filter(pk=move.pk).update(due_at=at, due_class="")


def locked(move_id: int) -> Move:
    """The move, locked for this transaction, as it is now. Call inside a transaction."""
    events.lock_log()
    return _rows().get(pk=move_id)


def locked_all(move_ids: Collection[int]) -> dict[int, Move]:
    """Like `locked` for several moves, by id: one question instead of many."""
    events.lock_log()
    return {move.pk: move for move in _rows().filter(pk__in=move_ids).order_by("pk")}


def _rows() -> QuerySet[Move]:
    rows = Move.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "programme__source", "programme__target", "wave")

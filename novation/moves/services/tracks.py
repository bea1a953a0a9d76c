"""Changes the tracks of a move: checked against their tables, and explained by one event.

Rows are locked in one order, so that nobody waits for who waits for him: moves in the order of their ids, then the
wave, then the programme, then what belongs to a move (tasks, notices, accounts), then the log, which `events` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from novation.domain.tracks import Track, check_change
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events
from novation.moves.models import Move, Programme, Wave
from novation.prepared_queries import Prepared


@transaction.atomic
def transition(
    move: Move,
    sets: Mapping[Track, str],
    *,
    tag: Tag,
    at: datetime,
    actor: str,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    documents: Sequence[Document] = (),
) -> None:
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
    events.record(
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


def schedule_now(move: Move, *, at: datetime) -> None:
    """Makes the engine look at this move at once. Nothing changes but the time of the next look."""
    if move.closeout_state != "closed":
        move.due_at, move.due_class = at, ""
        Move.objects.filter(pk=move.pk).update(due_at=at, due_class="")


def lock_move(move_id: int) -> Move:
    """The move, locked for this transaction, as it is now. Call inside a transaction."""
    found = _LOCKED([move_id])
    if not found:
        raise Move.DoesNotExist(f"There is no move {move_id}.")
    return found[0]


def locked_if_free(move_id: int) -> Move | None:
    """Like `lock_move`, but None when somebody else has locked it: for who holds a row that is locked after moves."""
    skip = connection.features.has_select_for_update_skip_locked
    return _rows(skip_locked=skip).filter(pk=move_id).first()


def lock_moves_by_id(move_ids: Collection[int]) -> dict[int, Move]:
    """Like `lock_move` for several moves, by id. What many of them share is read, and there, once."""
    if len(move_ids) < 2:
        return {pk: lock_move(pk) for pk in move_ids}
    found = _LOCKED_ALONE(sorted(move_ids))
    programmes = {one.pk: one for one in _PROGRAMMES(sorted({move.programme_id for move in found}))}
    in_waves = sorted({move.wave_id for move in found if move.wave_id is not None})
    waves = {one.pk: one for one in _WAVES(in_waves)} if in_waves else {}
    for move in found:
        move.programme = programmes[move.programme_id]
        if move.wave_id is not None:
            move.wave = waves[move.wave_id]
    return {move.pk: move for move in found}


def lock_moves(moves: QuerySet[Move]) -> None:
    """Locks these moves in the order of their ids, for who then changes all of them. Call inside a transaction."""
    if connection.features.has_select_for_update:
        list(moves.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def wake_free(moves: QuerySet[Move], *, at: datetime) -> None:
    """Makes the engine look at these moves, without waiting for anybody who holds one of them.

    For who holds a move himself. Whoever has locked one of the others looks at it anyway.
    """
    if connection.features.has_select_for_update_skip_locked:
        free = moves.order_by("pk").select_for_update(of=("self",), skip_locked=True)
        moves = Move.objects.filter(pk__in=list(free.values_list("pk", flat=True)))
    moves.update(due_at=at)


def _rows(*, skip_locked: bool = False) -> QuerySet[Move]:
    rows = Move.objects.select_for_update(of=("self",), skip_locked=skip_locked)
    return rows.select_related("customer", "programme__source", "programme__target", "wave")


_LOCKED = Prepared(lambda ids: _rows().filter(pk__in=ids))
_LOCKED_ALONE = Prepared(
    lambda ids: (
        Move.objects.filter(pk__in=ids)
        .select_for_update(of=("self",))
        .select_related("customer")
        .order_by("pk")
    )
)
_PROGRAMMES = Prepared(lambda ids: Programme.objects.filter(pk__in=ids).select_related("source", "target"))
_WAVES = Prepared(lambda ids: Wave.objects.filter(pk__in=ids))

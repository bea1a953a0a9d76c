"""Wishes of people: a page never calls Microsoft, it asks the engine to look."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.domain import states
from novation.moves.models import Move
from novation.moves.services import tracks


@transaction.atomic
def look_now(move: Move, *, now: datetime) -> None:
    """Asks the engine to read again what is waited for: relationship, agreement and access.

    Nothing is written to the log, since nothing has happened; the reading that follows speaks for itself.
    """
    fresh = tracks.lock_move(move.pk)
    if fresh.relationship_state in states.PERHAPS_ACCEPTED:
        fresh.relationship_read_at = None
        fresh.save(update_fields=["relationship_read_at"])
    newest = fresh.attestations.first()
    if newest is not None and fresh.agreement_state == "issued":
        newest.read_at = None
        newest.save(update_fields=["read_at"])
    if fresh.access_state in states.PERHAPS_APPROVED:
        fresh.grants.filter(side="target").update(read_at=None)
    tracks.schedule_now(fresh, at=now)

"""What is left on the source after a move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novation.evidence.tags import Tag
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Move
from novation.moves.services.observed import access


def reading(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """Subscriptions, access and relationship that the source still has with this customer."""
    move.old_side_read_at = now
    gone = not value["present"]
    if gone and move.old_relationship:
        events.record(
            Tag.OLD_SIDE_RELATIONSHIP_REMOVED,
            at=now,
            actor="engine",
            subject=move.subject,
            data={"account": "source"},
            documents=reading_documents.kept(value, at=now),
        )
    move.old_relationship = not gone
    move.left_behind = value["left"]
    access.old_grants(move, value["grants"], now=now)
    move.save()


def removed(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """The removal was answered; the old side is read again before it is believed."""
    move.old_side_read_at = None
    move.save()

"""What is left on the source after a move."""

from __future__ import annotations

from datetime import datetime

from novation.domain.answers import Answer, OldSideRead
from novation.evidence.tags import Tag
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Move
from novation.moves.services.observed import access


def reading(move: Move, read: OldSideRead, *, now: datetime) -> None:
    """Subscriptions, access and relationship that the source still has with this customer."""
    move.old_side_read_at = now
    gone = not read.present
    if gone and move.old_relationship:
        events.record(
            Tag.OLD_SIDE_RELATIONSHIP_REMOVED,
            at=now,
            actor="engine",
            subject=move.subject,
            data={"account": "source"},
            documents=reading_documents.kept(read, at=now),
        )
    move.old_relationship = not gone
    move.left_behind = read.left
    access.old_grants(move, read.grants, now=now)
    move.save()


def removed(move: Move, answer: Answer, *, now: datetime) -> None:
    """The removal was answered; the old side is read again before it is believed."""
    move.old_side_read_at = None
    move.save()

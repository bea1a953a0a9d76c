"""The reseller relationship with the target, and the invitation that asks for it."""

from __future__ import annotations

from datetime import datetime

from novation.domain.answers import InvitationRead, RelationshipRead
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Move, Programme
from novation.moves.services import tasks, tracks


def invitation(move: Move, read: InvitationRead, *, now: datetime) -> None:
    """The link is the same for every customer, so it is kept with the programme."""
    programme = Programme.objects.select_for_update(no_key=True).get(pk=move.programme_id)
    if programme.invitation_url != read.url:
        programme.invitation_url = read.url
        programme.save(update_fields=["invitation_url"])
        events.record(
            Tag.RELATIONSHIP_INVITED, at=now, actor="engine", data={"target": programme.target.tenant_id}
        )
    move.programme.invitation_url = read.url


def relationship(move: Move, read: RelationshipRead, *, now: datetime) -> None:
    """The customer is, or is not, in the target's list (`relationshipToPartner` of the customer resource)."""
    move.relationship_read_at = now
    present = read.present
    if present and move.relationship_state != "accepted":
        tasks.cancel(
            move, (TaskKind.ACCEPT, TaskKind.HELP), now=now, why="the new account shows the customer already"
        )
        tracks.transition(
            move,
            {Track.RELATIONSHIP: "accepted"},
            tag=Tag.RELATIONSHIP_OBSERVED,
            at=now,
            actor="engine",
            data={"account": "target", "by": read.by or "reading"},
            documents=reading_documents.kept(read, at=now),
        )
    elif not present and move.relationship_state == "accepted":
        tracks.transition(
            move,
            {Track.RELATIONSHIP: "lost"},
            tag=Tag.RELATIONSHIP_LOST,
            at=now,
            actor="engine",
            data={"account": "target"},
            documents=reading_documents.kept(read, at=now),
        )
    else:
        move.save()

"""Delegated admin rights (GDAP) of the target, and the end of those of the source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.moves.models import Grant, Move
from novation.moves.services import events, readings, tracks

_ENDED = frozenset({"terminated", "terminating", "terminationRequested"})


def _grant(move: Move, side: str, value: Mapping[str, Any], now: datetime) -> Grant:
    grant, _ = Grant.objects.update_or_create(
        side=side,
        remote_id=value["id"],
        defaults={
            "move": move,
            "status": value["status"],
            "ends_at": value.get("ends_at"),
            "read_at": now,
        },
        create_defaults={
            "move": move,
            "status": value["status"],
            "ends_at": value.get("ends_at"),
            "read_at": now,
            "created_at": now,
        },
    )
    return grant


def created(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """A request exists; it is locked for approval next."""
    _grant(move, "target", value, now)
    tracks.change(
        move, {}, tag=Tag.ACCESS_CREATED, at=now, actor="engine", data={"relationship": value["id"]}
    )


def locked(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """The request waits for the customer's administrator."""
    grant = _newest(move)
    grant.status, grant.read_at = "approvalPending", now
    grant.save()
    tracks.change(
        move,
        {Track.ACCESS: "pending"},
        tag=Tag.ACCESS_LOCKED,
        at=now,
        actor="engine",
        data={"relationship": grant.remote_id},
    )


def reading(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """State of the relationship and of its group assignment, as Graph reports them."""
    grant = _grant(move, "target", value, now)
    if value.get("assignment_id"):
        grant.assignment_id = value["assignment_id"]
        grant.assignment_status = value["assignment_status"]
        grant.save()
    state, tag = _state_of(grant, move.access_state)
    if state != move.access_state:
        tracks.change(
            move,
            {Track.ACCESS: state},
            tag=tag,
            at=now,
            actor="engine",
            data={"status": grant.status},
            documents=readings.kept(value, at=now),
        )
    else:
        move.save()


def _state_of(grant: Grant, before: str) -> tuple[str, Tag]:
    """The track's state for what was read; a status word that we do not know changes nothing."""
    status = grant.status
    if status in ("approved", "activating") and before in ("pending", "approved"):
        return "approved", Tag.ACCESS_APPROVED
    if status in ("active", "expiring"):
        if grant.assignment_status == "active":
            return ("usable" if before in ("active", "degraded") else "active"), Tag.ACCESS_ASSIGNED
        return ("active" if before in ("pending", "approved", "preparing") else before), Tag.ACCESS_ACTIVE
    if status == "approvalPending" and before == "preparing":
        return "pending", Tag.ACCESS_LOCKED
    if status == "rejected" and before == "pending":
        return "rejected", Tag.ACCESS_REJECTED
    if status == "expired" and before in ("pending", "approved"):
        return "expired", Tag.ACCESS_EXPIRED
    if status in _ENDED and before == "pending":
        return "rejected", Tag.ACCESS_TERMINATED
    if status in _ENDED and before == "usable":
        return "ended", Tag.ACCESS_TERMINATED
    return before, Tag.ACCESS_ACTIVE


def assigned(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """Our group has been given the roles; usable when the assignment is read as active."""
    grant = _newest(move)
    grant.assignment_id, grant.assignment_status, grant.read_at = value["id"], value["status"], now
    grant.save()
    tracks.change(move, {}, tag=Tag.ACCESS_ASSIGNED, at=now, actor="engine", data={"assignment": value["id"]})


def ended(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """The source's rights were given up; believed when the old side is read again."""
    Grant.objects.filter(move=move, side="source", remote_id=value["id"]).update(
        status="terminating", read_at=now
    )
    move.old_side_read_at = None
    move.save()
    events.record(
        Tag.OLD_SIDE_GDAP_ENDED, at=now, actor="engine", move=move, data={"relationship": value["id"]}
    )


def old_grants(move: Move, grants: list[Mapping[str, Any]], *, now: datetime) -> None:
    """What the source still holds. One that is no longer listed has ended."""
    seen = [_grant(move, "source", value, now).pk for value in grants]
    Grant.objects.filter(move=move, side="source").exclude(pk__in=seen).update(
        status="terminated", read_at=now
    )


def _newest(move: Move) -> Grant:
    return Grant.objects.filter(move=move, side="target").order_by("-id")[0]

"""Delegated admin rights (GDAP) of the target, and the end of those of the source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from novation.domain import gdap, states
from novation.domain.answers import AccessEnded, Answer, AssignmentMade, GrantRead
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Grant, Move
from novation.moves.services import tasks, tracks
from novation.prepared_queries import Prepared


def _grant(move: Move, side: str, read: GrantRead, now: datetime) -> Grant:
    known = {
        "move": move,
        "status": read.status,
        "ends_at": read.ends_at,
        "read_at": now,
        "roles_missing": list(read.roles_missing or ()),
    }
    grant = _NAMED.first(side, str(read.id))
    if grant is None:
        return Grant.objects.create(side=side, remote_id=read.id, created_at=now, **known)
    for name, new in known.items():
        setattr(grant, name, new)
    grant.save(update_fields=list(known))
    return grant


_NAMED = Prepared(lambda side, name: Grant.objects.filter(side=side, remote_id=name).select_for_update())


def created(move: Move, made: GrantRead, *, now: datetime) -> None:
    """A request exists; it is locked for approval next."""
    _grant(move, "target", made, now)
    tracks.transition(
        move, {}, tag=Tag.ACCESS_CREATED, at=now, actor="engine", data={"relationship": made.id}
    )


def locked(move: Move, answer: Answer, *, now: datetime) -> None:
    """The request waits for the customer's administrator."""
    grant = _newest(move)
    grant.status, grant.read_at = "approvalPending", now
    grant.save()
    tracks.transition(
        move,
        {Track.ACCESS: "pending"},
        tag=Tag.ACCESS_LOCKED,
        at=now,
        actor="engine",
        data={"relationship": grant.remote_id},
    )


def reading(move: Move, read: GrantRead, *, now: datetime) -> None:
    """State of the relationship and of its group assignment, as Graph reports them."""
    grant = _grant(move, "target", read, now)
    if read.assignment_id:
        grant.assignment_id = read.assignment_id
        grant.assignment_status = read.assignment_status or ""
        grant.save()
    state, tag = _state_of(grant, move.access_state, soon=now + move.programme.policy.access_warning)
    if state != move.access_state:
        if state in states.RIGHTS_SETTLED:
            tasks.cancel(move, (TaskKind.ACCESS,), now=now, why="the rights are as they should be")
        data = {"status": grant.status, "assignment": grant.assignment_status}
        if grant.roles_missing:
            data["roles_missing"] = grant.roles_missing
        tracks.transition(
            move,
            {Track.ACCESS: state},
            tag=tag,
            at=now,
            actor="engine",
            data=data,
            documents=reading_documents.kept(read, at=now),
        )
    else:
        move.save()


def _state_of(grant: Grant, before: str, *, soon: datetime) -> tuple[str, Tag]:
    """The track's state for what was read; a status word that we do not know changes nothing."""
    status = grant.status
    if status in gdap.ON_ITS_WAY and before in states.APPROVAL_COUNTS:
        return "approved", Tag.ACCESS_APPROVED
    if status in gdap.ACTIVE:
        return _state_in_force(grant, before, soon)
    if status == "approvalPending" and before == "preparing":
        return "pending", Tag.ACCESS_LOCKED
    if status == "rejected" and before == "pending":
        return "rejected", Tag.ACCESS_REJECTED
    if status == "expired" and before == "pending":
        return "expired", Tag.ACCESS_EXPIRED
    if status == "expired" and before in states.RIGHTS_HELD:
        return "ended", Tag.ACCESS_EXPIRED
    if status in gdap.ENDED and before == "pending":
        return "rejected", Tag.ACCESS_TERMINATED
    if status in gdap.ENDED and before in states.RIGHTS_HELD:
        return "ended", Tag.ACCESS_TERMINATED
    return before, Tag.ACCESS_ACTIVE


def _state_in_force(grant: Grant, before: str, soon: datetime) -> tuple[str, Tag]:
    """Approved by the customer: are these the roles that we need, has our group got them, and for how long?"""
    new = before in states.RIGHTS_NEW
    if grant.roles_missing:
        return ("short" if new or before in states.RIGHTS_WHOLE else before), Tag.ACCESS_ROLE_MISSING
    if grant.assignment_status == "error":
        return ("active" if new else "unassigned"), Tag.ACCESS_ASSIGNMENT_FAILED
    if grant.assignment_status == "active":
        ends_soon = grant.status == "expiring" or (grant.ends_at is not None and grant.ends_at <= soon)
        if ends_soon and before in states.RIGHTS_USABLE:
            return "expiring", Tag.ACCESS_EXPIRING
        late = before in states.RIGHTS_AWAITED
        return ("active" if late else "usable"), Tag.ACCESS_ASSIGNED
    return ("active" if new else before), Tag.ACCESS_ACTIVE


def assigned(move: Move, made: AssignmentMade, *, now: datetime) -> None:
    """Our group has been given the roles; usable when the assignment is read as active."""
    grant = _newest(move)
    grant.assignment_id, grant.assignment_status, grant.read_at = made.id, made.status, now
    grant.save()
    tracks.transition(move, {}, tag=Tag.ACCESS_ASSIGNED, at=now, actor="engine", data={"assignment": made.id})


def ended(move: Move, answer: AccessEnded, *, now: datetime) -> None:
    """The source's rights were given up; believed when the old side is read again."""
    Grant.objects.filter(move=move, side="source", remote_id=answer.id).update(
        status="terminating", read_at=now
    )
    move.old_side_read_at = None
    move.save()
    events.record(
        Tag.OLD_SIDE_GDAP_ENDED,
        at=now,
        actor="engine",
        subject=move.subject,
        data={"relationship": answer.id},
    )


def old_grants(move: Move, grants: Iterable[GrantRead], *, now: datetime) -> None:
    """What the source still holds. One that is no longer listed has ended."""
    seen = [_grant(move, "source", read, now).pk for read in grants]
    Grant.objects.filter(move=move, side="source").exclude(pk__in=seen).update(
        status="terminated", read_at=now
    )


def _newest(move: Move) -> Grant:
    return newest(move, "target")


def newest(move: Move, side: str) -> Grant:
    """The last one that was asked for, or found, on this side; raises DoesNotExist."""
    grant = _NEWEST.first(move.pk, side)
    if grant is None:
        raise Grant.DoesNotExist(f"{move.reference} has no grant on the {side}.")
    return grant


_NEWEST = Prepared(lambda move, side: Grant.objects.filter(move_id=move, side=side).order_by("-id")[:1])

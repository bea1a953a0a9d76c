"""Facts, items and decisions in few words, for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from novation.domain.decide import decide
from novation.domain.facts import Attestation, Batch, BatchState, Facts, Grant, Item, ItemState, Notice
from novation.domain.next_action import (
    Finished,
    MakeCall,
    NextAction,
    OpenTask,
    SendNotice,
    SetTracks,
    SplitTransfers,
    Wait,
)
from novation.domain.tracks import FIRST, Track
from novation.domain.verify import Seen

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

#: Tracks of a customer who has been told, has said yes and has accepted everything.
ACCEPTED = {
    "notice": "sent",
    "decision": "mandate",
    "admin": "ours",
    "relationship": "accepted",
    "agreement": "valid",
    "access": "usable",
}
#: The same, with everything moved.
MOVED = {**ACCEPTED, "transfer": "verified", "billing": "new"}


def facts(
    stands: dict[str, str] | None = None, *, since: dict[str, datetime] | None = None, **known: Any
) -> Facts:
    """Facts of a launched move with a fresh baseline.

    Args:
        stands: track states, by track; the others are in their first state.
        since: when a track came there; a day ago for those not named.
        known: further fields of Facts.
    """
    tracks = {**FIRST, **{Track(name): state for name, state in (stands or {}).items()}}
    times = {**dict.fromkeys(Track, NOW - DAY), **{Track(name): at for name, at in (since or {}).items()}}
    defaults: dict[str, Any] = {
        "released_at": NOW - 30 * DAY,
        "baseline_at": NOW - HOUR,
        "invitation_known": True,
        "relationship_read_at": NOW - HOUR,
        "agreement_read_at": NOW - HOUR,
    }
    return Facts(tracks=tracks, since=times, **{**defaults, **known})


def item(number: int = 1, **fields: Any) -> Item:
    """One movable subscription, far from its renewal."""
    defaults: dict[str, Any] = {
        "subscription_id": f"sub-{number:04d}",
        "product": "CFQ7TTC0LH18:0001",
        "name": f"Product {number}",
        "quantity": 5,
        "ends": NOW + 200 * DAY,
    }
    return Item(id=number, **{**defaults, **fields})


def seen(like: Item, new_id: str = "", **fields: Any) -> Seen:
    """How an item looks on an account, the same as at the baseline but for what is given."""
    defaults: dict[str, Any] = {
        "subscription_id": new_id or f"new-{like.id:04d}",
        "product": like.product,
        "quantity": like.quantity,
        "term": like.term,
        "billing_cycle": like.billing_cycle,
        "ends": like.ends,
        "auto_renew": like.auto_renew,
        "status": "active",
    }
    return Seen(**{**defaults, **fields})


def notice(purpose: str = "announcement", ago: timedelta = DAY) -> Notice:
    """A mail that was sent some time ago."""
    return Notice(purpose=purpose, state="sent", at=NOW - ago)


def batch(state: BatchState, number: int = 1, **fields: Any) -> Batch:
    """A request that was made three hours ago and read just now."""
    defaults: dict[str, Any] = {"created_at": NOW - 3 * HOUR, "read_at": NOW}
    if state in (BatchState.MOVING, BatchState.COMPLETE):
        defaults["accepted_at"] = NOW - 2 * HOUR
    return Batch(number=number, state=state, **{**defaults, **fields})


def link(status: str = "created", *, ago: timedelta = HOUR, life: timedelta = 7 * DAY) -> Attestation:
    """A link to Microsoft's agreement, read just now."""
    issued = NOW - ago
    return Attestation(status=status, issued_at=issued, expires_at=issued + life, read_at=NOW)


def grant(status: str, *, assigned: str = "", read: timedelta = timedelta(0)) -> Grant:
    """A GDAP relationship, read so long ago."""
    return Grant(status=status, assigned=assigned, created_at=NOW - DAY, read_at=NOW - read)


def say(decision: NextAction | None) -> str:
    """A decision in one line, such as `do create-transfer 1; transfer=requested` or `wait customer +6h`."""
    match decision:
        case None:
            return "nothing"
        case Finished(why=why):
            return f"finished: {why}"
        case Wait(until=until, who=who):
            return f"wait {who}{_later(until)}"
        case MakeCall(step=step, batch=number, settle=settle):
            words = (
                f"do {step}" + (f" {number}" if number else "") + (f" settling {settle}" if settle else "")
            )
        case SendNotice(purpose=purpose):
            words = f"tell {purpose}"
        case OpenTask(task=task):
            words = f"ask {task}"
        case SplitTransfers(batches=batches, stays=stays):
            words = f"plan {[list(one) for one in batches]} stays {sorted(stays)}"
        case SetTracks():
            words = "note"
    sets = ", ".join(f"{track}={state}" for track, state in decision.sets.items())
    return f"{words}; {sets}" if sets else words


def _later(until: datetime | None) -> str:
    if until is None:
        return ""
    hours = (until - NOW) / HOUR
    return f" {hours / 24:+g}d" if hours % 24 == 0 else f" {hours:+g}h"


def decided(*args: Any, **known: Any) -> str:
    """What `decide` says to such facts, in one line."""
    return say(decide(facts(*args, **known), NOW))


__all__ = ["ACCEPTED", "DAY", "HOUR", "MOVED", "NOW", "BatchState", "ItemState", "decided", "facts", "item"]

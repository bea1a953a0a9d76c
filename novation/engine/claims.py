"""Claims rows for one engine: a lease, and a fence that tells a lost claim from the present one.

Moves and operations are claimed alike. Operations come first: a person waits for each of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, QuerySet

from novation.clock import Clock
from novation.moves.models import Move
from novation.operations import leases
from novation.operations.models import Operation
from novation.operations.models.claimable import Claimable

R = TypeVar("R", bound=Claimable)
#: Real time. Far longer than the longest call, because a paused machine wakes up without knowing it slept.
LEASE = timedelta(minutes=5)
#: What is claimed, in this order.
TABLES: tuple[type[Claimable], ...] = (Operation, Move)


def owner_name() -> str:
    """The name of this engine process: host and process id."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def any_due(*, now: datetime, full: Collection[str] = ()) -> bool:
    """True when there is something to claim. Asked first, because a claim takes the write lock of SQLite."""
    return any(_due(table, now, full).exists() for table in TABLES)


def _due(table: type[R], now: datetime, full: Collection[str]) -> QuerySet[R]:
    free = leases.free(now)
    due = table._default_manager.filter(free, due_at__lte=now)
    return due.exclude(due_class__in=full) if full else due


def claim(
    owner: str,
    limit: int,
    *,
    now: datetime,
    clock: Clock,
    full: Collection[str] = (),
    table: type[R] = Move,  # type: ignore[assignment]  # mypy knows no default for a type variable
) -> list[R]:
    """Takes up to `limit` due rows that nobody holds. Call inside a transaction.

    Args:
        owner: name of the engine.
        limit: how many at most.
        now: programme time.
        clock: of the programme.
        full: groups of calls of which nothing more may begin; who waits for one of them is left alone.
        table: moves or operations.

    The conditional update decides between engines; its count is looked at by reading back what is ours.
    """
    free = leases.free(now)
    due = _due(table, now, full).order_by("due_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    ids = list(due.values_list("pk", flat=True)[:limit])
    if not ids:
        return []
    until = now + clock.real(LEASE)
    rows = table._default_manager
    rows.filter(free, pk__in=ids).update(lease_owner=owner, lease_until=until, fence=F("fence") + 1)
    mine = rows.filter(pk__in=ids, lease_owner=owner, lease_until=until)
    return list(mine.select_related(*table.read_with))


def still_held(move: Claimable, owner: str, fence: int) -> bool:
    """True when the claim with this fence is the present one."""
    return move.lease_owner == owner and move.fence == fence


def extend_lease(move: Claimable, *, now: datetime, clock: Clock) -> None:
    """Holds a row on, without errors, so that what is due next needs no new claim.

    Its lease is renewed when half of it is gone: most rows need it no longer before that.
    """
    renewed = move.lease_until is None or move.lease_until < now + clock.real(LEASE / 2)
    if renewed:
        move.lease_until = now + clock.real(LEASE)
    if renewed or move.consecutive_errors:
        move.consecutive_errors = 0
        move.save(update_fields=["lease_until", "consecutive_errors"])


def release_lease(
    move: Claimable, *, due_at: datetime | None, why: str = "", who: str = "", waits_for: str = ""
) -> None:
    """Hands a row back; it is looked at again at `due_at` (None: when something happens).

    Args:
        move: held; a move or an operation.
        due_at: programme time.
        why, who: what is waited for, and who must act.
        waits_for: the group of calls that has no place for it now.
    """
    move.lease_owner, move.lease_until = "", None
    move.due_at, move.due_why, move.due_who, move.due_class = due_at, why[:200], who, waits_for
    move.save(
        update_fields=[
            "lease_owner",
            "lease_until",
            "due_at",
            "due_why",
            "due_who",
            "due_class",
            "consecutive_errors",
        ]
    )


def reclaim_dead_leases(owner: str, *, now: datetime, own: bool = True) -> int:
    """Frees what dead engines of this host still hold, so that nobody need wait for their leases.

    Args:
        owner: name of the engine that asks.
        now: programme time.
        own: also what stands under its own name: at its start, of a dead process with the same id.

    Returns:
        How many rows were freed. Their open intents become unknown when they are claimed.
    """
    return sum(_take_over(table, owner, now, own) for table in TABLES)


@transaction.atomic
def _take_over(table: type[Claimable], owner: str, now: datetime, own: bool) -> int:
    host = owner.rpartition(":")[0]
    rows = table._default_manager
    held = rows.filter(lease_until__gt=now, lease_owner__startswith=f"{host}:").exclude(lease_owner="")
    # "No owner" is left out in so many words for the partial index, and the order of the table because it would
    # make every row of an owner a distinct one.
    names = held.order_by().values_list("lease_owner", flat=True).distinct()
    gone = [name for name in names if (own if name == owner else not alive(name))]
    return rows.filter(lease_owner__in=gone).update(lease_until=now) if gone else 0


def alive(owner: str) -> bool:
    """True unless the process of this name, on this host, is certainly gone."""
    pid = owner.rpartition(":")[2]
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

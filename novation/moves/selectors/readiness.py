"""What the readiness check found, over a wave or a whole programme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from novation.domain.readiness import Level
from novation.domain.stage import ENDED
from novation.moves.models import Move, Programme, Wave

_ORDER = [str(level) for level in Level]


@dataclass(frozen=True)
class Count:
    """One kind of finding: customers that have it, and their seats."""

    level: str
    code: str
    customers: int
    seats: int


@dataclass(frozen=True)
class Row:
    """One customer with the findings that were asked for."""

    move: Move
    findings: Sequence[dict[str, str]]


@dataclass(frozen=True)
class Report:
    """The counts of all findings, and how many customers have none or were not read yet."""

    counts: Sequence[Count]
    customers: int
    clean: int
    blocked: int
    warned: int
    unread: int


def concerned(programme: Programme, wave: Wave | None) -> QuerySet[Move]:
    """The customers of a report: those of the wave, else all that have not come to their end."""
    moves = Move.objects.filter(programme=programme)
    return moves.filter(wave=wave) if wave is not None else moves.exclude(stage__in=ENDED)


def report(programme: Programme, wave: Wave | None = None) -> Report:
    """Counts every finding once for each customer that has it: blockers first, then the most frequent."""
    found: dict[tuple[str, str], list[int]] = {}
    customers = clean = blocked = warned = unread = 0
    rows = concerned(programme, wave).order_by().values_list("readiness", "seat_count", "baseline_at")
    for entries, seats, read_at in rows.iterator(chunk_size=2000):
        customers += 1
        kinds = {(entry.get("level", ""), entry.get("code", "")) for entry in entries}
        levels = {level for level, _ in kinds}
        blocked += Level.BLOCKER in levels
        warned += Level.BLOCKER not in levels and Level.WARNING in levels
        unread += read_at is None
        clean += read_at is not None and not levels - {str(Level.NOTE)}
        for kind in kinds:
            number = found.setdefault(kind, [0, 0])
            number[0] += 1
            number[1] += seats
    counts = [Count(level, code, number, seats) for (level, code), (number, seats) in found.items()]
    counts.sort(key=lambda one: (_rank(one.level), -one.customers, one.code))
    return Report(counts, customers, clean, blocked, warned, unread)


def rows(programme: Programme, wave: Wave | None = None, *, code: str = "", level: str = "") -> Iterator[Row]:
    """Customers with findings, by name; with `code` or `level` only those, and only such findings."""
    moves = concerned(programme, wave).exclude(readiness=[]).select_related("customer", "wave")
    for move in moves.order_by("customer__name", "pk").iterator(chunk_size=500):
        wanted = [
            one
            for one in move.readiness
            if (not code or one.get("code") == code) and (not level or one.get("level") == level)
        ]
        if wanted:
            wanted.sort(key=lambda one: _rank(one.get("level", "")))
            yield Row(move, wanted)


def _rank(level: str) -> int:
    return _ORDER.index(level) if level in _ORDER else len(_ORDER)

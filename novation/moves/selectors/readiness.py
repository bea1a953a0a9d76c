"""What the readiness check found, over a wave or a whole programme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count as Number
from django.db.models import Q, QuerySet

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
    moves = concerned(programme, wave).order_by()
    unread = Q(baseline_at=None)
    sums = moves.aggregate(
        customers=Number("id"),
        unread=Number("id", filter=unread),
        clean=Number("id", filter=~unread & Q(readiness=[])),
    )
    clean, blocked, warned = sums["clean"], 0, 0
    rows = moves.exclude(readiness=[]).values_list("readiness", "seat_count", "baseline_at")
    for entries, seats, read_at in rows.iterator(chunk_size=2000):
        kinds = {(entry.get("level", ""), entry.get("code", "")) for entry in entries}
        levels = {level for level, _ in kinds}
        blocked += Level.BLOCKER in levels
        warned += Level.BLOCKER not in levels and Level.WARNING in levels
        clean += read_at is not None and not levels - {str(Level.NOTE)}
        for kind in kinds:
            number = found.setdefault(kind, [0, 0])
            number[0] += 1
            number[1] += seats
    counts = [Count(level, code, number, seats) for (level, code), (number, seats) in found.items()]
    counts.sort(key=lambda one: (_rank(one.level), -one.customers, one.code))
    return Report(counts, sums["customers"], clean, blocked, warned, sums["unread"])


@dataclass(frozen=True)
class Wanted:
    """Which findings: of this code, of this level, or all."""

    code: str = ""
    level: str = ""

    def of(self, findings: Sequence[dict[str, str]]) -> list[dict[str, str]]:
        """Those of a customer's findings that are wanted, the gravest first."""
        found = [
            one
            for one in findings
            if self.code in ("", one.get("code")) and self.level in ("", one.get("level"))
        ]
        return sorted(found, key=lambda one: _rank(one.get("level", "")))


def rows(programme: Programme, wave: Wave | None, wanted: Wanted) -> Iterator[Row]:
    """Customers that have such findings, by name."""
    moves = _by_name(programme, wave).select_related("customer", "wave")
    for move in moves.iterator(chunk_size=500):
        if found := wanted.of(move.readiness):
            yield Row(move, found)


def having(programme: Programme, wave: Wave | None, wanted: Wanted) -> list[int]:
    """The moves of customers that have such findings, by name: what a page of them is cut from."""
    moves = _by_name(programme, wave).values_list("pk", "readiness")
    return [pk for pk, findings in moves.iterator(chunk_size=2000) if wanted.of(findings)]


def these(pks: Sequence[int], wanted: Wanted) -> list[Row]:
    """Some customers with such findings, in this order."""
    moves = Move.objects.select_related("customer", "wave").in_bulk(pks)
    return [Row(moves[pk], wanted.of(moves[pk].readiness)) for pk in pks]


def _by_name(programme: Programme, wave: Wave | None) -> QuerySet[Move]:
    return concerned(programme, wave).exclude(readiness=[]).order_by("customer__name", "pk")


def _rank(level: str) -> int:
    return _ORDER.index(level) if level in _ORDER else len(_ORDER)

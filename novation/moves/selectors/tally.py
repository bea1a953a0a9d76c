"""How many moves stand where: one query, from which every count of every page is added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from django.db.models import Count, Sum

from novation.domain.stage import ENDED, Stage
from novation.domain.tracks import Code, Track, Who, shown
from novation.moves.models import Move, Programme

K = TypeVar("K")

OPEN_CODES = frozenset({Code.DOING, Code.WAIT, Code.ACT, Code.UNKNOWN})
#: Stages in which a track that was still open will not go on.
LEFT = frozenset({Stage.STAYS, Stage.UNREACHABLE})


def code_of(track: Track, state: str, stage: str) -> Code:
    """The code under which a track counts: what was open when a customer stayed is open no more."""
    code = shown(track, state).code
    return Code.STAY if stage in LEFT and code in OPEN_CODES else code


@dataclass(frozen=True)
class Group:
    """Moves that stand alike in every track."""

    tracks: dict[Track, str]
    stage: str
    wave: int | None
    moves: int
    seats: int
    items: int
    items_done: int

    @cached_property
    def codes(self) -> dict[Track, Code]:
        """The code of each track."""
        return {track: code_of(track, state, self.stage) for track, state in self.tracks.items()}

    def waits_for(self, who: Who) -> bool:
        """True when an open track says that `who` must act."""
        return any(
            shown(track, state).who is who
            for track, state in self.tracks.items()
            if self.codes[track] in (Code.WAIT, Code.ACT)
        )


@dataclass(frozen=True)
class Tally:
    """All groups of a programme, or of a part of it."""

    groups: tuple[Group, ...] = field(default=())

    def of(self, wanted: Callable[[Group], bool]) -> Tally:
        """The part of it that is wanted."""
        return Tally(tuple(group for group in self.groups if wanted(group)))

    def in_wave(self, wave: int | None) -> Tally:
        """The part of one wave; None for customers who are in none."""
        return self.of(lambda group: group.wave == wave)

    @cached_property
    def moves(self) -> int:
        """Customers."""
        return sum(group.moves for group in self.groups)

    @cached_property
    def seats(self) -> int:
        """Seats at the first reading."""
        return sum(group.seats for group in self.groups)

    @cached_property
    def stages(self) -> Counter[str]:
        """Customers per stage."""
        return _count((group.stage, group.moves) for group in self.groups)

    @cached_property
    def by_track(self) -> dict[Track, Counter[Code]]:
        """Customers per code, for each track."""
        return {track: _count((group.codes[track], group.moves) for group in self.groups) for track in Track}

    @cached_property
    def needs_operator(self) -> int:
        """Customers of whom at least one track waits for one of our people."""
        return self.of(lambda group: Code.ACT in group.codes.values()).moves

    @cached_property
    def waits_for_customer(self) -> int:
        """Customers who themselves must do something."""
        return self.of(lambda group: group.waits_for(Who.CUSTOMER)).moves

    @cached_property
    def ended(self) -> int:
        """Customers for whom nothing more is due."""
        return sum(number for stage, number in self.stages.items() if stage in ENDED)

    def with_state(self, track: Track, *states: str) -> int:
        """Customers with one of these states in a track, and still on their way."""
        return self.of(lambda group: group.tracks[track] in states and group.stage not in LEFT).moves


def _count(pairs: Iterable[tuple[K, int]]) -> Counter[K]:
    counter: Counter[K] = Counter()
    for key, number in pairs:
        counter[key] += number
    return counter


def tally(programme: Programme) -> Tally:
    """Counts a programme with one query: few hundred groups, whatever the number of customers."""
    states = [f"{track}_state" for track in Track]
    rows = (
        Move.objects.filter(programme=programme)
        .order_by()
        .values_list(*states, "stage", "wave_id")
        .annotate(
            n=Count("id"), seats=Sum("seat_count"), subscriptions=Sum("item_count"), done=Sum("items_done")
        )
    )
    width = len(states)
    return Tally(
        tuple(
            Group(dict(zip(Track, row[:width], strict=True)), *row[width : width + 2], *row[width + 2 :])
            for row in rows
        )
    )

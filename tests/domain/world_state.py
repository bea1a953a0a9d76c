"""What the world in memory holds: Microsoft's side, and what is known of it as facts."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from novation.domain.facts import Batch, Facts, Item, Notice, Uncertain
from novation.domain.next_action import Finished, MakeCall, Wait
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import FIRST, Track, check_change
from tests.builders import NOW
from tests.domain.microsoft import Microsoft


class WorldState:
    """What is so and what is known of it, and the clock."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.now = NOW
        self.microsoft = Microsoft(owner={one.id: "source" for one in items})
        self.tracks: dict[Track, str] = dict(FIRST)
        self.since: dict[Track, datetime] = {}
        self.items = {one.id: one for one in items}
        self.batches: dict[int, Batch] = {}
        self.notices: list[Notice] = []
        self.tasks: set[TaskKind] = set()
        self.stops: set[StepKind] = set()
        self.known: dict[str, Any] = {"released_at": NOW, "has_contact": True}
        self.doubts: dict[int, tuple[MakeCall, bool, datetime, datetime]] = {}
        self.retry: dict[StepKind, datetime] = {}
        self.ended: dict[TaskKind, tuple[TaskOutcome, datetime]] = {}
        self.numbers = count(1)
        self.trouble: list[str] = []
        self.yes = False
        self.signatory = "jana"
        self.sent_off: list[int] = []
        self.last: Wait | Finished | None = None

    def facts(self) -> Facts:
        doubts = [
            Uncertain(step=n, kind=do.step, look_at=look, batch=do.batch)
            for n, (do, _, look, _) in self.doubts.items()
        ]
        return Facts(
            tracks=dict(self.tracks), since=dict(self.since), items=tuple(self.items.values()),
            batches=tuple(self.batches.values()), notices=tuple(self.notices), open_tasks=frozenset(self.tasks),
            ended_tasks=dict(self.ended), uncertain=tuple(doubts), retry_at=dict(self.retry),
            stopped=frozenset(self.stops if TaskKind.REVIEW in self.tasks else ()), **self.known,
        )  # fmt: skip

    def set(self, sets: dict[Track, str]) -> None:
        for track, new in sets.items():
            if self.tracks[track] != new:
                check_change(track, self.tracks[track], new)
                self.tracks[track], self.since[track] = new, self.now

"""The answers that `decide` can give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from novation.domain.operations.states import OperationState
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track, Who

Sets = Mapping[Track, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCall:
    """Make this call now. `batch` is a batch number, `item` an item id, `settle` an uncertain step to look up."""

    step: str
    why: str
    sets: Sets = field(default_factory=dict)
    batch: int | None = None
    item: int | None = None
    settle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotice:
    """Write to the customer for this purpose now."""

    purpose: str
    why: str
    sets: Sets = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """Open this task."""

    task: TaskKind
    why: str
    sets: Sets = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTransfers:
    """Split the items into transfer requests, in this order. Inner tuples hold item ids; `stays` says why."""

    batches: tuple[tuple[int, ...], ...]
    stays: Mapping[int, str]
    why: str
    sets: Sets = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTracks:
    """Nothing to do outside: the facts alone change these tracks."""

    why: str
    sets: Sets


@dataclass(frozen=True, slots=True, kw_only=True)
class SetState:
    """Nothing to do outside: this is how far the operation is now."""

    state: OperationState
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is due before `until` (None: until something happens)."""

    until: datetime | None
    who: Who
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Nothing will be due any more."""

    why: str


NextAction = MakeCall | SendNotice | OpenTask | SplitTransfers | SetTracks | Wait | Finished

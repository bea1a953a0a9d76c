"""What the answer to a step changes in the facts, in memory: for plans, and for the world in which rules are tested."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from novation.domain import states
from novation.domain.facts import BatchState, Facts, Grant, Item, ItemState
from novation.domain.next_action import MakeCall, Sets
from novation.domain.steps import StepKind, StepRule, TaskKind
from novation.domain.tracks import Track
from novation.domain.verify import Verdict


class OtherSide(Protocol):
    """What is true on Microsoft's side, as far as an answer shows it."""

    @property
    def relationship(self) -> bool:
        """The target lists the customer."""

    @property
    def link(self) -> str:
        """How far the customer is on the agreement page: created, accepted, refused or expired."""

    @property
    def foreign(self) -> bool:
        """Another partner's transfer request is open."""

    @property
    def old_relationship(self) -> bool:
        """The source lists the customer."""

    def agreement(self, facts: Facts) -> bool:
        """An agreement is on record with the target."""

    def grant(self, facts: Facts, do: MakeCall, now: datetime) -> Grant:
        """The target's rights as this step finds, or leaves, them."""

    def access_state(self, before: str, grant: Grant, do: MakeCall) -> str:
        """What that makes of the state of the track; empty: nothing."""

    def old_items(self, facts: Facts, now: datetime) -> Sequence[Item]:
        """Every item, those that lie with the source as it shows them now."""

    def old_grant(self, facts: Facts) -> Grant | None:
        """The rights of the source."""

    def left_behind(self, facts: Facts) -> int:
        """Subscriptions that the source still holds."""

    def transfer(self, facts: Facts, do: MakeCall) -> tuple[str, str]:
        """Id and state of a request: pending, moving, complete, cancelled, failed or expired."""

    def verdicts(self, facts: Facts, handed_over: Sequence[Item]) -> Sequence[Verdict]:
        """What the comparison of both sides finds of each item."""

    def bought(self, item: int) -> bool:
        """What was bought anew for this item is on the target."""


Answering = Callable[[Facts, MakeCall, datetime, OtherSide], Facts]
#: HTTP requests by account, from the facts before and after the step, and whether papers are read this time.
Requests = Callable[[Facts, Facts, bool], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep(StepRule):
    """A step that a plan can count, because it knows what comes of it.

    Args:
        requests: how many HTTP requests it makes; a function where that depends on the customer.
        answer: what is known after it. None for a step that no move makes.
    """

    requests: int | Requests = 1
    answer: Answering | None = None

    def learn(self, facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
        """What is known after it was answered.

        Raises:
            AssertionError: nothing is said about that.
        """
        if self.answer is None:
            raise AssertionError(f"the course has no answer to {self.kind}")
        return self.answer(facts, do, now, other)

    def requests_of(self, before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
        """HTTP requests by account."""
        if isinstance(self.requests, int):
            return {self.account: self.requests}
        return self.requests(before, after, papers)


class AllGoesWell:
    """Microsoft's side when everybody does what is asked of them."""

    relationship = True
    link = "accepted"
    foreign = False

    def __init__(self) -> None:
        self.done: set[str] = set()

    @property
    def old_relationship(self) -> bool:
        return StepKind.REMOVE_RELATIONSHIP not in self.done

    def agreement(self, facts: Facts) -> bool:
        return facts.track(Track.AGREEMENT) == "recorded"

    def grant(self, facts: Facts, do: MakeCall, now: datetime) -> Grant:
        before = facts.grant
        found: dict[str, str] = {StepKind.CREATE_ACCESS: "created", StepKind.LOCK_ACCESS: "approvalPending"}
        assigned = "a group" if do.step == StepKind.ASSIGN_ACCESS else before.assigned if before else ""
        return Grant(
            status=found.get(do.step, "active"),
            assigned=assigned,
            created_at=before.created_at if before else now,
            read_at=now,
        )

    def access_state(self, before: str, grant: Grant, do: MakeCall) -> str:
        if grant.status != "active":
            return ""
        return "usable" if grant.assigned and do.step == StepKind.READ_ACCESS else "active"

    def old_items(self, facts: Facts, now: datetime) -> Sequence[Item]:
        return [
            replace(item, ends=item.ends + timedelta(days=365))
            if item.ends is not None and item.ends <= now and item.batch is None
            else item
            for item in facts.items
        ]

    def old_grant(self, facts: Facts) -> Grant | None:
        return facts.old_grant

    def left_behind(self, facts: Facts) -> int:
        return sum(1 for item in facts.items if item.state in states.ON_SOURCE)

    def transfer(self, facts: Facts, do: MakeCall) -> tuple[str, str]:
        found: dict[str, str] = {
            StepKind.CREATE_TRANSFER: "pending",
            StepKind.ACCEPT_TRANSFER: "moving",
            StepKind.READ_TRANSFER: "complete",
            StepKind.CANCEL_TRANSFER: "cancelled",
        }
        return f"request {do.batch}", found[do.step]

    def verdicts(self, facts: Facts, handed_over: Sequence[Item]) -> Sequence[Verdict]:
        return [Verdict(item.id, ItemState.VERIFIED, None) for item in handed_over]

    def bought(self, item: int) -> bool:
        return True


# -- what answers do ------------------------------------------------------------------------------------------------


def with_tracks(facts: Facts, sets: Sets, now: datetime) -> Facts:
    """The facts after these tracks were set; one that is there already is left alone."""
    changed = {track: state for track, state in sets.items() if facts.track(track) != state}
    if not changed:
        return facts
    return replace(
        facts,
        tracks={**facts.tracks, **changed},
        since={**facts.since, **dict.fromkeys(changed, now)},
    )


def with_item(facts: Facts, item: int | None, **values: object) -> Facts:
    """The facts after this item was changed."""
    return replace(
        facts,
        items=tuple(
            replace(one, **values) if one.id == item else one  # type: ignore[arg-type]  # names of Item
            for one in facts.items
        ),
    )


def with_batch(facts: Facts, number: int | None, **values: object) -> Facts:
    """The facts after this request of transfer was changed."""
    return replace(
        facts,
        batches=tuple(
            replace(one, **values) if one.number == number else one  # type: ignore[arg-type]  # names of Batch
            for one in facts.batches
        ),
    )


def without_tasks(facts: Facts, kinds: Collection[str]) -> Facts:
    """The facts after open tasks of these kinds were withdrawn."""
    return replace(facts, open_tasks=facts.open_tasks - {kind for kind in facts.open_tasks if kind in kinds})


def granted(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    """The facts after a step of the target's rights: what it found, or left, and what that makes of the track."""
    grant, before = other.grant(facts, do, now), facts.track(Track.ACCESS)
    state = other.access_state(before, grant, do)
    facts = replace(facts, grant=grant)
    return with_tracks(facts, {Track.ACCESS: state}, now) if state else facts


#: What the end of a request makes of it, and of the track.
_ENDS = {
    "complete": BatchState.COMPLETE,
    "cancelled": BatchState.CANCELLED,
    "failed": BatchState.FAILED,
    "expired": BatchState.EXPIRED,
}
_GOALS = {"cancelled": "stopped"}


def transferred(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    """The facts after a request of transfer was read: how far it is, and what it gives back when it failed."""
    _name, status = other.transfer(facts, do)
    if status not in _ENDS:
        moving = {"state": BatchState.MOVING} if status == "moving" else {}
        return with_batch(facts, do.batch, read_at=now, **moving)
    state = _ENDS[status]
    facts = with_batch(facts, do.batch, state=state, read_at=now)
    if state is BatchState.COMPLETE:
        return replace(facts, verified_at=None)
    items = tuple(
        replace(one, state=ItemState.IN_OLD, batch=None) if one.batch == do.batch else one
        for one in facts.items
    )
    facts = without_tasks(replace(facts, items=items), (TaskKind.REVIEW,))
    return with_tracks(facts, {Track.TRANSFER: _GOALS.get(status, status)}, now)

"""Steps whose outcome is unknown or that failed: what holds for every move and every operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from novation.domain.facts import Uncertain
from novation.domain.next_action import MakeCall, Wait
from novation.domain.tracks import Who


class StepsOf(Protocol):
    """What is known of the steps of a move or an operation."""

    @property
    def retry_at(self) -> Mapping[str, datetime]: ...

    @property
    def stopped(self) -> frozenset[str]: ...


def look_ups(uncertain: Iterable[Uncertain], now: datetime) -> tuple[MakeCall | None, list[Wait]]:
    """The unknown outcome that is to be looked up now, or what is waited for until one is."""
    waits: list[Wait] = []
    for one in uncertain:
        if one.look_at <= now:
            why = "its outcome is unknown: look it up"
            return MakeCall(step=one.kind, settle=one.step, batch=one.batch, why=why), waits
        waits.append(Wait(until=one.look_at, who=Who.ENGINE, why="an unknown outcome is looked up again"))
    return None, waits


def held_back(do: MakeCall, facts: StepsOf, now: datetime) -> MakeCall | Wait:
    """A step that failed waits for its next try, or for the operator who looks at it."""
    if do.step in facts.stopped:
        return Wait(until=None, who=Who.OPERATOR, why=f"{do.step} failed; an operator looks at it")
    retry_at = facts.retry_at.get(do.step)
    if retry_at is not None and retry_at > now:
        return Wait(until=retry_at, who=Who.ENGINE, why=f"{do.step} is tried again later")
    return do


def earliest(waits: Sequence[Wait]) -> Wait:
    """The wait that ends first; one without a date only when none has one.

    An operator who is waited for without a date is named all the same: readings go on meanwhile, but they are not
    what is waited for.
    """
    first = waits[0]
    for wait in waits[1:]:
        if wait.until is not None and (first.until is None or wait.until < first.until):
            first = wait
    person = next((wait for wait in waits if wait.until is None and wait.who is Who.OPERATOR), None)
    if person is not None and first.who is not Who.OPERATOR:
        return Wait(until=first.until, who=person.who, why=person.why)
    return first

"""One customer's way through the tracks, as a generator of waits; what it waits for is the world's to grant."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from novation.domain.simulation.assumptions import Assumptions
from novation.domain.simulation.cases import Case, Goods, Stand
from novation.domain.simulation.world import Cause

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class End(StrEnum):
    """How a way ends."""

    MOVED = "moved"
    STAYED = "stayed"  # said no
    UNREACHABLE = "unreachable"


@dataclass(slots=True)
class Until:
    """Wait for a moment. `read`: a customer acts, so it happens at the next reading hour."""

    cause: Cause
    moment: datetime
    read: bool = False


@dataclass(slots=True)
class Task:
    """An operator works so many minutes."""

    minutes: float


@dataclass(slots=True)
class Mail:
    """A mail goes out. `returns`: to an address that is no longer there."""

    returns: bool = False


@dataclass(slots=True)
class Calls:
    """So many calls are made."""

    number: int


Request = Until | Task | Mail | Calls
Life = Generator[Request, datetime, End]


def life(case: Case, given: Assumptions, draw: Random, now: datetime) -> Life:
    """Plays one customer.

    Args:
        case: what is known of it.
        given: the assumptions.
        draw: its own source of chance.
        now: the moment at which the forecast begins.

    Yields:
        What is waited for; the moment at which it is over is sent back.
    """
    stand = case.stand
    if stand is Stand.UNTOLD and case.released_at > now:
        now = yield Until(Cause.WAVES, case.released_at)
    if stand in (Stand.UNTOLD, Stand.MAX_UNCERTAIN_LOGGED, Stand.LOST):
        lost = stand is Stand.LOST or (stand is Stand.UNTOLD and _lost(case, given, draw))
        if lost:
            if case.has_contact and stand is Stand.UNTOLD:
                now = yield Mail(returns=True)
            now = yield Task(given.other_minutes)
            if draw.random() >= given.found:
                return End.UNREACHABLE
        told = (
            case.since if stand is Stand.MAX_UNCERTAIN_LOGGED and case.since is not None else (yield Mail())
        )
        answer = yield from _answer(given, draw, told, max(now, told))
        if answer is None:
            return End.UNREACHABLE
        if answer == "declined":
            return End.STAYED
        stand = Stand.ALONE if answer == "self" else Stand.AGREED
    elif stand is Stand.ASKED:
        now = yield Task(given.other_minutes)
        yield Until(Cause.CUSTOMERS, now + draw.random() ** 2 * given.answer_days * DAY, read=True)
        stand = Stand.AGREED
    if stand in (Stand.AGREED, Stand.ALONE):
        yield from _accepted(given, draw, alone=stand is Stand.ALONE)
        stand = Stand.MOVING
    if stand is Stand.MOVING:
        yield from _moved(case, given, draw)
    now = yield Calls(given.calls_after)
    yield Until(Cause.REST, now + given.policy.clean_after)
    return End.MOVED


def _lost(case: Case, given: Assumptions, draw: Random) -> bool:
    return not case.has_contact or draw.random() < given.bounced


def _answer(
    given: Assumptions, draw: Random, told: datetime, now: datetime
) -> Generator[Request, datetime, str | None]:
    """From being told to the answer; None when nobody ever gives one."""
    roll, policy = draw.random(), given.policy
    shares = (
        ("mandate", given.mandate),
        ("self", given.self),
        ("declined", given.declined),
        ("ask", given.ask),
    )
    way = "silent"
    for name, share in shares:
        if roll < share:
            way = name
            break
        roll -= share
    if way == "silent":
        for after in policy.reminders:
            if told + after >= now:
                yield Until(Cause.CUSTOMERS, told + after)
                yield Mail()
        now = yield Until(Cause.CUSTOMERS, max(now, told + policy.answer_within))
        yield Task(given.other_minutes)
        return None
    wanted = told + draw.random() ** 2 * given.answer_days * DAY
    if policy.reminders and (draw.random() < given.slow or wanted < now):
        first = told + policy.reminders[0]
        if first >= now:
            now = yield Until(Cause.CUSTOMERS, first)
            now = yield Mail()
        wanted = now + draw.random() ** 2 * given.late_days * DAY
    now = yield Until(Cause.CUSTOMERS, wanted, read=True)
    if way == "ask":
        now = yield Task(given.other_minutes)
        now = yield Mail()
        yield Until(Cause.CUSTOMERS, now + draw.random() ** 2 * given.answer_days * DAY, read=True)
        way = "mandate"
    return way


def _accepted(given: Assumptions, draw: Random, *, alone: bool) -> Generator[Request, datetime, None]:
    """Relationship, agreement and access; the customer's agreement and our acceptance go side by side."""
    now = yield Calls(given.calls_before)
    agreed = now + draw.random() ** 2 * given.agreement_hours * HOUR
    if alone:
        now = yield Until(Cause.CUSTOMERS, now + draw.random() ** 2 * given.self_days * DAY, read=True)
    else:
        now = yield Task(given.accept_minutes)
        if draw.random() < given.again:
            now = yield Task(given.accept_minutes)
    if agreed > now:
        now = yield Until(Cause.CUSTOMERS, agreed, read=True)
    yield Until(Cause.MICROSOFT, now + given.look_hours * HOUR)


def _moved(case: Case, given: Assumptions, draw: Random) -> Generator[Request, datetime, None]:
    """Request after request; what renews within the guard window goes after its renewal, the others before."""
    left: list[Goods] = list(case.goods)
    guard = given.policy.guard_window
    now = yield Calls(2)
    while left:
        held = [one for one in left if _held(one, now, guard)]
        free = len(left) - len(held)
        for _ in range(-(-free // given.policy.batch_size)):
            now = yield Calls(given.calls_per_request)
            now = yield Until(Cause.MICROSOFT, now + (0.1 + draw.random() * given.microsoft_hours) * HOUR)
            now = yield Until(Cause.MICROSOFT, now + given.look_hours * HOUR)
        left = held
        if left:
            ends = [end for one in left if (end := one.next_end(now)) is not None and end <= now + guard]
            if ends:
                # A moment after the last of them: the renewal has been read by then.
                now = yield Until(Cause.GUARD, max(ends) + HOUR)


def _held(goods: Goods, now: datetime, guard: timedelta) -> bool:
    end = goods.next_end(now)
    return end is not None and end <= now + guard

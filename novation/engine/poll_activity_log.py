"""Reads the activity logs of our accounts by day: one reading says whom of thousands to look at now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from novation.clock import Clock
from novation.domain.activity import Entry, first_day, news
from novation.domain.errors import MoveError, NeedsOperator
from novation.engine.context import EngineContext
from novation.engine.facts import POLL_FLOOR
from novation.engine.periodic import Periodic
from novation.engine.poll_customer_list import anything_awaited
from novation.engine.translate import who_acts
from novation.moves.models import Programme
from novation.moves.services import activity_log
from novation.partnercenter import PartnerCenter, errors

log = logging.getLogger(__name__)

#: Real seconds between looks whether a reading is due; one look is one query on a table of few rows.
EVERY = 10.0
#: The same at most, when reading fails: an account that may not read its log is not asked all day.
RARELY = 600.0


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be read: from this day on, the logs of these accounts, by slug."""

    start: date
    accounts: tuple[str, ...]


def job(context: EngineContext) -> Periodic:
    """Reads the logs again and again."""
    rest = EVERY

    async def run() -> float:
        nonlocal rest
        rest = min(rest * 2, RARELY) if await once(context) is None else EVERY
        return rest

    return Periodic("activity log", EVERY, run)


async def once(context: EngineContext) -> int | None:
    """Reads the logs of every account in use if that is due.

    Returns:
        How many moves are looked at because of it; None when the logs could not be read.
    """
    wanted = await context.db(due, clock=context.clock)
    if wanted is None:
        return 0
    began = context.clock.now()
    try:
        entries = [
            entry
            for slug in wanted.accounts
            for entry in await _read(await context.clients.of(slug), wanted.start)
        ]
    except (errors.PartnerCenterError, MoveError) as error:
        cause = who_acts(error)
        level = logging.WARNING if isinstance(cause, NeedsOperator) else logging.INFO
        log.log(level, "The activity logs were not read: %s", cause, extra={"action": "activity_failed"})
        return None
    return await context.db(activity_log.take_in, news(entries), accounts=wanted.accounts, now=began)


def due(*, clock: Clock) -> Due | None:
    """What is to be read now; None when no reading is due or nothing is awaited."""
    running = Programme.objects.filter(state=Programme.State.RUNNING).select_related("source", "target")
    programmes, now = list(running), clock.now()
    starts = []
    for programme in programmes:
        policy = programme.policy.not_faster_than(clock.real(POLL_FLOOR))
        start = first_day(programme.activity_read_at, now, policy)
        if start is not None:
            starts.append(start)
    if not starts or not anything_awaited():
        return None
    accounts = {one.slug: None for programme in programmes for one in (programme.target, programme.source)}
    return Due(min(starts), tuple(accounts))


async def _read(account: PartnerCenter, start: date) -> list[Entry]:
    return [
        Entry(record.customer_id or "", record.resource_type or "", record.operation_date)
        async for record in account.audit.list(start=start)
        if record.operation_date is not None
    ]

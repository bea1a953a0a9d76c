"""Reads the activity logs of both accounts by day: one reading says whom of thousands to look at now."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import date
from typing import TYPE_CHECKING

from novation.clock import Clock
from novation.domain.activity import Entry, first_day, news
from novation.domain.errors import NeedsOperator
from novation.engine.facts import POLL_FLOOR
from novation.engine.poll_customer_list import anything_awaited
from novation.engine.translate import who_acts
from novation.moves.models import Programme
from novation.moves.services import activity_log
from novation.partnercenter import PartnerCenter, errors

if TYPE_CHECKING:
    from novation.engine.loop import Engine

log = logging.getLogger(__name__)

#: Real seconds between looks whether a reading is due; one look is one query on a table of few rows.
EVERY = 10.0
#: The same at most, when reading fails: an account that may not read its log is not asked all day.
RARELY = 600.0


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Reads the logs again and again until `stop` is set."""
    rest = EVERY
    while not stop.is_set():
        rest = min(rest * 2, RARELY) if await once(engine) is None else EVERY
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), rest)


async def once(engine: Engine) -> int | None:
    """Reads both logs if that is due.

    Returns:
        How many moves are looked at because of it; None when the logs could not be read.
    """
    start = await engine.db(due, clock=engine.clock)
    if start is None:
        return 0
    began = engine.clock.now()
    try:
        entries = [
            entry for account in (engine.target, engine.source) for entry in await _read(account, start)
        ]
    except errors.PartnerCenterError as error:
        cause = who_acts(error)
        level = logging.WARNING if isinstance(cause, NeedsOperator) else logging.INFO
        log.log(level, "The activity logs were not read: %s", cause, extra={"action": "activity_failed"})
        return None
    return await engine.db(activity_log.take_in, news(entries), now=began)


def due(*, clock: Clock) -> date | None:
    """The first day to read, None when no reading is due or nothing is awaited."""
    programme = Programme.objects.filter(state=Programme.State.RUNNING, reverse_of=None).first()
    if programme is None:
        return None
    policy = programme.policy.not_faster_than(clock.real(POLL_FLOOR))
    start = first_day(programme.activity_read_at, clock.now(), policy)
    return start if start is not None and anything_awaited() else None


async def _read(account: PartnerCenter, start: date) -> list[Entry]:
    return [
        Entry(record.customer_id or "", record.resource_type or "", record.operation_date)
        async for record in account.audit.list(start=start)
        if record.operation_date is not None
    ]

"""Signs checkpoints of the evidence log in time, and has them stamped by services outside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from django.conf import settings
from django.db import connection

from novation.clock import Clock
from novation.engine import config_watch, witnesses
from novation.engine.context import EngineContext
from novation.engine.db_retry import retry_transaction
from novation.engine.periodic import Continuous
from novation.evidence.errors import BadTimestamp
from novation.evidence.tags import SIGNED_AT_ONCE
from novation.evidence.timestamp import check_stamp, stamp_request
from novation.evidencelog.models import Checkpoint, Event, LogHead
from novation.evidencelog.services import checkpoints, timestamp_renewal, timestamps
from novation.failpoints import failpoint

log = logging.getLogger(__name__)

#: Real seconds between looks.
LOOK = 0.5
#: Looks between two that also think of renewals and of the mail of the day.
SELDOM = 60

#: Runs a function that is one transaction in the thread of the checkpointer.
Database = Callable[..., Awaitable[Any]]


def _database(loop: asyncio.AbstractEventLoop, thread: ThreadPoolExecutor) -> Database:
    async def db(function: Callable[..., Any], *args: Any) -> Any:
        return await loop.run_in_executor(thread, lambda: retry_transaction(function, *args))

    return db


def job(context: EngineContext) -> Continuous:
    """Signs and stamps as long as the engine runs."""
    return Continuous("checkpointer", lambda stop: run(context.clock, stop))


async def run(clock: Clock, stop: asyncio.Event) -> None:
    """Signs and stamps until `stop` is set; what is awaited then is asked for at the next start.

    Two tasks, so that a time service that does not answer never keeps a checkpoint from being signed.
    """
    loop = asyncio.get_running_loop()
    database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpointer")
    db, signed = _database(loop, database), asyncio.Event()
    try:
        await db(lambda: config_watch.note(now=clock.now()))
        async with asyncio.TaskGroup() as both:
            both.create_task(_signing(db, clock, stop, signed))
            both.create_task(_stamping(db, clock, stop, signed))
    finally:
        await loop.run_in_executor(database, lambda: connection.close())
        database.shutdown(wait=True)


async def _signing(db: Database, clock: Clock, stop: asyncio.Event, signed: asyncio.Event) -> None:
    looks, known = 0, -1
    while not stop.is_set():
        if await db(sign_if_due, clock) is not None:
            signed.set()
        known = await db(_to_folder, known)
        if looks % SELDOM == 0:
            await db(witnesses.mail_if_due, clock)
        looks += 1
        await _pause(stop)
    signed.set()  # so that the other ends as well


async def _stamping(db: Database, clock: Clock, stop: asyncio.Event, signed: asyncio.Event) -> None:
    looks = 0
    async with httpx2.AsyncClient(timeout=20.0, follow_redirects=False) as http:
        while not stop.is_set():
            signed.clear()
            for service, url in settings.NOVATION_TIME_SERVICES.items():
                for size, note in await db(_awaited, service, clock):
                    # One that does not answer is left alone until the next look.
                    if stop.is_set() or not await _stamp(http, db, clock, service, url, size, note):
                        break
            if looks % SELDOM == 0:
                await _renew(http, db, clock)
                await db(_alarm, clock)
            looks += 1
            await _pause(signed)


async def _pause(until: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), LOOK)


def _alarm(clock: Clock) -> None:
    number, oldest = timestamps.overdue(now=clock.now(), clock=clock)
    if oldest is not None:
        log.error(
            "%d checkpoints have waited more than an hour for their time stamps, the oldest since %s.",
            number,
            f"{oldest.at:%d %b %Y %H:%M} UTC",
            extra={"action": "stamps_overdue"},
        )


async def stamp_now(clock: Clock) -> int:
    """Asks every pinned service for every stamp that is awaited, once; says how many are still awaited."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpointer") as database:
        db, left = _database(loop, database), 0
        async with httpx2.AsyncClient(timeout=20.0, follow_redirects=False) as http:
            for service, url in settings.NOVATION_TIME_SERVICES.items():
                for size, note in await db(_awaited, service, clock):
                    await _stamp(http, db, clock, service, url, size, note)
                left += len(await db(_awaited, service, clock))
            await _renew(http, db, clock)
        await loop.run_in_executor(database, lambda: connection.close())
    return left


def sign_if_due(clock: Clock) -> Checkpoint | None:
    """Signs a checkpoint when the last one is old enough for what was logged since."""
    now, due = clock.now(), due_at(clock)
    if due is None or due > now:
        return None
    signed = checkpoints.sign(now=now)
    failpoint("checkpoint-signed")
    return signed


def due_at(clock: Clock) -> datetime | None:
    """When the next checkpoint is to be signed; None while nothing was logged since the last."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", "at").first()
    head = LogHead.objects.filter(pk=1).values_list("size", "at").first()
    if head is None or head[1] is None or head[0] <= (newest[0] if newest else 0):
        return None
    if newest is None:
        return head[1]
    every = clock.real(timedelta(seconds=settings.NOVATION_CHECKPOINT_EVERY))
    decided = Event.objects.filter(seq__gte=newest[0], tag__in=sorted(map(str, SIGNED_AT_ONCE))).exists()
    return newest[1] if decided else newest[1] + every


def _awaited(service: str, clock: Clock) -> list[tuple[int, bytes]]:
    if timestamps.pinned_chain(service) is None:
        return []
    return [(one.size, bytes(one.note)) for one in timestamps.awaited(service, now=clock.now(), clock=clock)]


def _to_folder(known: int) -> int:
    if not settings.NOVATION_CHECKPOINT_ARCHIVE_DIR:
        return known
    try:
        return witnesses.write_once(Path(settings.NOVATION_CHECKPOINT_ARCHIVE_DIR), known)
    except OSError as error:
        log.error("The write-once folder fails: %s", error.strerror, extra={"action": "worm_failed"})
        return known


async def _renew(http: httpx2.AsyncClient, db: Database, clock: Clock) -> None:
    """Renews stamps before their certificates end."""
    urls: dict[str, str] = settings.NOVATION_TIME_SERVICES

    def wanted() -> list[timestamp_renewal.Renewal]:
        return timestamp_renewal.due(list(urls), now=clock.now(), clock=clock)

    for one in await db(wanted):
        await _stamp(http, db, clock, one.service, urls[one.service], one.size, one.data, one.name)


async def _stamp(
    http: httpx2.AsyncClient,
    db: Database,
    clock: Clock,
    service: str,
    url: str,
    size: int,
    data: bytes,
    name: str = "",
) -> bool:
    """Asks for one stamp on `data` and keeps what came under `name`, by default that of the service.

    Returns:
        Whether a stamp was given.
    """
    answer, given, error = await ask(http, service, url, data)
    now, name = clock.now(), name or service

    def keep() -> None:
        if given is not None:
            timestamps.keep(size, name, answer=answer, at=given, now=now)
        else:
            timestamps.not_given(size, name, error=error, now=now)

    if error:
        log.info("No stamp of %s: %s", service, error, extra={"action": "stamp_awaited"})
    await db(keep)
    return given is not None


async def ask(
    http: httpx2.AsyncClient, service: str, url: str, data: bytes
) -> tuple[bytes, datetime | None, str]:
    """Asks one time service for a stamp on `data`.

    Returns:
        The answer, the time it gives, and an empty text; or no time and one sentence that says why.
    """
    chain = timestamps.pinned_chain(service)
    if chain is None:
        return b"", None, f"The time service {service} is not pinned."
    request = stamp_request(data)
    try:
        response = await http.post(
            url, content=request.body, headers={"Content-Type": "application/timestamp-query"}
        )
        if response.status_code != 200 or len(response.content) > 100_000:
            return b"", None, f"{service} answered with status {response.status_code}."
        return response.content, check_stamp(response.content, data, chain, request.nonce), ""
    except httpx2.HTTPError as error:
        return b"", None, f"{service} did not answer ({type(error).__name__})."
    except BadTimestamp as error:
        return b"", None, str(error)

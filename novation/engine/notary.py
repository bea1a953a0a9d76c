"""Signs checkpoints of the evidence log in time, and has them stamped by services outside."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx2
from django.conf import settings
from django.db import connection

from novation.clock import Clock
from novation.evidence.errors import BadTimestamp
from novation.evidence.tags import Tag
from novation.evidence.timestamp import check_stamp, stamp_request
from novation.moves.models import Checkpoint, Event, LogHead
from novation.moves.services import checkpoints, stamps

log = logging.getLogger(__name__)

#: Real seconds between looks.
LOOK = 0.5
#: What a decision proves must soon be out of our hands: such entries wait a tenth of the usual time.
DECISIONS = tuple(str(tag) for tag in Tag if tag.startswith("decision:"))


async def run(clock: Clock, stop: asyncio.Event) -> None:
    """Signs and stamps until `stop` is set; what is awaited then is asked for at the next start."""
    loop = asyncio.get_running_loop()
    database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notary")
    try:
        async with httpx2.AsyncClient(timeout=20.0, follow_redirects=False) as http:
            while not stop.is_set():
                await loop.run_in_executor(database, sign_if_due, clock)
                for service, url in settings.NOVATION_TIME_SERVICES.items():
                    waiting = await loop.run_in_executor(database, _awaited, service, clock)
                    for size, note in waiting:
                        if stop.is_set():
                            break
                        await _stamp(http, loop, database, clock, service, url, size, note)
                try:
                    await asyncio.wait_for(stop.wait(), LOOK)
                except TimeoutError:
                    continue
    finally:
        await loop.run_in_executor(database, lambda: connection.close())
        database.shutdown(wait=True)


async def stamp_now(clock: Clock) -> int:
    """Asks every pinned service for every stamp that is awaited, once; says how many are still awaited."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="notary") as database:
        left = 0
        async with httpx2.AsyncClient(timeout=20.0, follow_redirects=False) as http:
            for service, url in settings.NOVATION_TIME_SERVICES.items():
                for size, note in await loop.run_in_executor(database, _awaited, service, clock):
                    await _stamp(http, loop, database, clock, service, url, size, note)
                left += len(await loop.run_in_executor(database, _awaited, service, clock))
        await loop.run_in_executor(database, lambda: connection.close())
    return left


def sign_if_due(clock: Clock) -> Checkpoint | None:
    """Signs a checkpoint when the last one is old enough for what was logged since."""
    now = clock.now()
    newest = Checkpoint.objects.order_by("-size").first()
    size = newest.size if newest else 0
    head = LogHead.objects.filter(pk=1).first()
    if head is None or head.size <= size:
        return None
    every = clock.real(timedelta(seconds=settings.NOVATION_CHECKPOINT_EVERY))
    if newest is not None and newest.at + every > now:
        decided = Event.objects.filter(seq__gte=size, tag__in=DECISIONS).exists()
        if not decided or newest.at + every / 10 > now:
            return None
    return checkpoints.sign(now=now)


def _awaited(service: str, clock: Clock) -> list[tuple[int, bytes]]:
    if stamps.pinned_chain(service) is None:
        return []
    return [(one.size, bytes(one.note)) for one in stamps.awaited(service, now=clock.now(), clock=clock)]


async def _stamp(
    http: httpx2.AsyncClient,
    loop: asyncio.AbstractEventLoop,
    database: ThreadPoolExecutor,
    clock: Clock,
    service: str,
    url: str,
    size: int,
    note: bytes,
) -> None:
    answer, given, error = await ask(http, service, url, note)
    now = clock.now()

    def keep() -> None:
        if given is not None:
            stamps.keep(size, service, answer=answer, at=given, now=now)
        else:
            stamps.not_given(size, service, error=error, now=now)

    if error:
        log.info("No stamp of %s: %s", service, error, extra={"action": "stamp_awaited"})
    await loop.run_in_executor(database, keep)


async def ask(
    http: httpx2.AsyncClient, service: str, url: str, data: bytes
) -> tuple[bytes, datetime | None, str]:
    """Asks one time service for a stamp on `data`.

    Returns:
        The answer, the time it gives, and an empty text; or no time and one sentence that says why.
    """
    chain = stamps.pinned_chain(service)
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

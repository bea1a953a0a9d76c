"""Sends what notices have queued: claimed first, sent in a thread, recorded after."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from novation.clock import Clock
from novation.engine import claims, mail_transports
from novation.engine.context import EngineContext
from novation.engine.db_retry import retry_transaction
from novation.engine.periodic import Continuous
from novation.failpoints import failpoint
from novation.notices import delivery
from novation.notices.models import Notice
from novation.notices.services import test_mails

log = logging.getLogger(__name__)

#: Mails sent side by side.
CONNECTIONS = 4
IDLE = 0.05
#: The same, when there was no mail for `QUIET` real seconds. A code that somebody waits for comes within a second.
LONG_IDLE, QUIET = 0.5, 10.0
#: Real seconds between two looks for a test mail, which an operator asks for now and then.
TEST_LOOK = 0.5
#: Real seconds that a mail, about to be handed over, waits to hear whether it was paused meanwhile.
PATIENCE = 5.0


def job(context: EngineContext) -> Continuous:
    """Sends mails as long as the engine runs."""

    async def send(stop: asyncio.Event) -> None:
        # What a job that failed was handing over is uncertain, as after the death of a whole engine.
        await context.db(recover, context.owner, context.clock)
        await run(context.owner, context.clock, stop)

    return Continuous("mail sender", send)


async def run(owner: str, clock: Clock, stop: asyncio.Event) -> None:
    """Sends queued mails until `stop` is set; the claim keeps to the configured number a minute."""
    loop = asyncio.get_running_loop()
    database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail-database")
    senders = ThreadPoolExecutor(max_workers=CONNECTIONS, thread_name_prefix="mail")
    busy, tested = time.monotonic(), 0.0

    def claim() -> list[delivery.Outgoing]:
        # Looked at first, because a claim takes the write lock of SQLite.
        if not Notice.objects.filter(state=Notice.State.QUEUED, retry_at__lte=clock.now()).exists():
            return []
        # No more than can be sent at once: what is claimed and waits would go out after a pause, and would be
        # uncertain after a crash.
        claimed = delivery.claim(CONNECTIONS, now=clock.now(), owner=owner)
        failpoint("mail-claimed")
        return claimed

    def record(sent: list[tuple[delivery.Outgoing, delivery.Delivery]]) -> None:
        # One transaction for those that were sent together: each would wait for its turn to write.
        delivery.record_all(sent, now=clock.now())
        failpoint("mail-recorded")

    def may_go(one: delivery.Outgoing) -> bool:
        asked = asyncio.run_coroutine_threadsafe(_asked(one), loop)
        try:
            return asked.result(PATIENCE)
        except (TimeoutError, DatabaseError, InterfaceError):
            # Nobody can say that it may go: it waits in the queue.
            return False

    async def _asked(one: delivery.Outgoing) -> bool:
        return bool(await loop.run_in_executor(database, delivery.may_go, one))

    def send(one: delivery.Outgoing) -> delivery.Delivery:
        result = delivery.send(one, by, lambda: may_go(one))
        failpoint("mail-sent")
        return result

    mailbox = (
        await loop.run_in_executor(database, mail_transports.open_mailbox)
        if mail_transports.needs_mailbox()
        else None
    )
    by = mail_transports.transport_of(mailbox, loop)

    async def send_test() -> None:
        found = await loop.run_in_executor(
            database, retry_transaction, lambda: test_mails.next_one(clock.now())
        )
        if found is not None:
            pk, mail = found
            handed = await loop.run_in_executor(senders, by.send, mail)
            await loop.run_in_executor(
                database, retry_transaction, lambda: test_mails.came_of(pk, handed, now=clock.now())
            )

    try:
        while not stop.is_set():
            if time.monotonic() - tested >= TEST_LOOK:
                tested = time.monotonic()
                await send_test()
            outgoing = await loop.run_in_executor(database, retry_transaction, claim)
            if not outgoing:
                await asyncio.sleep(IDLE if time.monotonic() - busy < QUIET else LONG_IDLE)
                continue
            busy = time.monotonic()
            results = await asyncio.gather(*(loop.run_in_executor(senders, send, one) for one in outgoing))
            sent = list(zip(outgoing, results, strict=True))
            await loop.run_in_executor(database, retry_transaction, record, sent)
    finally:
        await loop.run_in_executor(database, lambda: connection.close())
        database.shutdown(wait=True)
        senders.shutdown(wait=False)
        if mailbox is not None:
            await mailbox.__aexit__()


def recover(owner: str, clock: Clock, *, own: bool = True) -> int:
    """Lists as uncertain what a dead engine of this host was sending; says how many.

    Args:
        owner: name of the engine that asks.
        clock: of the programme.
        own: also what stands under its own name: at its start, of a dead process with the same id.
    """
    now: datetime = clock.now()
    host = owner.rpartition(":")[0]
    dead = [
        name
        for name in Notice.objects.filter(state=Notice.State.SENDING, lease_owner__startswith=f"{host}:")
        .order_by()
        .values_list("lease_owner", flat=True)
        .distinct()
        if (own if name == owner else not claims.alive(name))
    ]
    Notice.objects.filter(state=Notice.State.SENDING, lease_owner__in=dead).update(lease_until=now)
    return int(delivery.recover(now) or 0)

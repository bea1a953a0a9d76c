"""The engine's loop: look, call, record. One thread talks to the database; nothing awaits in a transaction."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings

from novation.clock import Clock
from novation.domain.errors import MoveError, TryLater
from novation.engine import (
    checkpointer,
    circuit_breaker,
    claims,
    mail_sender,
    outcomes,
    poll_activity_log,
    poll_customer_list,
    prepare,
    refresh_readiness,
    webhook_events,
)
from novation.engine.call_groups import CallGroup, Room
from novation.engine.clients import Clients
from novation.engine.context import EngineContext
from novation.engine.periodic import Job, keep_running
from novation.engine.steps import STEPS
from novation.engine.translate import doubted, reading_of, who_acts
from novation.engine.work import CallOutcome, Result, Work
from novation.failpoints import failpoint
from novation.moves.selectors import unsettled
from novation.operations.services import engines
from novation.partnercenter import errors, record_reads

log = logging.getLogger(__name__)

#: Real seconds between looks when nothing is due and nothing came back. A look is one indexed query.
IDLE = 0.05
#: The same when there was nothing for a while: an engine that waits for weeks costs next to nothing.
LONG_IDLE = 1.0
#: Real seconds without anything to do after which that begins.
QUIET = 10.0
#: Real seconds in which further answers are awaited, so that several are recorded, and decided on, together.
GATHER = 0.015
#: Outcomes in one transaction at most. On SQLite nobody else can write meanwhile: pages and mails wait for it.
GROUP = 10
#: Real seconds for what is in flight when the engine is asked to stop.
GRACE = 8.0
#: Real seconds between two signs of life.
SIGN = 10.0
#: Uncertain calls that a start names one by one.
MAX_UNCERTAIN_LOGGED = 20


class Engine:
    """One engine process.

    Args:
        clients: of the partner accounts.
        clock: of the programme.
        owner: name of this process on its leases; None for the usual one.
        in_flight: calls at once, over all accounts.
    """

    def __init__(
        self, clients: Clients, clock: Clock, *, owner: str | None = None, in_flight: int = 32
    ) -> None:
        self.context = EngineContext(clients, clock, owner or claims.owner_name())
        self.clients, self.clock, self.owner = clients, clock, self.context.owner
        self.db = self.context.db
        self.in_flight = in_flight
        self.finished: list[tuple[Work, Result]] = []
        self._by_group: Counter[CallGroup] = Counter()
        self._running: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._came = asyncio.Event()
        self._signed, self._busy = 0.0, time.monotonic()

    def stop(self) -> None:
        """Asks the engine to finish or hand back what it has, within ten seconds."""
        self._stop.set()
        self._came.set()

    def jobs(self) -> list[Job]:
        """What goes on beside the loop."""
        context = self.context
        return [
            mail_sender.job(context),
            poll_customer_list.job(context),
            poll_activity_log.job(context),
            circuit_breaker.job(context),
            checkpointer.job(context),
            webhook_events.job(context),
            refresh_readiness.job(context),
        ]

    async def run(self) -> None:
        """Works until `stop` is called."""
        await self.db(self._start)
        jobs = [asyncio.create_task(keep_running(job, self._stop), name=job.name) for job in self.jobs()]
        try:
            while not self._stop.is_set():
                await self._sign_of_life()
                busy = await self._turn()
                if busy:
                    self._busy = time.monotonic()
                else:
                    await self._rest()
        finally:
            await self._wind_down(jobs)

    def _start(self) -> None:
        """Takes over what a dead engine of this host held, and reports what is uncertain."""
        now = self.clock.now()
        freed = claims.reclaim_dead_leases(self.owner, now=now)
        failpoint("taken-over")
        mails = mail_sender.recover(self.owner, self.clock)
        run = engines.started(
            self.owner,
            now=now,
            freed=freed,
            uncertain_mails=mails,
            uncertain_steps=list(unsettled.uncertain(now=now).values_list("pk", flat=True)),
        )
        steps = len(run.uncertain_steps)
        log.info(
            "Engine %s starts: %d rows of a dead engine freed, %d calls and %d mails of unknown outcome.",
            self.owner, freed, steps, mails, extra={"action": "engine_started"},
        )  # fmt: skip
        for step in unsettled.uncertain(now=now)[:MAX_UNCERTAIN_LOGGED]:
            log.warning(
                "The outcome of %s for %s (intent of %s) is unknown; it is looked up before anything else.",
                step.kind, step.move_reference or step.operation_id, f"{step.intent_at:%Y-%m-%d %H:%M:%S}",
                extra={"action": "outcome_uncertain", "step": step.pk},
            )  # fmt: skip
        if steps > MAX_UNCERTAIN_LOGGED:
            log.warning(
                "… and %d more. `novation check` says what has become of them.", steps - MAX_UNCERTAIN_LOGGED
            )

    async def _sign_of_life(self) -> None:
        if time.monotonic() - self._signed >= SIGN:
            self._signed = time.monotonic()
            await self.db(engines.seen, self.owner, now=self.clock.now())
            await self.db(claims.reclaim_dead_leases, self.owner, now=self.clock.now(), own=False)
            await self.db(mail_sender.recover, self.owner, self.clock, own=False)

    async def _turn(self) -> bool:
        """One look: record what came, claim what is due, start its calls. False when there was nothing."""
        did = False
        if self.finished:
            group, self.finished = self.finished[:GROUP], self.finished[GROUP:]
            next_work: list[Work] = []
            await self.db(self._record, group, next_work)
            failpoint("outcome-committed")
            self._begin(next_work)
            did = True
        if self._room().free:
            works = await self.db(self._claim)
            if works:
                failpoint("intent-committed")
                self._begin(works)
                did = True
        return did

    def _claim(self) -> list[Work]:
        room, now = self._room(), self.clock.now()
        if not claims.any_due(now=now, full=room.full()):
            return []
        return prepare.prepare(self.owner, min(room.free, 50), now=now, clock=self.clock, room=room)

    def _record(self, group: list[tuple[Work, Result]], next_work: list[Work]) -> None:
        # Tried again as a whole when the database cannot be had, so what a failed try found is forgotten.
        next_work.clear()
        outcomes.record(
            self.owner,
            group,
            now=self.clock.now(),
            clock=self.clock,
            next_work=next_work,
            room=self._room(),
        )

    def _room(self) -> Room:
        """A fresh count for one look; several looks never share one, since a look may be tried again."""
        return Room(self.in_flight, dict(self._by_group))

    def _begin(self, works: list[Work]) -> None:
        for work in works:
            task = asyncio.create_task(self._call(work))
            self._running.add(task)
            self._by_group[STEPS[work.kind].group] += 1
            task.add_done_callback(self._running.discard)

    async def _rest(self) -> None:
        self._came.clear()
        if self.finished or self._stop.is_set():
            return
        quiet = not self._running and time.monotonic() - self._busy > QUIET
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), LONG_IDLE if quiet else IDLE)
        if self._running and self.finished and not self._stop.is_set():
            await asyncio.sleep(GATHER)

    async def _call(self, work: Work) -> None:
        try:
            with record_reads() as answers:
                result = await self._result(work)
            failpoint("answer-came")
        finally:
            self._by_group[STEPS[work.kind].group] -= 1
        result = replace(result, readings=[reading_of(one) for one in answers])
        self.finished.append((work, result))
        self._came.set()

    async def _result(self, work: Work) -> Result:
        step = STEPS[work.kind]
        action = step.look_up if work.settle and step.look_up else step.call
        try:
            return await action(await self.clients.by_role(work.accounts, self.clock), work)
        except MoveError as error:
            came = CallOutcome.UNKNOWN if work.settle else CallOutcome.NOT_DONE
            return Result(outcome=came, error=error, text=str(error))
        except errors.PartnerCenterError as error:
            # Writes return their outcome; what is raised comes from a reading, which has no effect.
            came = CallOutcome.UNKNOWN if work.settle else CallOutcome.NOT_DONE
            return Result(outcome=came, error=who_acts(error), text=str(error), doubts=doubted(error))
        except Exception as error:
            log.exception(
                "A call failed by a bug of ours.", extra={"action": "call_bug", "row": str(work.row)}
            )
            text = f"{type(error).__name__} in our own code; see the log."
            if work.step is not None:
                return Result(outcome=CallOutcome.UNKNOWN, text=text)
            return Result(outcome=CallOutcome.NOT_DONE, error=TryLater(text, timedelta(minutes=1)), text=text)

    async def _wind_down(self, jobs: list[asyncio.Task[None]]) -> None:
        self._stop.set()
        failpoint("stopping")
        # The jobs too: a mail that is being handed over must not become uncertain for nothing.
        await asyncio.wait([*self._running, *jobs], timeout=GRACE)
        for task in [*self._running, *jobs]:
            task.cancel()
        # Cancelled calls still give their place in the budget back; they must not outlive the event loop.
        await asyncio.gather(*self._running, *jobs, return_exceptions=True)
        while self.finished:
            group, self.finished = self.finished[:GROUP], self.finished[GROUP:]
            await self.db(outcomes.record, self.owner, group, now=self.clock.now(), clock=self.clock)
        await self.db(claims.reclaim_dead_leases, self.owner, now=self.clock.now())
        await self.db(engines.ended, self.owner, now=self.clock.now())
        await self.context.close()


async def run_engine(clients: Clients, clock: Clock, ready: Any = None) -> None:
    """Runs one engine until SIGTERM or SIGINT.

    Args:
        clients: of the partner accounts.
        clock: of the programme.
        ready: called when signals are heard.
    """
    engine = Engine(clients, clock, in_flight=settings.NOVATION_API_CONCURRENCY * 2)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, engine.stop)
    if ready:
        ready()
    try:
        await engine.run()
    finally:
        await clients.close()

"""The real engine against the real emulator, turn by turn: nobody sleeps, the clock jumps to the next date.

The emulator is a process of its own. The engine runs in a loop in a second thread, so that a test can look
into the database between its turns. Every rehearsal has a database file of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import User

from novation import clock as programme_clock
from novation.clock import SharedClock
from novation.customers.models import Contact
from novation.customers.services import accounts as partner_accounts
from novation.customers.services import vault
from novation.domain.customerlist import CustomerRow
from novation.domain.policy import Policy
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.engine.clients import Clients
from novation.engine.loop import Engine
from novation.engine.step import Step as Declared
from novation.engine.steps import STEPS
from novation.engine.work import CallOutcome, Result, Work
from novation.moves.models import Attestation, Move, Programme
from novation.moves.services import inventory, programmes, tasks
from novation.notices import delivery
from novation.operations.models import Step, Task
from novation.partnercenter import API_CALLS, Done, errors
from tests import people

T = TypeVar("T")
ROLE = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
GROUP = "bbbbbbbb-0004-4000-8000-bbbbbbbbbbbb"  # the emulator's target account has this one
#: Turns after which a rehearsal that comes to no end is given up.
TURNS = 250
#: Times that the engine may begin the very same step for one customer before it comes to rest.
SAME_STEP = 40
#: Real seconds in which it comes to rest.
REST_SECONDS = 100.0


class Emulator:
    """The stand-in for Microsoft, as a process; and what its control port can do."""

    def __init__(self, folder: Path) -> None:
        self.clock_file = folder / "clock.json"
        command = [
            sys.executable, "-m", "novation.emulator", "--port", "0", "--control-port", "0", "--customers", "1",
            "--rate", "0", "--clock-file", str(self.clock_file), "--with-parent",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def ask(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One call of the control port; an act that is not allowed raises ValueError with its sentence."""
        content = None if method == "GET" else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.ready["control"] + path, content, headers, method=method)  # noqa: S310 (our own emulator on loopback)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (loopback only)
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None

    def sow(self, seed: int, customers: int, *, plain: bool = True) -> list[dict[str, Any]]:
        """A new world; returns its customers with what they own."""
        return list(self.sown(seed, customers, plain=plain))

    def sown(self, seed: int, customers: int, *, plain: bool = True) -> Iterator[dict[str, Any]]:
        """The same, one after the other, for who needs only the first."""
        self.ask("POST", "/seed", seed=seed, customers=customers, plain=plain)
        self.ask("PUT", "/faults", profile="none")
        for one in self.ask("GET", f"/customers?limit={customers}")["items"]:
            yield self.truth(one["tenantId"])

    def truth(self, tenant: str) -> dict[str, Any]:
        """All that the emulator knows of one customer."""
        return self.ask("GET", f"/customers/{tenant}")

    def summary(self) -> dict[str, Any]:
        """Counters of all that was done, and who owns what."""
        return self.ask("GET", "/call-record/summary")


class WatchedEngine(Engine):
    """An engine that counts what it begins, so that one which never rests can say why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun: Counter[tuple[Any, str]] = Counter()
        self._same: Counter[tuple[Any, str, str]] = Counter()

    def forget(self) -> None:
        """Counts from nothing."""
        self.begun.clear()
        self._same.clear()

    def _begin(self, works: list[Work]) -> None:
        super()._begin(works)
        for work in works:
            self.begun[work.row, work.kind] += 1
            self._same[work.row, work.kind, f"{work.batch} {work.settle} {work.data}"] += 1

    def raise_if_restless(self, *, late: bool = False) -> None:
        """Raises AssertionError when the same step was begun too often, or when it is too late."""
        if not late and max(self._same.values(), default=0) <= SAME_STEP:
            return
        counted = ", ".join(
            f"same step {kind} {times} times for customer {_name_of(row)}"
            for (row, kind), times in self.begun.most_common(3)
        )
        raise AssertionError(f"no rest: {counted or 'no step was begun'}")


def _name_of(row: Any) -> str:
    moves = Move.objects.filter(pk=row) if isinstance(row, int) else Move.objects.none()
    return moves.values_list("reference", flat=True).first() or str(row)


class Rehearsal:
    """One programme with its engine."""

    def __init__(self, emulator: Emulator, policy: Policy | None = None) -> None:
        self.emulator = emulator
        self.clock = SharedClock(emulator.clock_file)
        self._before = programme_clock.use_clock(self.clock)
        # At any hour: rehearsals turn the clock to what the engine does next, and mails must not wait for morning.
        at_any_hour = replace(policy or Policy(), mail_from=0, mail_until=0)
        self.programme = self._programme(at_any_hour)
        self.people = [people.operator("eva"), people.operator("petr")]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.engine = self.run(self._open())

    def close(self) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        programme_clock.use_clock(self._before)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine in the engine's loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=REST_SECONDS + 20)

    def _programme(self, policy: Policy) -> Programme:
        accounts, now = {}, self.clock.now()
        for role in ("source", "target"):
            given = self.emulator.ready["accounts"][role]
            accounts[role] = partner_accounts.register_account(
                slug=role,
                tenant_id=given["tenant_id"],
                name=given["name"],
                mpn_id=given["mpn_id"],
                now=now,
                actor="test",
            )
            names = ("tenant_id", "client_id", "client_secret", "refresh_token")
            vault.seal(f"{role} account", {name: given[name] for name in names}, now=now, actor="test")
        return programmes.create_programme(
            name="Rehearsal", **accounts, sender_name="Severka IT", sender_email="move@severka.example", now=now,
            actor="test", policy=policy, access_roles=[ROLE], access_group=GROUP,
        )  # fmt: skip

    def another(self, owner: str) -> WatchedEngine:
        """A second engine on the same rows, with the same clients."""
        return WatchedEngine(self.engine.clients, self.clock, owner=owner)

    async def _open(self) -> WatchedEngine:
        clients = Clients()
        for slug in ("source", "target"):
            client = await clients.of(slug)
            # Faults strike calls, not the sign-in before them: every kind of token is there from the start.
            for api_call in API_CALLS.values():
                with contextlib.suppress(errors.WrongTokenKind):
                    await client.customers._sender._tokens.get(api_call)
        self.source, self.target = await clients.of("source"), await clients.of("target")
        return WatchedEngine(clients, self.clock, owner=f"rehearsal:{os.getpid()}")

    async def _close(self) -> None:
        await self.engine.context.close()
        await self.engine.clients.close()
        await self._loop.shutdown_default_executor()

    # -- customers ------------------------------------------------------------------------------------

    def take_in(self, *customers: dict[str, Any], launch: bool = True) -> list[Move]:
        """Imports customers of the emulator and launches a wave with them."""
        rows = [
            CustomerRow(line, one["tenantId"], one["companyName"], one["domain"], country=one["country"])
            for line, one in enumerate(customers, start=2)
        ]
        now = self.clock.now()
        inventory.import_customers(self.programme, rows, now=now, actor="import")
        wanted = Move.objects.filter(customer__tenant_id__in=[row.tenant_id for row in rows], wave=None)
        moves = list(wanted.order_by("id"))
        if launch and moves:
            wave = programmes.create_wave(self.programme, moves, now=now, actor="test")
            programmes.launch_wave(wave, now=now, actor="test")
        return moves

    def says(self, move: Move, kind: str, **fields: Any) -> None:
        """The newest person on file decides on the page."""
        contact = Contact.objects.filter(customer=move.customer).first()
        assert contact is not None
        given = {"contact": contact, "email": contact.email, **fields}
        people.says(move, kind, now=self.clock.now(), **given)

    def accepts(self, move: Move) -> None:
        """The customer's side accepts whatever waits for it: relationship, agreement, access."""
        tenant = move.customer.tenant_id
        if Move.objects.filter(pk=move.pk, decision_state="self", relationship_state="waiting").exists():
            self._quietly("POST", f"/customers/{tenant}/accept-relationship", partner="target", person="Jana")
        for one in Attestation.objects.filter(move=move, accepted_at=None, status="created"):
            self._quietly("POST", f"/attestations/{one.remote_id}/accept")
        if Move.objects.filter(pk=move.pk, decision_state="self").exists():
            self.approves(move)

    def approves(self, move: Move) -> None:
        """Somebody with the customer's admin rights approves the request for access."""
        for one in move.grants.filter(side="target", status="approvalPending"):
            self._quietly("POST", f"/gdap/{one.remote_id}/approve", tenantId=move.customer.tenant_id)

    def asks_for_old_access(self, customer: dict[str, Any]) -> str:
        """The old account asks for admin rights that nobody approves; returns the id of the request."""
        return self.run(self._ask_for_old_access(customer))

    async def _ask_for_old_access(self, customer: dict[str, Any]) -> str:
        gdap = self.source.gdap
        made = await gdap.create(
            display_name="An old request", roles=[ROLE], customer_tenant_id=customer["tenantId"],
            customer_name=customer["companyName"],
        )  # fmt: skip
        assert isinstance(made, Done)
        assert isinstance(await gdap.lock_for_approval(made.value.id), Done)
        return made.value.id

    def works(self, move: Move, outcome: TaskOutcome = TaskOutcome.DONE) -> None:
        """Operators accept on the mandate, with all guards, as the queue makes them do."""
        one, other = self.people
        for task in Task.objects.filter(move_id=move.pk, kind=TaskKind.ACCEPT, state="open"):
            now = self.clock.now()
            if not move.grants.filter(side="target", status="approvalPending").exists():
                return
            tasks.take(task, one, now)
            assert tasks.check_tenant(task, one, move.customer.domain, now)
            tasks.approve(task, other, now)
            self._quietly("POST", f"/customers/{move.customer.tenant_id}/accept-relationship",
                          partner="target", actor="operator", person="eva")  # fmt: skip
            self.approves(move)
            tasks.end(task, one, outcome, "Done.", now)

    def ends(
        self, move: Move, kind: TaskKind, outcome: TaskOutcome, note: str = "Seen.", **given: Any
    ) -> None:
        """An operator ends one open task."""
        task = Task.objects.get(move_id=move.pk, kind=kind, state="open")
        person: User = self.people[0]
        tasks.end(
            tasks.take(task, person, self.clock.now()), person, outcome, note, self.clock.now(), **given
        )

    def _quietly(self, method: str, path: str, **body: Any) -> None:
        """An act that somebody has done before is no news, nor is a link that ran out: the engine makes another."""
        try:
            self.emulator.ask(method, path, **body)
        except ValueError as error:
            assert any(word in str(error) for word in ("already", "before", "expired", "not waiting")), error

    # -- time -----------------------------------------------------------------------------------------

    def idle(self) -> None:
        """Lets the engine work until nothing is due any more at this moment."""
        self.run(self._idle(self.engine))

    async def _idle(self, engine: WatchedEngine) -> None:
        engine.forget()
        late = time.monotonic() + REST_SECONDS
        while True:
            busy = await engine._turn()
            await engine.db(engine.raise_if_restless, late=time.monotonic() > late)
            if engine._running:
                await asyncio.wait(
                    engine._running, return_when=asyncio.FIRST_COMPLETED, timeout=late - time.monotonic()
                )
            elif not busy and not engine.finished and not await engine.db(self._mail):
                return

    def _mail(self) -> int:
        outgoing = delivery.claim(50, now=self.clock.now(), owner="mail")
        for one in outgoing:
            delivery.record(one, delivery.send(one), now=self.clock.now())
        return len(outgoing)

    def jump(self, duration: timedelta) -> None:
        """Moves the clock of everybody on."""
        self.emulator.ask("POST", "/clock", advance=duration.total_seconds())

    def next(self) -> bool:
        """Jumps to the next date on which something is due; False when nothing ever is."""
        dates = Move.objects.exclude(due_at=None).order_by("due_at").values_list("due_at", flat=True)
        due: datetime | None = dates.first()
        if due is None:
            return False
        self.jump(max(due - self.clock.now(), timedelta(0)) + timedelta(seconds=1))
        return True

    def until(self, reached: Callable[[], bool], everybody: Callable[[], Any] = lambda: None) -> None:
        """Lets time pass, and `everybody` act, until something is reached."""
        for _ in range(TURNS):
            self.idle()
            if reached():
                return
            everybody()
            self.idle()
            if reached():
                return
            if not self.next():
                break
        stands = [
            {str(t): s for t, s in one.tracks().items()} | {"due": one.due_why} for one in Move.objects.all()
        ]
        raise AssertionError(f"never reached: {stands}, {list(Task.objects.values('kind', 'why', 'state'))}")

    def move_on(self, move: Move, stage: str = "closed", *, kind: str = "mandate") -> Move:
        """Everybody is willing: until the move has come to this stage."""

        def everybody() -> None:
            if Move.objects.get(pk=move.pk).decision_state == "asked":
                self.says(move, kind)
            self.accepts(move)
            self.works(move)

        self.until(lambda: Move.objects.get(pk=move.pk).stage == stage, everybody)
        return Move.objects.get(pk=move.pk)


def instead(monkeypatch: pytest.MonkeyPatch, kind: str, **parts: Any) -> Declared:
    """Lets a step do something else; returns its own declaration."""
    original = STEPS[kind]
    monkeypatch.setitem(STEPS, kind, replace(original, **parts))
    return original


def losing(monkeypatch: pytest.MonkeyPatch, kind: str, *, effect: bool) -> None:
    """Lets the answer to the next call of this kind be lost, after its effect or before it."""
    original, lost = STEPS[kind], []

    async def call(accounts: Any, work: Any) -> Result:
        if lost:
            return await original.call(accounts, work)
        lost.append(work)
        if effect:
            await original.call(accounts, work)
        return Result(outcome=CallOutcome.UNKNOWN, text="The answer was lost.")

    monkeypatch.setitem(STEPS, kind, replace(original, call=call))


@contextmanager
def striking(rehearsal: Rehearsal, kind: StepKind, **knobs: float) -> Iterator[list[CallOutcome]]:
    """Lets the next call of this kind meet a fault; yields what calls of this kind came to."""
    came: list[CallOutcome] = []
    original = STEPS[kind]

    async def struck(accounts: Any, work: Any) -> Any:
        if CallOutcome.UNKNOWN not in came:
            await asyncio.to_thread(rehearsal.emulator.ask, "PUT", "/faults", **knobs)
        try:
            result = await original.call(accounts, work)
        finally:
            await asyncio.to_thread(rehearsal.emulator.ask, "PUT", "/faults", profile="none")
        came.append(result.outcome)
        return result

    STEPS[kind] = replace(original, call=struck)
    try:
        yield came
    finally:
        STEPS[kind] = original


def outcomes(move: Move, kind: StepKind) -> list[tuple[str, str]]:
    """Outcome and settlement of each step of this kind."""
    return list(Step.objects.filter(move_id=move.pk, kind=str(kind)).values_list("outcome", "settled_by"))

"""The engine: cost of a customer whatever the size of the programme, idle cost, start, limits, and least calls.

    python bench/engine.py                      1,000, 10,000 and 100,000 customers
    python bench/engine.py --populations 1000

Microsoft is `bench/instant.py`: answers at once or after a fixed time, so that what is measured is ours. Each
population is a database of its own in which so many customers wait; then further customers are moved from the
import to the end while the others are there, and the processor time for each of them is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.apart import apart

MOVED = 100
START = datetime(2026, 11, 24, 8, tzinfo=UTC)
#: What a willing customer with one transfer needs at least: one call for each thing that must be read or written.
LEAST = {
    "read-baseline": 1, "create-attestation": 1, "read-attestation": 1, "create-agreement": 1, "read-agreement": 1,
    "create-access": 1, "lock-access": 1, "read-access": 1, "assign-access": 1, "read-relationship": 1,
    "read-transfers": 1, "create-transfer": 1, "accept-transfer": 1, "read-transfer": 1, "verify": 1,
    "read-old-side": 1, "end-old-access": 1, "remove-relationship": 1,
}  # fmt: skip


def measure(populations: tuple[int, ...] = (1_000, 10_000, 100_000)) -> dict[str, Any]:
    """All parts, each in a process of its own."""
    sizes = {f"{size:,} customers": part("size", size) for size in populations}
    small, large = (list(sizes.values())[i]["processor ms for one customer"] for i in (0, -1))
    return {
        **sizes,
        "cost of a customer, largest against smallest": large / small,
        "at 100 ms": part("latency", 40),
        "against the limit": part("limit", 400),
    }


def part(name: str, number: int) -> dict[str, Any]:
    """Runs one part in a fresh home and returns its figures."""
    return apart(
        __file__, "--part", name, "--number", str(number),
        NOVATION_MAIL_RATE="1000000", NOVATION_API_RATE="1000000", NOVATION_LOG_LEVEL="ERROR",
    )  # fmt: skip


class _Nobody:
    """A client that is never asked: `Instant` answers in its place."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *error: object) -> None: ...


class House:
    """A programme whose customers are willing, on a clock that stands still until it is moved."""

    def __init__(self, latency: float = 0.0) -> None:
        import django

        django.setup()
        from django.conf import settings
        from django.contrib.auth.models import User
        from django.core.management import call_command

        from bench.instant import Instant
        from novation import clock
        from novation.customers.services import accounts as partner_accounts
        from novation.domain.policy import Policy
        from novation.engine import clients, loop
        from novation.moves.services import programmes

        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        call_command("migrate", verbosity=0, interactive=False)
        self.clock = clock.FixedClock(START)
        clock.use_clock(self.clock)
        accounts = {
            role: partner_accounts.register_account(
                slug=role, tenant_id=f"{letter * 8}-0000-4000-8000-000000000001", name=name, now=START, actor="bench"
            )
            for role, letter, name in (("source", "a", "Old Ltd"), ("target", "b", "New Ltd"))
        }  # fmt: skip
        self.programme = programmes.create_programme(
            name="Bench", **accounts, sender_name="Us", sender_email="us@example.com", now=START, actor="bench",
            policy=Policy(), access_roles=["88d8e3e3-8f55-4a1e-953a-9b9898b8876b"], access_group="g",
        )  # fmt: skip
        self.people = [User.objects.create_user(name, f"{name}@example.com") for name in ("eva", "petr")]
        self.other_side = Instant(self.clock.now, latency)
        self.other_side.stand_in()
        nobody = clients.Clients({"source": _Nobody(), "target": _Nobody()})  # type: ignore[dict-item]  # no calls out
        self.engine = loop.Engine(nobody, self.clock, owner="bench:1")
        self.cpu = self.wall = 0.0

    def populate(self, number: int) -> None:
        """So many customers who were told and have not answered, written in bulk."""
        from novation.customers.models import Contact, Customer
        from novation.domain.tracks import Track
        from novation.moves.models import Item, Move

        waits = {Track.NOTICE: "sent", Track.DECISION: "asked"}
        for start in range(0, number, 5_000):
            many = range(start, min(number, start + 5_000))
            customers = Customer.objects.bulk_create(
                Customer(tenant_id=f"{n:08x}-1111-4111-8111-111111111111", name=f"Waiting {n}",
                         reference=f"WAIT-{n:08d}", country="CZ",
                         domain=f"w{n}.onmicrosoft.com", created_at=START) for n in many
            )  # fmt: skip
            Contact.objects.bulk_create(
                Contact(customer=c, name="Jana", email=f"jana@{c.domain}", created_at=START)
                for c in customers
            )
            moves = Move.objects.bulk_create(
                Move(programme=self.programme, customer=c, reference=f"WA-{c.pk:08d}", words="a b", stage="told",
                     created_at=START, baseline_at=START, due_at=START + timedelta(days=200 + c.pk % 50),
                     **{f"{track}_state": state for track, state in waits.items()},
                     **{f"{track}_since": START for track in waits}) for c in customers
            )  # fmt: skip
            Item.objects.bulk_create(
                Item(move=m, subscription_id=f"{m.pk}-{k}", product=f"P{k}", name="Plan", quantity=5, term="P1Y",
                     billing_cycle="monthly", status="active", baseline={}) for m in moves for k in range(3)
            )  # fmt: skip

    def take_in(self, number: int) -> list[int]:
        from novation.domain.customerlist import CustomerRow
        from novation.moves.models import Move
        from novation.moves.services import inventory, programmes

        rows = [
            CustomerRow(n, f"{n:08x}-2222-4222-8222-222222222222", f"Moving {n}", f"m{n}.onmicrosoft.com",
                        email=f"jana@m{n}.example", contact="Jana", country="CZ", language="en") for n in range(number)
        ]  # fmt: skip
        inventory.import_customers(self.programme, rows, now=self.clock.now(), actor="bench")
        moves = list(Move.objects.filter(wave=None, customer__name__startswith="Moving"))
        wave = programmes.create_wave(self.programme, moves, now=self.clock.now(), actor="bench")
        programmes.launch_wave(wave, now=self.clock.now(), actor="bench")
        return [move.pk for move in moves]

    async def idle(self) -> None:
        """The engine works until nothing is due at this moment; its processor time is counted."""
        cpu, wall = time.process_time(), time.perf_counter()
        while True:
            busy = await self.engine._turn()
            if self.engine._running:
                await asyncio.wait(self.engine._running, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(0)
            elif not busy and not self.engine.finished:
                break
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall

    def people_act(self, ids: list[int]) -> None:
        from novation.domain.steps import TaskKind, TaskOutcome
        from novation.moves.models import Attestation, Grant, Move
        from novation.moves.services import decisions, tasks
        from novation.notices import delivery
        from novation.operations.models import Task

        now = self.clock.now()
        while outgoing := delivery.claim(50, now=now, owner="mail"):
            for one in outgoing:
                delivery.record(one, delivery.send(one), now=now)
        for move in Move.objects.filter(pk__in=ids, decision_state="asked").select_related(
            "customer", "programme"
        ):
            contact = move.customer.contacts.first()
            decisions.record_decision(
                move=move, kind="mandate", contact=contact, level="A1", name="Jana Nová", function="Director",
                email=contact.email, authority="yes", statement="I authorise you.", wording="1", language="en",
                shown=b"<p>page</p>", code_check="mail", link_id="l", address="192.0.2.1", agent="b", now=now,
            )  # fmt: skip
        Attestation.objects.filter(move__in=ids).first()
        for task in Task.objects.filter(move_id__in=ids, state="open").select_related("customer"):
            waits = Grant.objects.filter(move_id=task.move_id, status="approvalPending")
            if task.kind == TaskKind.ACCEPT and waits.exists():
                one, other = self.people
                tasks.take(task, one, now)
                tasks.check_tenant(task, one, task.customer.domain, now)
                tasks.approve(task, other, now)
                self.other_side.accepted.add(task.customer.tenant_id)
                tasks.end(task, one, TaskOutcome.DONE, "Done.", now)

    async def to_the_end(self, ids: list[int]) -> int:
        """Moves these customers until they have ended; says how many looks at the clock it took."""
        from novation.domain.stage import ENDED
        from novation.moves.models import Move

        for jumps in range(400):
            await self.idle()
            await asyncio.to_thread(self._act, ids)
            await self.idle()
            own = Move.objects.filter(pk__in=ids).exclude(stage__in=ENDED)
            due = await asyncio.to_thread(
                lambda own=own: list(
                    own.exclude(due_at=None).order_by("due_at").values_list("due_at", flat=True)[:1]
                )
            )
            if not due:
                left = await asyncio.to_thread(lambda own=own: list(own.values_list("stage", "due_why")[:3]))
                if left:
                    raise RuntimeError(f"some never end: {left}")
                return jumps
            self.clock.at = max(self.clock.at, due[0]) + timedelta(seconds=1)
        raise RuntimeError("no end")

    def _act(self, ids: list[int]) -> None:
        self.people_act(ids)

    def memory(self) -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def size(number: int) -> dict[str, Any]:
    """Cost of a customer, of waiting and of a start, with so many customers in the programme."""
    house = House()
    house.populate(number)
    before = house.memory()

    async def run() -> dict[str, Any]:
        start = time.perf_counter()
        await house.engine.db(house.engine._start)
        await house.engine._turn()
        started = time.perf_counter() - start
        ids = await asyncio.to_thread(house.take_in, MOVED)
        await house.to_the_end(ids)
        calls = sum(house.other_side.calls.values()) / MOVED
        figures = {
            "processor ms for one customer": house.cpu * 1000 / MOVED,
            "customers a second": MOVED / house.wall,
            "calls for one customer": calls,
            "calls against the least": calls / sum(LEAST.values()),
            "start ms": started * 1000,
            "memory MB": house.memory(),
            "memory MB that the moves added": house.memory() - before,
        }
        return figures | await idle_cost(house)

    return asyncio.run(run())


async def idle_cost(house: House) -> dict[str, Any]:
    """Processor time of the whole engine, with its helpers, while everybody waits."""
    seconds, engine = 10.0, house.engine
    from novation.engine import loop, poll_activity_log, poll_customer_list

    # These would call out; in a rest of an hour each does so once.
    poll_customer_list.worth_reading = lambda clock: []
    poll_activity_log.due = lambda clock: None
    task = asyncio.create_task(engine.run())
    # Until then it looks as often as an engine that has something to do.
    await asyncio.sleep(loop.QUIET + 2.0)
    before = time.process_time()
    await asyncio.sleep(seconds)
    used = time.process_time() - before
    engine.stop()
    await task
    return {"idle, percent of one core": used / seconds * 100}


def latency(number: int) -> dict[str, Any]:
    """Calls that take 100 ms, beside a script that makes the same calls one after the other."""
    house = House(latency=0.1)

    async def run() -> dict[str, Any]:
        ids = await asyncio.to_thread(house.take_in, number)
        await house.to_the_end(ids)
        calls = sum(house.other_side.calls.values())
        sample = time.perf_counter()
        for _ in range(10):
            await asyncio.sleep(0.1)
        sequential = (time.perf_counter() - sample) / 10 * calls
        return {
            "customers": number,
            "calls": calls,
            "seconds": house.wall,
            "seconds of a sequential script": sequential,
            "times as fast": sequential / house.wall,
            "share of what latency allows": calls * 0.1 / house.engine.in_flight / house.wall,
        }

    return asyncio.run(run())


def limit(number: int) -> dict[str, Any]:
    """So many readings of 100 ms against a limit of 100 in 3 seconds, through the budget in the database."""
    house = House()
    from novation.engine.budget import DatabaseBudget
    from novation.partnercenter import Pace, SystemClock
    from novation.partnercenter.budget import Gate

    pace = Pace(per_minute=100, window=3.0, in_flight=16)
    gate = Gate(DatabaseBudget("source", pace, 1.0), 16, SystemClock())

    async def limited(accounts: Any, work: Any) -> Any:
        async with gate.place("customers") as place:
            await asyncio.sleep(0.1)
            place.answered = True
        return await house.other_side._action(accounts, work)

    from novation.domain.steps import StepKind
    from novation.engine.steps import STEPS

    STEPS[StepKind.READ_BASELINE] = replace(STEPS[StepKind.READ_BASELINE], call=limited)

    async def run() -> dict[str, Any]:
        await asyncio.to_thread(house.take_in, number)
        await house.idle()
        least = (number / 100 - 1) * 3.0 + 0.1
        return {
            "calls": number,
            "seconds": house.wall,
            "least seconds": least,
            "share of the limit": least / house.wall,
        }

    return asyncio.run(run())


PARTS = {"size": size, "latency": latency, "limit": limit}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=sorted(PARTS))
    parser.add_argument("--number", type=int, default=1_000)
    parser.add_argument("--populations", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.number)))
    else:
        print(json.dumps(measure(tuple(options.populations)), indent=2))


if __name__ == "__main__":
    main()

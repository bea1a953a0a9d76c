"""The evidence log in the database: events a second, and what one more event, proof or bundle costs as it grows.

Runs in a process and a home of its own, because a program can be given only one database. `NOVATION_BENCH_DATABASE`
names another one than SQLite, an empty one.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.apart import apart

if TYPE_CHECKING:
    from novation.customers.services import accounts
from novation.moves.models import Move

SIZES = (10_000, 100_000, 1_000_000)
CUSTOMERS = 5000
SECRET_SALT = bytes(16)


def measure() -> dict[str, Any]:
    """Starts this file as a program and returns what it measured."""
    database = os.environ.get("NOVATION_BENCH_DATABASE")
    return apart(__file__, **{"DATABASE_URL": database} if database else {})


def main() -> None:
    """Measures, and prints the figures as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    moves = people()
    figures: dict[str, Any] = {"database": connection.vendor}
    figures["events a second, one in a transaction"] = appended(moves, each=1)
    figures["events a second, twenty in a transaction"] = appended(moves, each=20)
    growth = {}
    for size in SIZES:
        filled(moves, size)
        growth[f"{size:,}"] = costs(moves)
    figures["ms at log size"] = growth
    print(json.dumps(figures))


def people() -> list[Move]:
    """A programme with its customers."""
    from novation.domain.customerlist import CustomerRow
    from novation.moves.models import Move
    from novation.moves.services import inventory, programmes

    now = start()
    source, target = (
        accounts.register_account(
            slug=role, tenant_id=str(uuid.UUID(int=number)), name=role.title(), now=now, actor="bench"
        )
        for number, role in enumerate(("source", "target"), 1)
    )
    programme = programmes.create_programme(
        name="Bench", source=source, target=target, sender_name="Example", sender_email="a@example.org",
        now=now, actor="bench",
    )  # fmt: skip
    rows = [
        CustomerRow(
            line=number, tenant_id=str(uuid.UUID(int=number + (4 << 76) + (8 << 60))), name=f"Customer {number}",
            domain=f"customer{number}.onmicrosoft.com", email=f"a@customer{number}.example", contact="Jana Nová",
            country="CZ", language="en",
        )
        for number in range(CUSTOMERS)
    ]  # fmt: skip
    inventory.import_customers(programme, rows, now=now, actor="bench")
    return list(Move.objects.select_related("customer", "programme").order_by("pk"))


def start() -> Any:
    """A fixed moment."""
    from datetime import UTC, datetime

    return datetime(2026, 11, 23, tzinfo=UTC)


def appended(moves: list[Move], *, each: int, number: int = 2000) -> float:
    """Events a second by the product's own service, so many in one transaction."""
    from django.db import transaction

    from novation.evidence.tags import Tag
    from novation.evidencelog.services import events

    began = time.perf_counter()
    for first in range(0, number, each):
        with transaction.atomic():
            for one in range(first, first + each):
                data = {"status": 201, "request": "3f0c6f0e-8a40-4f2f-9a53-8c1d7c1d0b1e"}
                events.record(
                    Tag.STEP_OUTCOME,
                    at=start(),
                    actor="engine",
                    subject=moves[one % len(moves)].subject,
                    data=data,
                )
    return number / (time.perf_counter() - began)


def filled(moves: list[Move], size: int) -> None:
    """Brings the log to this size with entries as the service makes them, in bulk."""
    from novation.evidence.chain import EMPTY_HEAD, extend_chain
    from novation.evidence.entry import make_entry
    from novation.evidence.frontier import Frontier
    from novation.evidence.tags import Tag
    from novation.evidencelog.models import Event, LogHead, LogNode
    from novation.evidencelog.services.events import TILE_LEVEL

    head = LogHead.objects.get(pk=1)
    frontier = Frontier.from_bytes(bytes(head.frontier))
    newest = {
        subject: (number, bytes(last))
        for subject, number, last in Event.objects.order_by("seq")
        .values_list("subject", "number", "head")
        .iterator()
    }
    rows, nodes = [], []
    for seq in range(head.size, size):
        move = moves[seq % len(moves)]
        number, before = newest.get(move.customer.reference, (0, EMPTY_HEAD))
        entry = make_entry(
            seq=seq, at=start(), tag=Tag.STEP_OUTCOME, subject=move.customer.reference, actor="engine",
            data={"status": 201, "step": seq}, personal=None, salt=SECRET_SALT, number=number + 1, before=before,
        )  # fmt: skip
        newest[move.customer.reference] = (number + 1, extend_chain(before, entry.leaf))
        rows.append(
            Event(
                seq=seq, at=start(), tag=Tag.STEP_OUTCOME, subject=move.customer.reference,
                customer_id=move.customer_id, move_id=move.pk, move_reference=move.reference,
                number=number + 1, actor="engine",
                body=entry.body, leaf=entry.leaf, head=newest[move.customer.reference][1],
            )
        )  # fmt: skip
        nodes += [
            LogNode(level=level, index=index, hash=node)
            for level, index, node in frontier.completed(entry.leaf)
            if level >= TILE_LEVEL
        ]
        frontier = frontier.append(entry.leaf)
        if len(rows) == 5000 or seq == size - 1:
            Event.objects.bulk_create(rows)
            LogNode.objects.bulk_create(nodes)
            rows, nodes = [], []
    LogHead.objects.filter(pk=1).update(size=size, frontier=frontier.to_bytes(), at=start())


def costs(moves: list[Move]) -> dict[str, float]:
    """Milliseconds for one more event, for the proof of one, and for one customer's bundle, per event in it."""
    from novation.evidencelog.models import Event
    from novation.evidencelog.selectors import log, proofs
    from novation.evidencelog.services import checkpoints
    from novation.moves import bundles

    dice = random.Random(7)
    size = Event.objects.count()
    append = 1000 / appended(moves, each=1, number=200)
    checkpoints.sign(now=start() + timedelta(minutes=1))
    proof = average(20, lambda: proofs.proof_of(dice.randrange(size)))
    search = average(20, lambda: log.entries(tag="step:", before=dice.randrange(1, size)))
    with tempfile.TemporaryDirectory() as folder:

        def one() -> None:
            chosen = moves[dice.randrange(len(moves))]
            list(bundles.export([chosen], Path(folder), now=start() + timedelta(minutes=2)))

        bundle = average(5, one)
    return {
        "one more event": append,
        "proof page": proof,
        "search": search,
        "one bundle": bundle,
        "events in it": size / len(moves),
    }


def average(times: int, work: Callable[[], object]) -> float:
    """Milliseconds, after one try that warms up."""
    work()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1000


if __name__ == "__main__":
    main()

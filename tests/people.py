"""Programmes, customers and people in the database, in few words, for tests of services, engine and commands."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from novation.customers.models import Account, Contact
from novation.domain.customerlist import CustomerRow
from novation.domain.policy import Policy
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Decision, Move, Programme
from novation.moves.services import decisions, inventory, programmes, tasks, tracks
from novation.operations.models import Task
from tests.builders import NOW

SOURCE = "aaaaaaaa-0000-4000-8000-000000000001"
TARGET = "bbbbbbbb-0000-4000-8000-000000000002"
_numbers = count(1)


def programme(policy: Policy | None = None, **details: Any) -> Programme:
    """The programme of this installation, from an old account to a new one."""
    # Rows without their events, so that a test's log begins with what the test is about.
    source, _ = Account.objects.update_or_create(
        slug="source", defaults={"tenant_id": SOURCE, "name": "Old Ltd"}
    )
    target, _ = Account.objects.update_or_create(
        slug="target", defaults={"tenant_id": TARGET, "name": "New Ltd"}
    )
    return programmes.create_programme(
        name="The move",
        source=source,
        target=target,
        sender_name="Severka IT",
        sender_email="move@severka.example",
        now=NOW,
        actor="test",
        policy=policy,
        **details,
    )


def row(number: int, **fields: Any) -> CustomerRow:
    """One customer as an import reads it."""
    defaults: dict[str, Any] = {
        "tenant_id": str(uuid.UUID(int=number + (4 << 76) + (8 << 60))),
        "name": f"Customer {number}",
        "domain": f"customer{number}.onmicrosoft.com",
        "email": f"jana@customer{number}.example",
        "contact": "Jana Nová",
        "country": "CZ",
        "language": "en",
    }
    return CustomerRow(line=number, **{**defaults, **fields})


def moves(number: int = 1, within: Programme | None = None, **fields: Any) -> list[Move]:
    """So many customers with their moves, as an import makes them."""
    wanted = [row(next(_numbers), **fields) for _ in range(number)]
    inventory.import_customers(within or programme(), wanted, now=NOW, actor="import")
    found = Move.objects.filter(customer__tenant_id__in=[one.tenant_id for one in wanted])
    return list(found.select_related("customer", "programme").order_by("id"))


def move(within: Programme | None = None, **stands: str) -> Move:
    """One customer's move whose tracks stand where they are put, without the way there."""
    (one,) = moves(1, within)
    for track, state in stands.items():
        setattr(one, f"{Track(track)}_state", state)
        setattr(one, f"{Track(track)}_since", NOW)
    one.baseline_at = NOW
    one.stage = one.derive_stage()
    one.save()
    return one


def contact(of: Move) -> Contact:
    """The person on file."""
    return of.customer.contacts.get()


def operator(name: str) -> User:
    """One of our people."""
    return User.objects.create_user(name, f"{name}@severka.example", first_name=name.title())


def says(of: Move, kind: str, *, now: datetime = NOW, **fields: Any) -> Decision:
    """The person on file decides on the page, with a one-time code."""
    person = contact(of)
    defaults: dict[str, Any] = {
        "contact": person,
        "level": "A1",
        "name": "Jana Nová",
        "function": "Managing director",
        "email": person.email,
        "authority": "I may speak for Customer.",
        "statement": f"I choose {kind}.",
        "wording": "2026-11",
        "language": "en",
        "shown": b"<p>The page as it was shown.</p>",
        "code_check": "sent to the address on file, accepted",
        "link_id": "a-link",
        "address": "192.0.2.7",
        "agent": "A browser",
    }
    return decisions.record_decision(move=of, kind=kind, now=now, **{**defaults, **fields})


def task(of: Move, kind: TaskKind, now: datetime = NOW) -> Task:
    """An open task."""
    return tasks.open_task(of, kind, why="Because.", now=now)


@transaction.atomic
def put(of: Move, now: datetime = NOW, **sets: str) -> Move:
    """Moves tracks as a service would, checked and with an event."""
    fresh = tracks.lock_move(of.pk)
    wanted = {Track(track): state for track, state in sets.items()}
    tracks.transition(fresh, wanted, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor="test")
    return fresh


def tags(of: Move | None = None) -> list[str]:
    """The tags of the log, or of one move's part of it, in order."""
    events = Event.objects.filter(move_id=of.pk) if of is not None else Event.objects.all()
    return list(events.order_by("seq").values_list("tag", flat=True))


def move_of(row: Task) -> Move:
    """The move that a task is about."""
    return Move.objects.select_related("customer", "programme", "wave").get(pk=row.move_id)

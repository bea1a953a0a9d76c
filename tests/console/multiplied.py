"""Many customers that stand as those of a portfolio do: copied rows, without the services that made the first ones.

For what is asked of the console at sizes at which making each customer properly would take hours.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from novation.customers.models import Contact, Customer
from novation.moves.models import Item, Move
from novation.operations.models import Step, Task

#: So many times the seed is copied in one go: memory does not grow with the size.
CHUNK = 20


def multiply(seed: Sequence[Move], times: int) -> None:
    """Adds so many copies of each of these moves, with its customer and what hangs on them."""
    moves = list(Move.objects.filter(pk__in=[move.pk for move in seed]).select_related("customer"))
    hanging: list[list[Any]] = [
        list(kind.objects.filter(move_id__in=[move.pk for move in moves])) for kind in (Item, Step, Task)
    ]
    contacts = list(Contact.objects.filter(customer__in=[move.customer_id for move in moves]))
    for start in range(0, times, CHUNK):
        turn = range(start, min(times, start + CHUNK))
        firms = {
            (n, m.customer_id): anew(
                m.customer,
                tenant_id=str(uuid.uuid4()),
                reference=uuid.uuid4().hex[:16],
                name=f"{m.customer.name} {n}",
            )
            for n in turn
            for m in moves
        }
        Customer.objects.bulk_create(firms.values())
        rows = {
            (n, m.pk): anew(
                m, reference=f"C-{firms[n, m.customer_id].pk}", customer_id=firms[n, m.customer_id].pk
            )
            for n in turn
            for m in moves
        }
        Move.objects.bulk_create(rows.values())
        Contact.objects.bulk_create(
            anew(c, customer_id=firms[n, c.customer_id].pk) for n in turn for c in contacts
        )
        for kind in hanging:
            if kind:
                made = [anew(row, **_of(row, rows[n, row.move_id])) for n in turn for row in kind]
                type(kind[0]).objects.bulk_create(made, batch_size=2_000)


def _of(row: Any, move: Move) -> dict[str, object]:
    """What ties a row to a move: its id, and for steps and tasks the customer too."""
    if isinstance(row, Item):
        return {"move_id": move.pk}
    return {"move_id": move.pk, "customer_id": move.customer_id, "move_reference": move.reference}


def anew(row: Any, **changed: object) -> Any:
    """A copy of a row that is not in the database yet; identifiers that must be unique are new ones."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    for field in row._meta.concrete_fields:
        if field.unique and not field.primary_key and field.attname not in changed:
            fields[field.attname] = str(uuid.uuid4())
    del fields[row._meta.pk.attname]
    return type(row)(**fields | changed)

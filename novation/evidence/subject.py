"""Whose history an entry of the log belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """One customer, and the move or operation in which something happened.

    Args:
        reference: the customer's own reference; it stands in the chained bytes.
        customer: id of the customer's row.
        move, move_reference: id and reference of the move, if it happened in one.
        operation: id of the operation, if it belongs to one.
    """

    reference: str
    customer: int
    move: int | None = None
    move_reference: str = ""
    operation: UUID | None = None

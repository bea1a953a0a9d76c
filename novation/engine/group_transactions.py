"""One transaction for the work of many moves: together on the way, apart when one of them fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from django.db import transaction

from novation import transactions
from novation.engine.db_retry import is_connection_lost

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Stands around the part of one move: a savepoint, or nothing.
Guard = Callable[[], AbstractContextManager[object]]


def together_or_apart(act: Callable[[Guard | None], T]) -> T:
    """Does the work of a group in one transaction, without a savepoint anywhere in it.

    Savepoints cost as much as a quarter of the work and are hardly ever needed. When the group fails it is rolled
    back and done again, with a savepoint around the part of each move.

    Args:
        act: the work. It is given what to put around each move's part, whose failure then stops no other; or None,
            and any failure ends the group. It may be called twice, so it keeps nothing of its own from the first time.
    """
    try:
        with transactions.without_savepoints():
            return act(None)
    except Exception as error:
        if is_connection_lost(error):
            raise  # the database is at fault, not a move: the whole group is tried again
        log.warning(
            "A group is done again one by one: %s.", type(error).__name__, extra={"action": "group_divided"}
        )
    with transaction.atomic():
        return act(transaction.atomic)

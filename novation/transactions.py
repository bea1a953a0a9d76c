"""What both of our database backends add to Django's transactions: rows written last, and groups without savepoints.

A row that everybody writes (the head of the evidence log) is locked from its first write to the commit. So such
writes are deferred: they wait in memory and go to the database right before the commit, in the same transaction as
the change they belong to. What is deferred shares the fate of its savepoint: a rollback drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Base = BaseDatabaseWrapper
else:
    Base = object

#: Writes what was deferred, in the order in which that was done.
Write = Callable[[Sequence[Any]], None]


@dataclass(slots=True)
class _Deferred:
    """One deferred item, and the savepoints within which it was deferred and, later, written."""

    write: Write
    item: Any
    deferred_in: frozenset[str]
    written_in: frozenset[str] | None = field(default=None)


class LateWrites(Base):
    """Part of a database backend: what is deferred is written right before the commit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deferred: list[_Deferred] = []
        self._savepoints = True

    def defer(self, write: Write, item: Any) -> None:
        """Has `write` called with this item, and with others that wait for it, right before the commit.

        In a transaction that only a test has begun it is called at once.
        """
        self._deferred.append(_Deferred(write, item, self._open_savepoints()))
        if self._only_of_a_test():
            self.write_deferred()

    def write_deferred(self) -> None:
        """Writes now what waits; whatever that locks stays locked until the commit."""
        waiting = [one for one in self._deferred if one.written_in is None]
        if not waiting:
            return
        within = self._open_savepoints()
        # Marked first: what writes may read, and reading writes what waits.
        for one in waiting:
            one.written_in = within
        try:
            for write, group in groupby(waiting, key=lambda one: one.write):
                write([one.item for one in group])
        except BaseException:
            for one in waiting:
                one.written_in = None
            raise

    @contextmanager
    def without_savepoints(self) -> Iterator[None]:
        """Blocks within this one have no savepoints: a failure in any of them fails the whole transaction."""
        before, self._savepoints = self._savepoints, False
        try:
            yield
        finally:
            self._savepoints = before

    def commit(self) -> None:
        """As Django has it; what waits is written first."""
        try:
            self.write_deferred()
        except BaseException:
            # Django rolls back after a database error only, and would commit after any other.
            self.rollback()
            raise
        super().commit()
        self._deferred.clear()

    def rollback(self) -> None:
        """As Django has it; what waits is forgotten."""
        self._deferred.clear()
        super().rollback()

    def close(self) -> None:
        """As Django has it; what waits is forgotten with its transaction."""
        self._deferred.clear()
        super().close()

    def savepoint_rollback(self, sid: str) -> None:
        """As Django has it; what was deferred since is dropped, and what was written since waits again."""
        super().savepoint_rollback(sid)
        self._deferred = [one for one in self._deferred if sid not in one.deferred_in]
        for one in self._deferred:
            if one.written_in is not None and sid in one.written_in:
                one.written_in = None

    def savepoint_commit(self, sid: str) -> None:
        """As Django has it; within a transaction of a test, the outermost block of ours ends like a transaction."""
        if self._only_of_a_test():
            try:
                self.write_deferred()
            except DatabaseError:
                raise  # Django rolls back
            except BaseException:
                self.savepoint_rollback(sid)
                raise
        super().savepoint_commit(sid)

    def _savepoint_allowed(self) -> bool:
        allowed: bool = super()._savepoint_allowed()  # type: ignore[misc]  # not in the stubs of Django
        return self._savepoints and allowed

    def _open_savepoints(self) -> frozenset[str]:
        return frozenset(sid for sid in self.savepoint_ids if sid is not None)

    def _only_of_a_test(self) -> bool:
        """True when a test case of Django has begun the transaction, and no block of ours is open in it."""
        blocks = self.atomic_blocks
        return bool(blocks) and all(getattr(block, "_from_testcase", False) for block in blocks)


def late_writes() -> LateWrites:
    """The present connection.

    Raises:
        RuntimeError: it is not of a backend of ours, so that what is deferred would be lost.
    """
    connection = transaction.get_connection()
    if not isinstance(connection, LateWrites):
        raise RuntimeError("The database engine must be novation.sqlite or novation.postgresql.")
    return connection


def defer(write: Write, item: Any) -> None:
    """Has `write` called with this item right before the commit; see `LateWrites.defer`.

    Raises:
        RuntimeError: there is no transaction that would be committed.
    """
    connection = late_writes()
    if not connection.in_atomic_block:
        raise RuntimeError("What is deferred belongs to a transaction.")
    connection.defer(write, item)


def write_deferred() -> None:
    """Writes now what waits for the commit, so that it can be read."""
    connection = transaction.get_connection()
    if isinstance(connection, LateWrites):
        connection.write_deferred()


@contextmanager
def without_savepoints() -> Iterator[None]:
    """One transaction in which no block has a savepoint; a failure anywhere in it fails all of it."""
    with transaction.atomic(), late_writes().without_savepoints():
        yield

"""The database backend `novation.sqlite` (Django looks for a module of this name in it).

SQLite lets one connection write at a time. Who comes second sleeps by its own schedule (1, 2, 5, 10 … up to
100 ms; sqlite3.c, `sqliteDefaultBusyCallback`), however soon the first is done: two processes that write often
spend most of their time asleep. Here one thread of each process asks again every other millisecond.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

from novation.transactions import LateWrites

T = TypeVar("T")

#: Real seconds between two tries.
AGAIN = 0.002

_turn = threading.Lock()


class Cursor(base.SQLiteCursorWrapper):
    """A cursor whose statements wait for the writer before them."""

    patience = 5.0

    def execute(self, query: str, params: Any = None) -> Any:
        """As Django has it."""
        return self._patiently(super().execute, query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """As Django has it; the rows are kept, so that they can be given again."""
        return self._patiently(super().executemany, query, list(param_list))

    def _patiently(self, statement: Callable[[str, Any], T], query: str, given: Any) -> T:
        try:
            return statement(query, given)
        except sqlite3.OperationalError as error:
            if not _busy(error):
                raise
        deadline = time.monotonic() + self.patience
        # One thread asks; the others of the process stand behind it and cost nothing.
        with _turn:
            while True:
                try:
                    return statement(query, given)
                except sqlite3.OperationalError as error:
                    if not _busy(error) or time.monotonic() > deadline:
                        raise
                time.sleep(AGAIN)


class DatabaseWrapper(LateWrites, base.DatabaseWrapper):
    """SQLite, with writes that begin soon after the one before has ended, and rows that are written last."""

    def get_connection_params(self) -> dict[str, Any]:
        """As Django has it; it is we who wait for `timeout` (seconds), not SQLite."""
        params: dict[str, Any] = super().get_connection_params()
        self._patience = float(params.get("timeout", 5.0))
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opened with SQLite's own wait: what is set up here goes past our cursor, and may meet a recovery."""
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    def create_cursor(self, name: str | None = None) -> Cursor:
        """A cursor that waits."""
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.patience = self._patience
        return cursor


def _busy(error: Exception) -> bool:
    return str(error) == "database is locked"

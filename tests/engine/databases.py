"""The database of a rehearsal: a file, or a database of its own on the PostgreSQL server.

`NOVATION_TEST_DATABASE=postgres` lets the whole suite run on PostgreSQL; without it the suite runs on SQLite, except
for the tests that are about PostgreSQL.
"""

from __future__ import annotations

import copy
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
from django.core.management import call_command
from django.db import connection, connections

SERVER = os.environ.get("NOVATION_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
ON_POSTGRES = os.environ.get("NOVATION_TEST_DATABASE") == "postgres"


@contextmanager
def database(settings: dict[str, Any]) -> Iterator[None]:
    """Points Django, in all threads, at another database until the end of the block."""
    before, wrapper = connections.settings["default"], connections["default"]
    connections.settings["default"] = settings
    del connections["default"]
    try:
        yield
    finally:
        connection.close()
        del connections["default"]
        connections.settings["default"] = before
        connections["default"] = wrapper


def settings_of(url: str) -> dict[str, Any]:
    """Django's settings of the database at this address; a file need not survive a power cut."""
    settings = copy.deepcopy(dict(connections.settings["default"]))
    settings |= {"OPTIONS": {}, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, **dj_database_url.parse(url)}
    settings["ENGINE"] = "novation.sqlite" if url.startswith("sqlite") else "novation.postgresql"
    if url.startswith("sqlite"):
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        }
    return settings


def execute(statement: str) -> None:
    """One statement on the PostgreSQL server, outside any transaction."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(statement.encode())


class Empty:
    """A database with tables and no rows, to be copied. Made at the first copy."""

    def __init__(self, folder: Path, *, postgres: bool) -> None:
        self.postgres = postgres
        self._path = folder / "empty.sqlite3"
        self._name = f"novation_test_{uuid.uuid4().hex[:12]}"
        self._made = False

    def _make(self) -> None:
        if self.postgres:
            execute(f'CREATE DATABASE "{self._name}"')
        url = f"{SERVER}/{self._name}" if self.postgres else f"sqlite:///{self._path}"
        with database(settings_of(url)):
            call_command("migrate", verbosity=0, interactive=False)
        self._made = True

    @contextmanager
    def copied(self, folder: Path) -> Iterator[str]:
        """A copy for one test; yields its address."""
        if not self._made:
            self._make()
        if not self.postgres:
            shutil.copy(self._path, folder / "novation.sqlite3")
            yield f"sqlite:///{folder / 'novation.sqlite3'}"
            return
        name = f"novation_test_{uuid.uuid4().hex[:12]}"
        execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._name}"')
        # Our processes die in these tests, the server does not: nothing depends on its disk.
        execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        try:
            yield f"{SERVER}/{name}"
        finally:
            execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        if self.postgres and self._made:
            execute(f'DROP DATABASE "{self._name}" WITH (FORCE)')

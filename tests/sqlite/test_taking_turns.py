"""Two writers on one SQLite file: the second waits, begins when the first is done, and gives up in time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from novation.sqlite.base import DatabaseWrapper

LONG = 30.0


@pytest.fixture
def pair(tmp_path: Path, django_db_blocker: Any) -> Iterator[list[DatabaseWrapper]]:
    """Two connections to a file with one table."""
    settings = connections["default"].settings_dict | {
        "NAME": str(tmp_path / "turns.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE", "timeout": 0.2, "init_command": "PRAGMA journal_mode=WAL",
        },
    }  # fmt: skip
    both = [DatabaseWrapper(settings, alias) for alias in ("first", "second")]
    with django_db_blocker.unblock():
        for one in both:
            one.inc_thread_sharing()
        with both[0].cursor() as cursor:
            cursor.execute("CREATE TABLE notes (text TEXT)")
        yield both
        for one in both:
            one.close()


@contextmanager
def transaction(on: DatabaseWrapper) -> Iterator[None]:
    on.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    yield
    on.commit()
    on.set_autocommit(True)


def add(to: DatabaseWrapper, text: str) -> None:
    with to.cursor() as cursor:
        cursor.execute("INSERT INTO notes VALUES (%s)", [text])


def add_in_transaction(to: DatabaseWrapper, text: str) -> None:
    with transaction(to):
        add(to, text)


def add_with_others(to: DatabaseWrapper, text: str) -> None:
    with to.cursor() as cursor:
        cursor.executemany("INSERT INTO notes VALUES (%s)", iter([[text]]))


WRITES = [add, add_in_transaction, add_with_others]


def notes(of: DatabaseWrapper) -> list[str]:
    with of.cursor() as cursor:
        cursor.execute("SELECT text FROM notes ORDER BY rowid")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("write", WRITES)
def test_the_second_writer_begins_when_the_first_is_done(pair: list[DatabaseWrapper], write: Any) -> None:
    first, second = pair
    with second.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (0,), "we wait, not SQLite"
    second._patience = LONG
    writer = threading.Thread(target=write, args=(second, "second"))
    with transaction(first):
        add(first, "first")
        writer.start()
        writer.join(0.05)
        assert writer.is_alive()
        add(first, "first again")
    writer.join(LONG)
    assert notes(first) == ["first", "first again", "second"]


@pytest.mark.parametrize("write", WRITES)
def test_a_writer_that_is_never_done_is_not_waited_for_for_ever(
    pair: list[DatabaseWrapper], write: Any
) -> None:
    first, second = pair
    with transaction(first):
        add(first, "first")
        with pytest.raises(OperationalError, match="locked"):
            write(second, "second")
        second.close()
    add(second, "later")
    assert notes(second) == ["first", "later"]


def test_readers_never_wait(pair: list[DatabaseWrapper]) -> None:
    first, second = pair
    add(first, "before")
    with transaction(first):
        add(first, "not yet")
        assert notes(second) == ["before"]


def test_any_other_error_is_told_at_once(pair: list[DatabaseWrapper]) -> None:
    with pytest.raises(OperationalError, match="no such table"), pair[0].cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")

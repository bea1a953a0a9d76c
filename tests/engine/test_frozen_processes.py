"""A process that freezes in a transaction loses it, so that the others go on; and it goes on when it wakes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from novation.engine.db_retry import is_connection_lost, retry_transaction
from novation.evidencelog.services import events
from tests import people
from tests.engine.databases import database, settings_of


@pytest.fixture
def hasty(postgres: str) -> Iterator[None]:
    """The database of this test, at which a frozen process has half a second."""
    settings = settings_of(postgres)
    settings["OPTIONS"] = {"options": "-c idle_in_transaction_session_timeout=500ms"}
    with database(settings):
        yield


@pytest.mark.postgres
def test_who_freezes_with_the_log_locked_holds_up_nobody_for_long(hasty: None) -> None:
    people.programme()
    holds, goes_on = threading.Event(), threading.Event()
    tries: list[str] = []

    def freezing() -> None:
        with transaction.atomic():
            events.lock_log()
            if not tries:
                tries.append("frozen")
                holds.set()
                assert goes_on.wait(20), "nobody else ever got the lock"
            events.lock_log()
        tries.append("went on")

    def work() -> None:
        try:
            retry_transaction(freezing)
        finally:
            connection.close()

    frozen = threading.Thread(target=work)
    frozen.start()
    assert holds.wait(20)
    with transaction.atomic():
        events.lock_log()  # waits for the server to take the lock away
    goes_on.set()
    frozen.join(20)
    assert tries == ["frozen", "went on"]


def test_a_mistake_of_ours_is_not_taken_for_a_lost_database() -> None:
    assert not is_connection_lost(ValueError("a bug"))
    with pytest.raises(ZeroDivisionError):
        retry_transaction(lambda: 1 / 0)

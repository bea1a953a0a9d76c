"""Entries wait for the commit, in the transaction of their change, and share the fate of their savepoint."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from novation import transactions
from novation.evidence.errors import BadEntry
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event, LogHead
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.moves.services import tracks
from tests import people
from tests.builders import NOW


def say(number: int) -> None:
    events.record(Tag.SETTING_CHANGED, at=NOW, actor="test", data={"n": number})


def said() -> list[str]:
    """The numbers in the log, in its order, as another transaction would read them."""
    rows = Event._base_manager.filter(tag=Tag.SETTING_CHANGED).order_by("seq")
    return [
        bytes(body).decode().partition('"n":')[2].partition("}")[0]
        for body in rows.values_list("body", flat=True)
    ]


def seqs_have_no_hole() -> bool:
    found = list(Event._base_manager.order_by("seq").values_list("seq", flat=True))
    return found == list(range(LogHead._base_manager.get().size))


@pytest.fixture(params=["a test's transaction", "its own"])
def either(request: pytest.FixtureRequest) -> None:
    """Once within the transaction that a test case begins, and once with real commits."""
    request.getfixturevalue("db" if request.param != "its own" else "transactional_db")


@pytest.mark.usefixtures("either")
class TestEntriesAndSavepoints:
    def test_an_entry_is_written_with_the_outermost_block(self) -> None:
        with transaction.atomic():
            with transaction.atomic():
                say(1)
            assert said() == []
            say(2)
        assert said() == ["1", "2"] and seqs_have_no_hole()

    def test_a_savepoint_that_is_rolled_back_drops_its_entries(self) -> None:
        with transaction.atomic():
            say(1)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                say(2)
                with transaction.atomic():
                    say(3)  # its own savepoint was released
                raise ZeroDivisionError
            say(4)
        assert said() == ["1", "4"] and seqs_have_no_hole()

    def test_what_was_recorded_is_read_in_its_own_transaction(self) -> None:
        with transaction.atomic():
            say(1)
            assert Event.objects.filter(tag=Tag.SETTING_CHANGED).count() == 1
            assert LogHead.objects.get().size == 1
            kept = events.store("text", "text/plain", b"words", at=NOW)
            assert Document.objects.get() == kept

    def test_what_a_rolled_back_savepoint_had_written_out_is_written_again(self) -> None:
        with transaction.atomic():
            say(1)
            document = events.store("text", "text/plain", b"words", at=NOW)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                say(2)
                assert Event.objects.count() == 2, "both are written here, within the savepoint"
                raise ZeroDivisionError
            assert said() == []
            say(3)
        assert said() == ["1", "3"] and seqs_have_no_hole()
        assert Document.objects.get() == document

    def test_what_cannot_be_an_entry_is_refused_where_it_is_recorded(self) -> None:
        with transaction.atomic():
            with pytest.raises(BadEntry), transaction.atomic():
                events.record(Tag.SETTING_CHANGED, at=NOW, actor="test", data={"price": 1.5})
            say(1)
        assert said() == ["1"]

    def test_what_changes_after_it_was_recorded_is_not_recorded(self) -> None:
        data: dict[str, Any] = {"n": 1}
        with transaction.atomic():
            events.record(Tag.SETTING_CHANGED, at=NOW, actor="test", data=data)
            data["n"] = 2
        assert said() == ["1"]

    def test_without_savepoints_a_failure_takes_everything(self) -> None:
        with pytest.raises(ZeroDivisionError), transactions.without_savepoints():
            say(1)
            with transaction.atomic():
                say(2)
                raise ZeroDivisionError
        assert said() == []
        with transaction.atomic():
            say(3)
        assert said() == ["3"]

    def test_without_savepoints_there_are_none(self) -> None:
        with (
            CaptureQueriesContext(connection) as caught,
            transactions.without_savepoints(),
            transaction.atomic(),
        ):
            say(1)
        inside = [one["sql"] for one in caught.captured_queries[1:-1]]
        assert not [one for one in inside if "SAVEPOINT" in one]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_taken_back_when_its_entry_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    move = people.move()

    def fail(entries: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(events, "_append", fail)
    with pytest.raises(ZeroDivisionError):
        people.put(move, notice="queued")
    assert Move.objects.get(pk=move.pk).notice_state == "none"
    monkeypatch.undo()
    people.put(Move.objects.get(pk=move.pk), notice="queued")
    assert people.tags(move)[-1] == "move:track-changed" and seqs_have_no_hole()


@pytest.mark.django_db(transaction=True)
def test_the_head_of_the_log_is_touched_last() -> None:
    move = people.move()
    with CaptureQueriesContext(connection) as caught, transaction.atomic():
        document = events.store("text", "text/plain", b"words", at=NOW)
        for n in range(3):
            events.record(
                Tag.SETTING_CHANGED,
                at=NOW,
                actor="test",
                data={"n": n},
                subject=move.subject,
                documents=[document],
            )
        tracks.schedule_now(tracks.lock_move(move.pk), at=NOW)
    statements = [
        one["sql"] for one in caught.captured_queries if not one["sql"].startswith(("BEGIN", "COMMIT"))
    ]
    of_the_log = ["evidencelog_" in statement for statement in statements]
    first = of_the_log.index(True)
    assert all(of_the_log[first:]) and not any(of_the_log[:first])
    heads = [statement for statement in statements if "evidencelog_loghead" in statement]
    assert len(heads) == 2, "read once and written once, however many entries there are"


def test_what_is_deferred_would_be_lost_on_another_backend() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "get_connection", lambda using=None: object())
        with pytest.raises(RuntimeError, match=r"novation\.sqlite or novation\.postgresql"):
            transactions.late_writes()

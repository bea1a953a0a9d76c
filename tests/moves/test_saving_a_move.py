"""A save of a move writes what was changed, so that two who hold the same row do not take back each other's changes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from novation.moves.models import Move
from novation.moves.services import programmes
from tests import people
from tests.builders import NOW


@pytest.fixture
def move() -> Move:
    return Move.objects.get(pk=people.moves(1)[0].pk)


def stored(move: Move) -> Move:
    return Move.objects.get(pk=move.pk)


def test_what_somebody_else_wrote_meanwhile_stays(move: Move) -> None:
    Move.objects.filter(pk=move.pk).update(readiness_due=NOW)
    move.notice_state = "queued"
    move.save()
    assert (stored(move).readiness_due, stored(move).notice_state) == (NOW, "queued")


def test_what_changed_before_a_partial_save_is_written_by_the_next_whole_one(move: Move) -> None:
    move.item_count, move.seat_count = 3, 40
    move.save(update_fields=["seat_count"])
    assert stored(move).item_count == 0
    move.save()
    assert (stored(move).item_count, stored(move).seat_count) == (3, 40)


def test_a_value_that_changed_in_place_is_written(move: Move) -> None:
    move.licences["before"] = {"Business Basic": 3}
    move.save()
    assert stored(move).licences == {"before": {"Business Basic": 3}}
    Move.objects.filter(pk=move.pk).update(licences={"before": {}})
    move.save()
    assert stored(move).licences == {"before": {}}, "what was written once is not written again"


def test_going_back_to_the_value_read_first_is_a_change(move: Move) -> None:
    before = move.clock_stopped
    move.clock_stopped = timedelta(days=2)
    move.save()
    move.clock_stopped = before
    move.save()
    assert stored(move).clock_stopped == before


def test_a_refreshed_row_is_compared_with_what_was_read_last(move: Move) -> None:
    Move.objects.filter(pk=move.pk).update(left_behind=5)
    move.refresh_from_db(fields=["left_behind"])
    move.left_behind = 0
    move.save()
    assert stored(move).left_behind == 0


def test_a_foreign_key_is_written_under_either_of_its_names(move: Move) -> None:
    first, second = (
        programmes.create_wave(move.programme, [move], now=NOW, actor="test", name=name) for name in "ab"
    )
    move.refresh_from_db()
    move.wave = first
    move.save(update_fields=["wave"])
    assert stored(move).wave == first
    move.wave = second
    move.save()
    assert stored(move).wave == second


def test_columns_that_did_not_change_are_not_written(move: Move) -> None:
    move.paused = True
    with CaptureQueriesContext(connection) as made:
        move.save()
    sql = made.captured_queries[0]["sql"]
    assert "paused" in sql
    assert "due_at" not in sql

"""Queries that are composed once give what Django's own give."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from novation.moves.models import Move
from novation.prepared_queries import Prepared
from tests import people

pytestmark = pytest.mark.django_db


def some(ids: list[int]) -> QuerySet[Move]:
    return (
        Move.objects.filter(pk__in=ids)
        .select_related("customer", "programme__source", "wave")
        .order_by("-pk")
    )


def test_the_rows_are_those_of_the_query_and_come_with_what_is_read_with_them() -> None:
    ids = [move.pk for move in people.moves(3)]
    found, wanted = Prepared(some)(ids), list(some(ids))
    assert found == wanted
    with CaptureQueriesContext(connection) as asked:
        for one, other in zip(found, wanted, strict=True):
            fields = {key: value for key, value in vars(one).items() if key != "_state"}
            assert fields == {key: value for key, value in vars(other).items() if key != "_state"}
            assert one.customer == other.customer and one.programme.source == other.programme.source
            assert one.wave is None
    assert not asked.captured_queries


def test_other_values_are_other_rows_and_lists_of_other_lengths_too() -> None:
    ids = [move.pk for move in people.moves(3)]
    query = Prepared(some)
    assert [move.pk for move in query(ids[:2])] == [ids[1], ids[0]]
    assert [move.pk for move in query(ids[1:])] == [ids[2], ids[1]]
    assert [move.pk for move in query(ids)] == ids[::-1]


def test_texts_and_constants_stand_beside_ids() -> None:
    move = people.move(notice="queued")
    query = Prepared(
        lambda pk, state: Move.objects.filter(pk=pk, notice_state=state, closeout_state="none").only(
            "reference"
        )
    )
    found = query.first(move.pk, "queued")
    assert found is not None and found.reference == move.reference and found.notice_state == "queued"
    assert query.first(move.pk, "sent") is None


def test_a_row_knows_what_was_read_as_one_of_django_does() -> None:
    move = people.move()
    (found,) = Prepared(some)([move.pk])
    found.paused = True
    with CaptureQueriesContext(connection) as made:
        found.save()
    assert [one["sql"].partition(" WHERE ")[0] for one in made.captured_queries] == [
        'UPDATE "moves_move" SET "paused" = 1'
        if connection.vendor == "sqlite"
        else 'UPDATE "moves_move" SET "paused" = true'
    ]


def test_a_value_that_the_query_does_not_hold_as_it_is_is_refused() -> None:
    with pytest.raises(RuntimeError, match="does not stand in the statement"):
        Prepared(lambda text: Move.objects.filter(reference__contains=text))("NOV")

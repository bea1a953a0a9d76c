"""Saves whose SQL is composed once save what Django's own save."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from novation.compiled_saves import CompiledSaves
from novation.moves.models import Item, Move
from novation.operations.models import Operation
from tests import people
from tests.builders import NOW

pytestmark = pytest.mark.django_db


def item(move: Move, **fields: Any) -> Item:
    values = {"subscription_id": "s1", "product": "P", "name": "Plan", "quantity": 3, "term": "P1Y"}
    return Item.objects.create(
        move=move, **{**values, "billing_cycle": "monthly", "status": "active", "baseline": {}, **fields}
    )


def test_what_is_saved_is_read_again() -> None:
    made = item(people.move(), baseline={"a": [1, None, "ü"]}, ends=NOW + timedelta(days=3), auto_renew=True)
    read = Item.objects.get(pk=made.pk)
    assert (read.baseline, read.ends, read.auto_renew, read.batch) == (
        {"a": [1, None, "ü"]},
        NOW + timedelta(days=3),
        True,
        None,
    )
    read.baseline, read.ends, read.quantity = {"b": "%s"}, None, 4
    read.save()
    again = Item.objects.get(pk=made.pk)
    assert (again.baseline, again.ends, again.quantity) == ({"b": "%s"}, None, 4)


def test_the_same_statement_as_django_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = item(people.move())

    def statement(save: Any) -> list[str]:
        with CaptureQueriesContext(connection) as caught:
            save()
        return [one["sql"].replace('"moves_item"."id"', '"id"') for one in caught.captured_queries]

    ours = statement(made.save)
    monkeypatch.delattr(CompiledSaves, "_do_update")
    assert ours == statement(made.save) and len(ours) == 1


def test_only_the_named_fields_are_written() -> None:
    made = item(people.move())
    Item.objects.filter(pk=made.pk).update(name="Other")
    made.quantity = 9
    made.save(update_fields=["quantity"])
    again = Item.objects.get(pk=made.pk)
    assert (again.name, again.quantity) == ("Other", 9)


def test_a_row_that_is_gone_is_noticed() -> None:
    made = item(people.move())
    Item.objects.filter(pk=made.pk).delete()
    with pytest.raises(DatabaseError, match="did not affect any rows"), transaction.atomic():
        made.save(update_fields=["quantity"])
    made.save()  # as Django has it: what is not there is made
    assert Item.objects.filter(pk=made.pk).exists()


def test_what_the_database_computes_is_left_to_django() -> None:
    made = item(people.move())
    made.quantity = F("quantity") + 2
    made.save(update_fields=["quantity"])
    assert Item.objects.get(pk=made.pk).quantity == 5


def test_a_json_null_is_kept_apart_from_none() -> None:
    made = item(people.move())
    made.result = models.Value(None, models.JSONField())
    made.save()
    assert Item.objects.filter(pk=made.pk, result=models.Value(None, models.JSONField())).exists()
    made.result = None
    made.save()
    assert Item.objects.filter(pk=made.pk, result__isnull=True).exists()


def test_a_row_whose_key_is_no_number_is_made_by_django() -> None:
    move = people.move()
    made = Operation.objects.create(
        customer=move.customer, kind="noop", requested_by="test", idempotency_key="k", asked_at=NOW
    )
    assert Operation.objects.get(pk=made.pk).pk == made.pk

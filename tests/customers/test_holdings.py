"""Who holds an item is a written row, changed by whoever observes it."""

from datetime import datetime
from typing import Any

import pytest

from novation.customers.models import Customer, Holding
from novation.customers.services.holdings import ObservedHolding, observe_holdings
from novation.domain.facts import ItemState
from novation.domain.holding import Holder, holder_of
from novation.moves.models import Item, Move
from novation.moves.services.holdings import record_holdings
from tests import people
from tests.builders import DAY, NOW

pytestmark = pytest.mark.django_db


def observe(customer: Customer, holder: Holder, now: datetime, subscription: str = "s") -> int:
    one = ObservedHolding("s", subscription, holder, None)
    return observe_holdings(customer.pk, [one], observed_by="test", now=now)


def row() -> tuple[Any, ...]:
    found = Holding.objects.get()
    return found.holder, found.since, found.observed_at


def test_since_stays_while_nothing_changes_and_begins_anew_when_it_does() -> None:
    customer = people.moves(1)[0].customer
    assert observe(customer, Holder.SOURCE, NOW) == 1
    assert observe(customer, Holder.SOURCE, NOW + DAY) == 0
    assert row() == ("source", NOW, NOW + DAY)
    assert observe(customer, Holder.IN_TRANSFER, NOW + 2 * DAY) == 1
    assert row() == ("in-transfer", NOW + 2 * DAY, NOW + 2 * DAY)


@pytest.mark.parametrize("state", list(ItemState))
def test_every_state_of_an_item_has_a_holder(state: ItemState) -> None:
    assert isinstance(holder_of(state, "active"), Holder)


def test_only_a_word_of_microsofts_ends_an_item_absence_does_not() -> None:
    assert holder_of(ItemState.GONE, "active") is Holder.UNKNOWN
    assert holder_of(ItemState.GONE, "Deleted") is Holder.NOBODY
    assert holder_of(ItemState.IN_OLD, "expired") is Holder.NOBODY
    assert holder_of(ItemState.IN_TRANSFER, "expired") is Holder.IN_TRANSFER


def item(move: Move, **fields: Any) -> Item:
    given = {"subscription_id": "old", "product": "p:1", "name": "Mail", "quantity": 3, "status": "active"}
    return Item.objects.create(move=move, baseline={}, **{**given, **fields})


def test_a_moved_item_keeps_its_first_id_and_says_its_present_one() -> None:
    (move,) = people.moves(1)
    item(move, state=ItemState.VERIFIED, new_subscription_id="new")
    record_holdings(move, observed_by="verify", now=NOW)
    found = Holding.objects.get()
    assert (found.item_id, found.subscription_id, found.holder) == ("old", "new", "target")
    assert found.account_id == move.programme.target_id


def test_what_was_bought_anew_is_an_item_of_its_own() -> None:
    (move,) = people.moves(1)
    item(move, state=ItemState.STAYS, new_subscription_id="new", replaced_at=NOW)
    record_holdings(move, observed_by="read-order", now=NOW)
    assert list(Holding.objects.order_by("id").values_list("item_id", "holder")) == [
        ("old", "source"),
        ("new", "target"),
    ]

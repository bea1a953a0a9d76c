"""Imports may be repeated; baselines are kept, dated, and never rewrite what has moved."""

from dataclasses import replace
from typing import Any

from novation.customers.models import Contact, Customer, Snapshot
from novation.domain.answers import SubscriptionRead
from novation.domain.facts import ItemState
from novation.domain.reference import reference
from novation.moves.models import Batch, Item, Move
from novation.moves.services import inventory
from tests import people
from tests.builders import DAY, NOW

HEADER = "Microsoft ID,Company name,Primary domain name,Contact email"


def stored() -> dict[str, Any]:
    return {
        "customers": list(Customer.objects.values().order_by("id")),
        "contacts": list(Contact.objects.values().order_by("id")),
        "moves": list(Move.objects.values().order_by("id")),
        "events": people.tags(),
    }


def test_an_import_twice_changes_nothing() -> None:
    programme, rows = people.programme(), [people.row(9000 + n) for n in range(3)]
    first = inventory.import_customers(programme, rows, now=NOW, actor="import")
    before = stored()
    second = inventory.import_customers(programme, rows, now=NOW + DAY, actor="import")
    assert (first.created, first.updated, first.unchanged) == (3, 0, 0)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 3)
    assert stored() == before


def test_a_new_name_is_taken_and_nothing_is_emptied() -> None:
    programme, row = people.programme(), people.row(9100)
    inventory.import_customers(programme, [row], now=NOW, actor="import")
    report = inventory.import_customers(
        programme, [replace(row, name="New name", domain="", email="")], now=NOW, actor="import"
    )
    customer = Customer.objects.get()
    assert (report.updated, customer.name, customer.domain) == (1, "New name", row.domain)
    assert customer.contacts.count() == 1


def test_a_customer_has_one_move_in_a_programme() -> None:
    programme, row = people.programme(), people.row(9200)
    inventory.import_customers(programme, [row, row], now=NOW, actor="import")
    assert Move.objects.count() == 1


def test_more_rows_than_one_transaction_takes() -> None:
    rows = [people.row(10_000 + n) for n in range(620)]
    report = inventory.import_customers(people.programme(), rows, now=NOW, actor="import")
    assert report.created == Move.objects.count() == 620
    assert len(set(Move.objects.values_list("reference", flat=True))) == 620


def test_a_reference_that_is_taken_gives_way() -> None:
    programme = people.programme()
    (first,) = people.moves(1, programme)
    row = people.row(9300)
    Move.objects.filter(pk=first.pk).update(reference=reference("NOV", row.tenant_id))
    inventory.import_customers(programme, [row], now=NOW, actor="import")
    assert Move.objects.get(customer__tenant_id=row.tenant_id).reference == reference("NOV", row.tenant_id, 1)


def test_bad_rows_are_reported_and_good_ones_taken() -> None:
    good = people.row(9400)
    text = f"{HEADER}\n{good.tenant_id},Good,,\nnonsense,Bad,,\n"
    report = inventory.import_csv(people.programme(), text, now=NOW, actor="import")
    assert report.created == 1
    assert [(problem.line, "nonsense" in problem.sentence) for problem in report.problems] == [(3, True)]


def test_a_known_address_is_not_doubled_by_its_letters() -> None:
    programme, row = people.programme(), people.row(9500)
    inventory.import_customers(programme, [row], now=NOW, actor="import")
    inventory.import_customers(programme, [replace(row, email=row.email.upper())], now=NOW, actor="import")
    assert Contact.objects.count() == 1


# -- baselines ----------------------------------------------------------------------------------------


def subscription(number: int, **fields: Any) -> SubscriptionRead:
    defaults: dict[str, Any] = {
        "subscription_id": f"sub-{number}",
        "product": "p:1",
        "name": "Product",
        "quantity": 5,
        "term": "P1Y",
        "billing_cycle": "annual",
        "ends": NOW + 200 * DAY,
        "auto_renew": True,
        "status": "active",
        "product_type": "OnlineServicesNCE",
        "is_trial": False,
        "parent": "",
        "pending_change": False,
    }
    values = {**defaults, **fields}
    return SubscriptionRead(**values, raw={"id": values["subscription_id"], "quantity": values["quantity"]})


def read(one: Move, *subscriptions: SubscriptionRead, **profile: str) -> Move:
    fresh = Move.objects.select_related("customer").get(pk=one.pk)
    inventory.record_baseline(fresh, subscriptions=subscriptions, profile=profile, papers={}, now=NOW)
    fresh.save()
    return fresh


def test_the_first_baseline_counts_items_and_seats() -> None:
    (new,) = people.moves(1)
    one = read(new, subscription(1), subscription(2, quantity=7), subscription(3, status="deleted"))
    assert (one.item_count, one.seat_count, one.items.count()) == (2, 12, 3)
    assert Snapshot.objects.get().content["subscriptions"][0] == {"id": "sub-1", "quantity": 5}


def test_a_later_baseline_updates_what_is_still_there() -> None:
    one = people.move()
    read(one, subscription(1), subscription(2))
    read(one, subscription(1, quantity=6))
    assert Item.objects.get(subscription_id="sub-1").quantity == 6
    gone = Item.objects.get(subscription_id="sub-2")
    assert (gone.state, gone.why) == (ItemState.GONE, "no longer on the old account")
    assert Snapshot.objects.count() == 2


def test_what_is_being_moved_keeps_the_baseline_it_is_verified_against() -> None:
    one = people.move()
    read(one, subscription(1))
    batch = Batch.objects.create(move=one, number=1)
    one.items.update(batch=batch, state=ItemState.IN_TRANSFER)
    read(one, subscription(1, quantity=99))
    read(one)
    item = Item.objects.get()
    assert (item.quantity, item.state) == (5, ItemState.IN_TRANSFER)


def test_what_came_back_after_it_was_gone_is_found_again() -> None:
    one = people.move()
    read(one, subscription(1))
    read(one)
    read(one, subscription(1))
    assert Item.objects.get().state == ItemState.IN_OLD


def test_the_billing_contact_of_the_source_is_put_on_file() -> None:
    one = people.move()
    read(one, email="billing@customer.example", first_name="Eva", last_name="Malá", phone="+420 2")
    found = one.customer.contacts.get(email="billing@customer.example")
    assert (found.name, found.phone, found.added_by) == ("Eva Malá", "+420 2", "source account")

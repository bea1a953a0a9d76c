"""Findings follow the facts: readings, policies, contacts, and time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.domain.answers import SubscriptionRead
from novation.domain.policy import Policy
from novation.moves.models import Item, ItemPrice, Move
from novation.moves.services import inventory, programmes, readiness
from tests import people
from tests.builders import DAY, NOW

RAW = {"partnerId": "", "scheduledNextTermInstructions": None}


def read(move: Move, now: Any = NOW, **values: Any) -> Move:
    """A baseline was read, and judged, as the engine does it."""
    row = {
        "subscription_id": f"sub-{move.pk}",
        "product": "CFQ7TTC0LH18:0001",
        "name": "Business Basic",
        "quantity": 10,
        "term": "P1Y",
        "billing_cycle": "monthly",
        "ends": NOW + 30 * DAY,
        "auto_renew": False,
        "status": "active",
        "product_type": "OnlineServicesNCE",
        "raw": RAW,
        **values,
    }
    profile = {"country": "CZ"}
    with transaction.atomic():
        fresh = Move.objects.select_related("customer", "programme__source", "programme__target").get(
            pk=move.pk
        )
        inventory.record_baseline(
            fresh,
            subscriptions=[SubscriptionRead(**row)],
            profile=profile,
            papers={"delegated": True},
            now=now,
        )
        readiness.refresh([fresh], now=now)
        fresh.save()
    return fresh


def codes(move: Move) -> list[str]:
    return [one["code"] for one in Move.objects.get(pk=move.pk).readiness]


def catch_up(now: Any) -> int:
    return readiness.refresh_due(now=now)


def test_time_alone_brings_a_finding_and_takes_it_away() -> None:
    move = read(people.move())
    assert codes(move) == []
    assert catch_up(NOW + 22 * DAY) == 0
    assert catch_up(NOW + 23 * DAY) == 1
    assert codes(move) == ["term-ends"]
    assert catch_up(NOW + 29 * DAY) == 0
    assert catch_up(NOW + 30 * DAY) == 1
    assert codes(move) == []
    assert catch_up(NOW + 400 * DAY) == 0


def test_another_policy_is_judged_anew() -> None:
    programme = people.programme()
    move = read(people.move(programme))
    wider = replace(programme.policy, guard_window=40 * DAY)
    programmes.change_policy(programme, wider, now=NOW, actor="command")
    catch_up(NOW)
    assert codes(move) == ["term-ends"]


def test_a_region_blocks_with_an_event_and_its_end_too() -> None:
    programme = people.programme()
    move = read(people.move(programme))
    for region in ("united-states", "europe"):
        programmes.change_policy(programme, Policy(region=region), now=NOW, actor="command")
        Move.objects.filter(pk=move.pk).update(due_at=None)
        catch_up(NOW)
        assert Move.objects.get(pk=move.pk).due_at == NOW  # the engine looks again
    assert [tag for tag in people.tags(move) if tag in ("customer:blocked", "customer:ready")] == [
        "customer:blocked",
        "customer:ready",
    ]


def test_a_shared_address_concerns_both_customers() -> None:
    programme = people.programme()
    first, second = (read(move) for move in people.moves(2, programme))
    for move in (first, second):
        inventory.add_contact(move.customer, email="one@both.example", added_by="import", now=NOW)
    catch_up(NOW)
    assert codes(first) == codes(second) == ["contact-shared"]


def test_an_address_of_ours_is_nobody_at_the_customer() -> None:
    move = people.move()
    move.customer.contacts.all().delete()
    ours = move.programme.sender_email
    kept = inventory.add_contact(move.customer, email=ours, added_by="source account", now=NOW)
    assert kept.state == Contact.State.RETIRED
    assert codes(read(move)) == ["contact-ours"]


def test_a_known_price_shows_the_extension_in_money() -> None:
    move = people.move()
    ItemPrice.objects.create(subscription_id=f"sub-{move.pk}", seat_month="5.60", currency="EUR", read_at=NOW)
    (finding,) = read(move, ends=NOW + 2 * DAY).readiness
    assert "EUR 12.88" in finding["consequence"]


def test_a_scheduled_change_is_said_in_words() -> None:
    instruction = {
        "product": {"productId": "CFQ7TTC0LH18", "skuId": "0001", "termDuration": "P3Y"},
        "quantity": 8,
    }
    move = read(people.move(), raw={**RAW, "scheduledNextTermInstructions": instruction})
    assert "8 seats instead of 10, term P3Y instead of P1Y" in move.readiness[0]["cause"]


def test_many_moves_cost_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    programme = people.programme()
    moves = [read(move) for move in people.moves(30, programme)]
    Move.objects.update(readiness_due=NOW + timedelta(days=1))
    with django_assert_max_num_queries(12):
        assert catch_up(NOW + 25 * DAY) == 30
    assert all(codes(move) == ["term-ends"] for move in moves)
    assert Item.objects.count() == 30

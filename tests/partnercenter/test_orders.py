"""Carts and orders: billing starts at checkout, so partial and unknown outcomes are told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from novation.partnercenter import Done, NotDone, PartnerCenter, Unknown
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

CARTS = f"/v1/customers/{CUSTOMER}/carts"
LINE = {"catalogItemId": "P:S:A", "quantity": 3, "billingCycle": "monthly", "termDuration": "P1Y"}


def test_lines_of_a_cart_are_numbered() -> None:
    script = StandIn()
    answer = {
        "id": "c-1",
        "expirationTimeStamp": "2026-11-30T08:00:00Z",
        "status": "Active",
        "lineItems": [{"id": 0, **LINE, "error": {"errorCode": 800009, "errorDescription": "no"}}],
    }
    script.on("POST", CARTS, Reply(answer, 201))
    outcome = run(script, lambda pc: pc.carts.create(CUSTOMER, [LINE, LINE]))
    assert isinstance(outcome, Done)
    assert [line["id"] for line in script.seen[0].body["lineItems"]] == [0, 1]
    assert outcome.value.errors[0].error_code == 800009


@pytest.mark.parametrize("stamp", ["Timestamp", "TimeStamp"])
def test_the_times_of_a_cart_are_read_in_either_spelling(stamp: str) -> None:
    """All documented answers have the small s, and were lost."""
    script = StandIn()
    times = {f"{name}{stamp}": "2026-11-23T08:00:00Z" for name in ("creation", "lastModified", "expiration")}
    script.on("GET", f"{CARTS}/c-1", Reply({"id": "c-1", **times}))
    cart = run(script, lambda pc: pc.carts.get(CUSTOMER, "c-1"))
    eight = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert {cart.creation_time_stamp, cart.last_modified_time_stamp, cart.expiration_time_stamp} == {eight}
    assert cart.oddities == ()


def test_an_empty_cart_is_found_before_sending() -> None:
    script = StandIn()
    assert isinstance(run(script, lambda pc: pc.carts.create(CUSTOMER, [])), NotDone)
    assert script.seen == []


def test_a_checkout_may_succeed_in_part() -> None:
    script = StandIn()
    answer = {
        "orders": [{"id": "o-1", "lineItems": [{"lineItemNumber": 0, "subscriptionId": "s-1"}]}],
        "orderErrors": [{"orderGroupId": "1", "code": 2006, "description": "no"}],
    }
    script.on("POST", f"{CARTS}/c-1/checkout", Reply(answer, 201))
    outcome = run(script, lambda pc: pc.carts.checkout(CUSTOMER, "c-1"))
    assert isinstance(outcome, Done)
    assert [order.id for order in outcome.value.placed] == ["o-1"]
    assert outcome.value.order_errors[0].code == 2006
    assert script.seen[0].body is None


def test_a_checkout_without_answer_is_unknown_and_sent_once() -> None:
    script = StandIn()
    script.on("POST", f"{CARTS}/c-1/checkout", Reply(how="drop"))
    assert isinstance(run(script, lambda pc: pc.carts.checkout(CUSTOMER, "c-1")), Unknown)
    assert len(script.seen) == 1


def test_a_cart_is_replaced_as_a_whole_and_orders_are_read() -> None:
    script = StandIn()
    script.on("GET", f"{CARTS}/c-1", Reply({"id": "c-1", "lineItems": [{"id": 0, **LINE}]}))
    script.on("PUT", f"{CARTS}/c-1", Reply({"id": "c-1", "lineItems": []}))
    orders = f"/v1/customers/{CUSTOMER}/orders"
    script.on("GET", orders, Reply({"items": [{"id": "o-1", "creationDate": "2026-11-23T08:00:00Z"}]}))
    script.on("POST", orders, Reply({"id": "o-2"}, 201))
    script.on("GET", f"{orders}/o-1/provisioningstatus", Reply({"items": [{"lineItemNumber": 0}]}))

    async def work(pc: PartnerCenter) -> Any:
        cart = await pc.carts.get(CUSTOMER, "c-1")
        await pc.carts.update(CUSTOMER, "c-1", {**cart.raw, "lineItems": []})
        listed = await pc.orders.list(CUSTOMER, include_price=True)
        created = await pc.orders.create(CUSTOMER, {"lineItems": [{"offerId": "x", "quantity": 1}]})
        return listed, created, await pc.orders.provisioning_status(CUSTOMER, "o-1")

    listed, created, status = run(script, work)
    assert [order.id for order in listed] == ["o-1"]
    assert isinstance(created, Done) and created.value.id == "o-2"
    assert status[0].line_item_number == 0
    assert script.calls("GET", orders)[0].query == {"include_price": "true"}

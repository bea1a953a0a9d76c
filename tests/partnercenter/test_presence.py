"""A member is present, null, absent or unreadable, and the difference reaches the caller."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from novation.partnercenter import (
    Presence,
    Subscription,
    errors,
    invoices,
    orders,
)
from novation.partnercenter.resources import Resource, parse_as
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

FULL = {
    "id": "s-1", "quantity": 3, "autoRenewEnabled": False, "commitmentEndDate": "2027-01-01T00:00:00Z",
    "status": "active", "refundableQuantity": {"totalQuantity": 2}, "scheduledNextTermInstructions": None,
}  # fmt: skip


def without(*names: str, **changes: Any) -> Subscription:
    return parse_as(
        Subscription, {name: value for name, value in FULL.items() if name not in names} | changes
    )


def test_what_is_present_reads_as_ever() -> None:
    found = without()
    for name, value in (
        ("quantity", 3),
        ("auto_renew_enabled", False),
        ("refundable_quantity.total_quantity", 2),
    ):
        assert found.presence(name) is Presence.PRESENT
        assert found.require(name) == value
    assert (found.quantity, found.auto_renew_enabled) == (3, False)


@pytest.mark.parametrize(
    ("found", "name", "presence"),
    [
        (without("autoRenewEnabled"), "auto_renew_enabled", Presence.ABSENT),
        (without(autoRenewEnabled=None), "auto_renew_enabled", Presence.NULL),
        (without(autoRenewEnabled="yes"), "auto_renew_enabled", Presence.UNREADABLE),
        (without(autoRenewEnabled="false"), "auto_renew_enabled", Presence.PRESENT),
        (without(quantity="many"), "quantity", Presence.UNREADABLE),
        (without(quantity="3"), "quantity", Presence.PRESENT),
        (without(quantity=2.5), "quantity", Presence.UNREADABLE),
        (without(), "scheduled_next_term_instructions", Presence.NULL),
        (without("scheduledNextTermInstructions"), "scheduled_next_term_instructions", Presence.ABSENT),
        (without(scheduledNextTermInstructions=[]), "scheduled_next_term_instructions", Presence.UNREADABLE),
        (without(commitmentEndDate=""), "commitment_end_date", Presence.NULL),
        (without(commitmentEndDate="0001-01-01T00:00:00Z"), "commitment_end_date", Presence.NULL),
        (without(commitmentEndDate="soon"), "commitment_end_date", Presence.UNREADABLE),
        (without(status="Active?"), "status", Presence.PRESENT),
        (without(status=5), "status", Presence.UNREADABLE),
        (without("refundableQuantity"), "refundable_quantity.total_quantity", Presence.ABSENT),
        (without(refundableQuantity=None), "refundable_quantity.total_quantity", Presence.NULL),
        (without(refundableQuantity={}), "refundable_quantity.total_quantity", Presence.ABSENT),
        (without(refundableQuantity={"totalQuantity": "x"}), "refundable_quantity.total_quantity", Presence.UNREADABLE),
    ],
)  # fmt: skip
def test_what_is_not_present_says_in_which_way(found: Subscription, name: str, presence: Presence) -> None:
    assert found.presence(name) is presence
    if presence.is_known:
        assert (found.require(name) is None) == (presence is Presence.NULL)
    else:
        with pytest.raises(errors.FieldUnknown) as caught:
            found.require(name)
        assert (caught.value.field, caught.value.presence) == (name, presence.value)


def test_other_spellings_are_the_same_member() -> None:
    assert (
        parse_as(Subscription, {"Id": "s", "AutoRenewEnabled": True}).presence("auto_renew_enabled").is_known
    )
    cart = parse_as(orders.Cart, {"id": "c", "expirationTimeStamp": "2026-11-30T08:00:00Z"})
    assert cart.presence("expiration_time_stamp") is Presence.PRESENT
    line = parse_as(invoices.InvoiceLine, {"PCToBCExchangeRate": "x"})
    assert line.presence("exchange_rate") is Presence.UNREADABLE


def test_a_name_that_there_is_not_is_a_bug_and_no_absence() -> None:
    for name in ("autoRenewEnabled", "raw", "nothing", "refundable_quantity.nothing"):
        with pytest.raises(AttributeError):
            without().presence(name)


def every_class(cls: type[Resource] = Resource) -> list[type[Resource]]:
    """Every class of the client that reads a whole answer."""
    return [
        one
        for sub in cls.__subclasses__()
        if sub.__module__.startswith("novation.")
        for one in (sub, *every_class(sub))
    ]


@pytest.mark.parametrize("cls", every_class(), ids=lambda cls: cls.__name__)
def test_every_member_of_every_class_can_be_asked_for(cls: type[Resource]) -> None:
    fields = [f for f in msgspec.structs.fields(cls) if f.name not in ("raw", "oddities")]
    needed = {f.encode_name: "bool" in str(f.type) or "x" for f in fields if f.required}
    found = parse_as(cls, needed)
    for field in fields:
        assert found.presence(field.name) is (Presence.PRESENT if field.required else Presence.ABSENT)


def test_a_bent_answer_reaches_the_caller_as_unknown() -> None:
    script = StandIn()
    script.on("GET", f"/v1/customers/{CUSTOMER}/subscriptions/s-1", Reply({"id": "s-1", "quantity": "viele"}))
    found = run(script, lambda pc: pc.subscriptions.get(CUSTOMER, "s-1"))
    assert (found.quantity, found.presence("quantity")) == (None, Presence.UNREADABLE)
    assert found.presence("auto_renew_enabled") is Presence.ABSENT

"""Every list that comes in pages: whoever is there from the first page to the last is shown exactly once,
whatever is added and taken away in between, with small pages and with shuffled ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novation.emulator import customer_actions, gdap_rules, server, subscription_rules  # noqa: F401  server fills the routes
from novation.emulator.clock import DEFAULT_START, VirtualClock
from novation.emulator.faults import NO_FAULTS, FaultPlan
from novation.emulator.http.calls import Call, fold
from novation.emulator.http.routes import find
from novation.emulator.partners import PARTNERS
from novation.emulator.refusals import Illegal, Refusal
from novation.emulator.tokens import PARTNER_CENTER, Grant
from novation.emulator.users import User
from novation.emulator.world import World

GRAPH = "/v1.0/tenantRelationships"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
Change = Callable[[World, int], None]


def ask(world: World, address: str, headers: dict[str, str], draw: Random | None) -> Any:
    """The body of one page, as the source would get it."""
    parts = urlsplit(address)
    route, params, _ = find("GET", parts.path)
    assert route is not None
    partner = PARTNERS["source"]
    call = Call(
        world=world, method="GET", path=parts.path, query={k.lower(): v for k, v in parse_qsl(parts.query)},
        headers=headers, raw=b"", params=params, base="http://emulator",
        grant=Grant("source", PARTNER_CENTER, False, True, float("inf"), partner.user_name),
        plan=FaultPlan(small_pages=draw.random() < 0.3, shuffled=draw.random() < 0.3, draw=draw) if draw else NO_FAULTS,
    )  # fmt: skip
    return route.handler(call).body


def pages(world: World, address: str, draw: Random | None) -> Iterator[list[Any]]:
    """Page after page, by whatever way the service offers."""
    following: str | None = address
    headers: dict[str, str] = {}
    for _ in range(500):
        body = ask(world, following or "", headers, draw)
        yield body["value"] if "value" in body else body["items"]
        if "@odata.nextLink" in body:
            following = str(body["@odata.nextLink"]).removeprefix("http://emulator")
        elif "continuationToken" in body:
            headers = {"MS-ContinuationToken": body["continuationToken"]}
            link = body.get("links", {}).get("next")
            following = f"/v1{link['uri']}" if link else address
        else:
            return
    raise AssertionError("the pages do not end")


def customer(world: World, pick: int) -> Any:
    return list(world.customers.values())[pick % len(world.customers)]


def customers_come_and_go(world: World, pick: int) -> None:
    who = customer(world, pick)
    if world.sold_by(who, "source"):
        customer_actions.end_relationship(world, who, "source")
    else:
        customer_actions.accept_relationship(world, who.tid, "source", "customer", None)


def users_come_and_go(world: World, pick: int) -> None:
    directory = world.directory(customer(world, 0))
    if pick % 2:
        name = world.new_id()
        directory.users[name] = User(name, f"{name}@x.example", "A", "B", "A B", "DE")
    else:
        list(directory.users.values())[pick % len(directory.users)].state = "inactive"


def admin_requests_come_and_go(world: World, pick: int) -> None:
    made = [r for r in world.gdap.values() if r.account == "source" and r.status == "created"]
    if made and pick % 3 == 0:
        relationship = made[pick % len(made)]
        del world.gdap[relationship.id]
        world.gdap_names["source"].discard(relationship.display_name)
    else:
        gdap_rules.create(
            world, "source", display_name=world.new_id(), duration="P30D", roles=[READER], auto_extend="PT0S",
            customer=None, customer_name=None,
        )  # fmt: skip


def admin_rights_end(world: World, pick: int) -> None:
    for relationship in world.file(customer(world, pick)).gdap.values():
        if relationship.status == "active":
            customer_actions.terminate_gdap(world, relationship.id, relationship.customer_id, "customer")


def things_happen(world: World, pick: int) -> None:
    who = customer(world, pick)
    for item in world.file(who).subscriptions.values():
        # Each time another number of seats, so that no two lines of a bill look the same.
        body = {"quantity": item.quantity + len(item.history), "autoRenewEnabled": item.auto_renew}
        if subscription_rules.change(world, who, item, fold(body)):
            world.log_activity("source", who, "subscription", "update_subscription", {"id": item.id})
        return


def _lines(item: Any) -> tuple[Any, ...]:
    return (
        item["subscriptionId"],
        item["chargeStartDate"],
        item["chargeType"],
        item["quantity"],
        item["subtotal"],
    )


LISTS: dict[str, tuple[str, Callable[[Any], Any], Change]] = {
    "customers": ("/v1/customers?size=3", lambda item: item["id"], customers_come_and_go),
    "users": ("/v1/customers/{tid}/users?size=2", lambda item: item["id"], users_come_and_go),
    "admin relationships": (
        f"{GRAPH}/delegatedAdminRelationships?$top=2", lambda item: item["id"], admin_requests_come_and_go,
    ),
    "administered customers": (
        f"{GRAPH}/delegatedAdminCustomers?$top=2", lambda item: item["tenantId"], admin_rights_end,
    ),
    "activity log": (
        "/v1/auditrecords?startDate=2026-11-20&endDate=2026-11-25&size=2", lambda item: item["id"], things_happen,
    ),
    "unbilled lines": (
        "/v1/invoices/unbilled/lineitems?provider=onetime&invoicelineitemtype=billinglineitems"
        "&currencycode=EUR&period=current&size=3", _lines, things_happen,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(LISTS))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(1, 12), picks=st.lists(st.integers(0, 50), max_size=15), luck=st.integers(0, 999))
def test_what_stays_is_shown_exactly_once(name: str, seed: int, picks: list[int], luck: int) -> None:
    world = World(VirtualClock(DEFAULT_START, 0.0), seed=seed, customers=5, plain=True, faults="none")
    address, key, change = LISTS[name]
    address = address.format(tid=next(iter(world.customers)))
    world.faults.set({"gdap_roles": False})
    for pick in range(6):
        with suppress(Refusal, Illegal):
            things_happen(world, pick)

    whole = re.sub(r"(size|top)=\d+", r"\1=300", address)

    def there() -> set[Any]:
        return {key(item) for page in pages(world, whole, None) for item in page}

    always, shown, rest = there(), [], (picks * 8)[:40]
    for page in pages(world, address, Random(luck)):
        shown += [key(item) for item in page]
        for pick in rest[:2]:
            with suppress(Refusal, Illegal):
                change(world, pick)
            always &= there()
        rest = rest[2:]
    assert [one for one in always if shown.count(one) != 1] == []
    if name != "customers":  # who leaves and comes back is a new entry at the end
        assert len(shown) == len(set(shown))

"""A rich seed: what real accounts hold, one kind a customer, beside a world that stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from novation.emulator.clock import DEFAULT_START, VirtualClock
from novation.emulator.rich_seed import KINDS, kind_of
from novation.emulator.world import World
from tests.emulator.running import Bench, code, decoded, running
from tests.emulator.test_invariants import Moves

GDAP = "/v1.0/tenantRelationships/delegatedAdminRelationships"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


def world(*, rich: bool, customers: int = 26) -> World:
    return World(
        VirtualClock(DEFAULT_START, 0.0), seed=5, customers=customers, plain=False, faults="none", rich=rich
    )


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running(customers=len(KINDS), rich=True) as bench:
        yield bench


def of(bench: Bench, kind: str) -> str:
    """The tenant id of the customer that has this kind."""
    return next(c.tid for c in bench.world.customers.values() if kind_of(c.index) == kind)


def added(bench: Bench, kind: str) -> list[dict[str, Any]]:
    """The subscriptions that the kind brought, by the API."""
    plain = World(VirtualClock(DEFAULT_START, 0.0), seed=1, customers=len(KINDS), plain=True, faults="none")
    tid = of(bench, kind)
    before = plain.file(plain.customers[tid]).subscriptions
    return [
        i for i in bench.get(f"/v1/customers/{tid}/subscriptions", "source")["items"] if i["id"] not in before
    ]


def test_everything_that_a_usual_seed_makes_is_there_unchanged() -> None:
    usual, rich = world(rich=False), world(rich=True)
    assert list(usual.customers) == list(rich.customers)
    for tid, customer in usual.customers.items():
        one, other = usual.file(customer), rich.file(rich.customers[tid])
        assert one.subscriptions == {sid: other.subscriptions[sid] for sid in one.subscriptions}
        assert one.relationships == other.relationships
        assert one.gdap.keys() <= other.gdap.keys()
        # A name that is taken over makes another domain and other addresses of its people.
        if kind_of(customer.index) != "same-name":
            assert one.agreements == other.agreements
            assert one.gdap == {rid: other.gdap[rid] for rid in one.gdap}
            assert (customer.name, customer.domain) == (rich.customers[tid].name, rich.customers[tid].domain)


def test_the_first_customers_have_one_kind_each() -> None:
    assert [kind_of(index) for index in range(len(KINDS))] == list(KINDS)


def test_each_kind_adds_what_it_names(bench: Bench) -> None:
    statuses = {kind: [i["status"] for i in added(bench, kind)] for kind in KINDS}
    assert statuses["suspended"] == ["suspended"]
    assert statuses["grace"] == ["expired"]
    assert statuses["disabled"] == ["disabled"]
    assert [i["isTrial"] for i in added(bench, "trial")] == [True]
    base, addon = added(bench, "add-on")
    assert addon["parentSubscriptionId"] == base["id"]
    (azure,) = added(bench, "azure")
    assert (azure["productType"]["id"], azure["billingType"]) == ("Azure", "usage")
    forty = bench.get(f"/v1/customers/{of(bench, '40-items')}/subscriptions", "source")["items"]
    assert len(forty) == 40
    names = Counter(c["companyProfile"]["companyName"] for c in bench.get("/v1/customers", "source")["items"])
    assert sorted(names.values())[-1] == 2


def test_software_bought_once_has_no_end_and_cannot_be_transferred(bench: Bench) -> None:
    (software,) = added(bench, "perpetual")
    assert software["productType"]["id"] == "Software"
    assert software["commitmentEndDate"].startswith("9999-")
    assert (software["autoRenewEnabled"], software["billingCycle"]) == (False, "one_time")
    tid = of(bench, "perpetual")
    bench.accepted(tid)
    path = f"/v1/customers/{tid}/transfers"
    transfer = decoded(bench.call("POST", path, "target", bench.transfer_body()))["id"]
    lines = [{"subscriptionId": software["id"], "productType": "OnlineServicesNCE"}]
    answer = bench.call("PATCH", f"{path}/{transfer}", "source", {"id": transfer, "lineItems": lines})
    assert code(answer) == (400, 800078)
    bench.advance(days=400)
    assert added(bench, "perpetual")[0]["status"] == "active"


def test_a_lapsed_subscription_goes_through_grace_and_disabled_to_deleted(bench: Bench) -> None:
    tid = of(bench, "grace")
    bench.granted(tid, "source", [READER])

    def units() -> tuple[int, int]:
        skus = bench.get(f"/v1/customers/{tid}/subscribedskus", "source")["items"]
        return sum(s["warningUnits"] for s in skus), sum(s["suspendedUnits"] for s in skus)

    assert units() == (5, 0)
    bench.advance(days=21)
    assert (added(bench, "grace")[0]["status"], units()) == ("disabled", (0, 5))
    bench.advance(days=90)
    assert (added(bench, "grace")[0]["status"], units()) == ("deleted", (0, 0))


def test_a_file_that_is_opened_late_has_lapsed_just_as_far(bench: Bench) -> None:
    bench.advance(days=21)
    assert added(bench, "grace")[0]["status"] == "disabled"


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("gdap-request-pending", ["active", "approvalPending"]), ("gdap-request-expired", ["active", "expired"]),
        ("gdap-request-created", ["active", "created"]), ("gdap-second-grant", ["active", "active"]),
    ],
)  # fmt: skip
def test_the_source_has_requests_that_nobody_answered(bench: Bench, kind: str, statuses: list[str]) -> None:
    params = {"$filter": f"customer/tenantId eq '{of(bench, kind)}'"}
    found = bench.call("GET", GDAP, "source", kind="app", params=params).json()["value"]
    assert [g["status"] for g in found] == statuses


def test_an_unanswered_request_expires_ninety_days_after_it_was_locked(bench: Bench) -> None:
    def status() -> str:
        found = bench.truth(f"/customers/{of(bench, 'gdap-request-pending')}")["gdap"]
        return str(found[-1]["status"])

    assert status() == "approvalPending"
    bench.advance(days=51)
    assert status() == "expired"


def test_pages_of_one_show_every_relationship_of_a_customer_once(bench: Bench) -> None:
    wanted = [g["id"] for tid in bench.world.customers for g in bench.truth(f"/customers/{tid}")["gdap"]]
    for condition in ("", f"customer/tenantId eq '{of(bench, 'gdap-second-grant')}'"):
        seen: list[str] = []
        url = f"{GDAP}?$top=1" + (f"&$filter={quote(condition)}" if condition else "")
        while url:
            page = bench.call("GET", url, "source", kind="app").json()
            seen += [g["id"] for g in page["value"]]
            url = page.get("@odata.nextLink", "").removeprefix(bench.ready["api"])
        assert len(seen) == len(set(seen))
        assert condition or sorted(seen) == sorted(wanted)
        assert not condition or len(seen) == 2


def test_a_rich_seed_can_be_asked_for_while_it_runs() -> None:
    with running(customers=1) as bench:
        assert not bench.world.rich
        assert bench.act("/seed", customers=len(KINDS), seed=2, rich=True).status_code == 200
        assert bench.world.rich
        assert bench.act("/reset").status_code == 200
        assert bench.world.rich


@pytest.mark.parametrize(
    "step", [Moves.every_item_has_one_owner_or_a_lawful_end, Moves.the_ownership_adds_up]
)
def test_a_rich_world_keeps_the_invariants_over_two_years(step: Callable[[Moves], None]) -> None:
    machine = Moves()
    machine.begin(3, "none")
    machine.watch(world(rich=True, customers=len(KINDS)))
    for pick in range(len(KINDS)):
        machine.move_everything_that_can_move(pick, "source")
    for _ in range(8):
        machine.time_passes(timedelta(days=90))
        step(machine)
        machine.paths_are_legal()

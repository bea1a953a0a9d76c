"""Transfers: roles, limits, and states that nobody has seen yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from novation.partnercenter import (
    MAX_ITEMS,
    Done,
    NotDone,
    PartnerCenter,
    TransferStatus,
    Uncertain,
    errors,
)
from tests.partnercenter.stand_in import CUSTOMER, SOURCE, TARGET, Reply, StandIn, account, run

LIST = f"/v1/customers/{CUSTOMER}/transfers"
ONE = f"{LIST}/t-1"
ENTITY = {
    "id": "t-1",
    "status": "Pending",
    "createdTime": "2024-04-30T18:31:00.1234567Z",
    "expirationTime": "2024-05-31T00:00:00Z",
    "sourcePartnerTenantId": SOURCE,
    "targetPartnerTenantId": TARGET,
    "transferType": 5,
    "transferDirection": 1,
    "lineItems": [
        {"id": "0", "subscriptionId": "s", "quantity": 0, "billingCycle": "unknown", "productType": 5,
         "status": "InProgress"}
    ],
}  # fmt: skip


def test_a_transfer_is_read_with_its_times_and_lines() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply(ENTITY))
    transfer = run(script, lambda pc: pc.transfers.get(CUSTOMER, "t-1"))
    assert transfer.status is TransferStatus.PENDING
    assert transfer.created_at == datetime(2024, 4, 30, 18, 31, 0, 123456, tzinfo=UTC)
    assert transfer.expires_at == datetime(2024, 5, 31, tzinfo=UTC)
    assert (transfer.source_id, transfer.target_id) == (SOURCE, TARGET)
    assert transfer.line_items[0].subscription_id == "s"
    assert transfer.line_items[0].product_type == 5


def test_an_unknown_state_keeps_its_text_and_counts_as_open() -> None:
    script = StandIn()
    script.on("GET", LIST, Reply([{**ENTITY, "status": "Foo"}, {**ENTITY, "status": "COMPLETE"}]))
    first, second = run(script, lambda pc: pc.transfers.list(CUSTOMER))
    assert first.status == "Foo" == TransferStatus("Foo")
    assert first.status.is_open and not first.status.known
    assert second.status is TransferStatus.COMPLETE
    assert second.status.is_complete and not second.status.is_open


def create(**options: Any) -> tuple[Any, StandIn]:
    script = StandIn()
    script.on("POST", LIST, Reply(ENTITY, 201))
    more = {"transfer_type": options.pop("transfer_type")} if "transfer_type" in options else {}
    who = options.pop("source", SOURCE)

    async def work(pc: PartnerCenter) -> Any:
        return await pc.transfers.create(
            CUSTOMER,
            source_tenant_id=who,
            source_name="Alt GmbH",
            customer_email="it@kunde.example",
            customer_name="Kunde",
            **more,
        )

    return run(script, work, acc=account(tenant_id=TARGET), **options), script


def test_the_target_creates_without_lines() -> None:
    outcome, script = create()
    assert isinstance(outcome, Done) and outcome.value.id == "t-1"
    assert script.seen[0].body == {
        "sourcePartnerTenantId": SOURCE,
        "sourcePartnerName": "Alt GmbH",
        "customerEmailId": "it@kunde.example",
        "customerName": "Kunde",
        "targetPartnerTenantId": TARGET,
        "transferType": 3,
    }


def test_the_transfer_type_is_a_setting() -> None:
    assert create(uncertain=Uncertain(transfer_type=5))[1].seen[0].body["transferType"] == 5
    assert create(transfer_type=5)[1].seen[0].body["transferType"] == 5


def test_a_transfer_to_oneself_is_found_before_sending() -> None:
    outcome, script = create(source=TARGET)
    assert isinstance(outcome, NotDone) and script.seen == []


def accept(count: int, *, twice: bool = False) -> tuple[Any, StandIn]:
    script = StandIn()
    script.on("PATCH", ONE, Reply({**ENTITY, "status": "InProgress"}))
    items = [(f"s-{0 if twice else n}", "OnlineServicesNCE") for n in range(count)]
    return run(script, lambda pc: pc.transfers.accept(CUSTOMER, "t-1", items=items)), script


def test_the_source_accepts_with_the_lines_that_move() -> None:
    outcome, script = accept(MAX_ITEMS)
    assert isinstance(outcome, Done) and outcome.value.status == "InProgress"
    body = script.seen[0].body
    assert (body["id"], body["status"], body["sourcePartnerTenantId"]) == ("t-1", "InProgress", SOURCE)
    assert body["lineItems"][24] == {"id": 24, "subscriptionId": "s-24", "productType": "OnlineServicesNCE"}


@pytest.mark.parametrize(("count", "twice"), [(0, False), (26, False), (2, True)])
def test_a_wrong_number_of_lines_is_found_before_sending(count: int, twice: bool) -> None:
    outcome, script = accept(count, twice=twice)
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)
    assert script.seen == []


def test_the_creator_cancels() -> None:
    script = StandIn()
    script.on("PATCH", ONE, Reply({**ENTITY, "status": "Cancel"}))
    outcome = run(
        script,
        lambda pc: pc.transfers.cancel(CUSTOMER, "t-1", source_tenant_id=SOURCE),
        acc=account(tenant_id=TARGET),
    )
    assert isinstance(outcome, Done) and outcome.value.status is TransferStatus.CANCEL
    assert script.seen[0].body == {
        "id": "t-1",
        "status": "Cancel",
        "targetPartnerTenantId": TARGET,
        "sourcePartnerTenantId": SOURCE,
    }


def test_another_transfer_in_the_way_is_named() -> None:
    script = StandIn()
    script.on("POST", LIST, Reply({"code": 900101, "description": "in progress"}, 409))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.transfers.create(
            CUSTOMER, source_tenant_id=TARGET, source_name="x", customer_email="a@b.example"
        )

    outcome = run(script, work)
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.TransferConflict)


def test_a_partly_failed_transfer_is_over_and_not_complete() -> None:
    """Page ``get-all-of-a-customer-s-transfers`` shows the word; it was taken for one that still runs."""
    status = TransferStatus("partiallycomplete")
    assert status.known
    assert (status.is_partial, status.is_complete, status.is_open) == (True, False, False)
    assert not TransferStatus.COMPLETE.is_partial

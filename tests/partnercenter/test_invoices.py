"""Invoices: money as it was written, and the paging of their lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from novation.partnercenter import PartnerCenter
from tests.partnercenter.stand_in import Reply, Seen, StandIn, run


def test_money_is_decimal_to_the_last_digit() -> None:
    script = StandIn()
    line = (
        b'{"items": [{"unitPrice": 0.1, "subtotal": 1234567890123.4567890, "quantity": 3, "taxTotal": "0.30",'
        b' "totalForCustomer": -0.3, "chargeType": "New", "pCToBCExchangeRate": 1.0, "customerId": "c"}]}'
    )
    script.on("GET", "/v1/invoices/G1/lineitems", Reply(line))

    async def work(pc: PartnerCenter) -> list[Any]:
        return [found async for found in pc.invoices.lines("G1")]

    (found,) = run(script, work)
    assert found.unit_price == Decimal("0.1")
    assert str(found.subtotal) == "1234567890123.4567890"
    assert (found.quantity, found.tax_total, found.total_for_customer) == (
        Decimal(3),
        Decimal("0.30"),
        Decimal("-0.3"),
    )
    assert found.exchange_rate == Decimal("1.0")


@pytest.mark.parametrize("name", ["pcToBCExchangeRate", "pCToBCExchangeRate", "PCToBCExchangeRate"])
def test_the_rate_of_exchange_is_read_in_every_documented_spelling(name: str) -> None:
    script = StandIn()
    line = {"customerId": "c", name: 0.92, f"{name}Date": "2026-11-01T00:00:00Z"}
    script.on("GET", "/v1/invoices/G1/lineitems", Reply({"items": [line]}))
    (found,) = run(script, lambda pc: pc.invoices.lines("G1"))
    assert (found.exchange_rate, found.exchange_rate_date.month) == (Decimal("0.92"), 11)


def test_modern_lines_go_on_at_their_own_path() -> None:
    script = StandIn()
    script.on(
        "GET",
        "/v1/invoices/G1/lineitems",
        Reply({"items": [{"orderId": "1"}], "continuationToken": "t1"}),
    )

    def following(seen: Seen) -> Reply:
        assert seen.query == {"size": "2000", "seekOperation": "Next"}
        first = seen.headers["ms-continuationtoken"] == "t1"
        return Reply(
            {"items": [{"orderId": "2" if first else "3"}], **({"continuationToken": "t2"} if first else {})}
        )

    script.on("GET", "/v1/invoices/G1/lineitems/onetime/billinglineitems", following)

    async def work(pc: PartnerCenter) -> list[Any]:
        return [line.order_id async for line in pc.invoices.lines("G1")]

    assert run(script, work) == ["1", "2", "3"]
    assert script.seen[0].query == {
        "provider": "onetime",
        "invoicelineitemtype": "billinglineitems",
        "size": "2000",
    }


def test_legacy_lines_page_by_offset() -> None:
    script = StandIn()

    def answer(seen: Seen) -> Reply:
        start = int(seen.query.get("offset", 0))
        return Reply({"items": [{"orderId": str(n)} for n in range(start, min(start + 2, 5))]})

    script.on("GET", "/v1/invoices/D1/lineitems", answer)

    async def work(pc: PartnerCenter) -> list[Any]:
        return [line.order_id async for line in pc.invoices.lines("D1", provider="office", page_size=2)]

    assert run(script, work) == ["0", "1", "2", "3", "4"]


def test_invoices_end_when_the_server_ignores_the_offset() -> None:
    script = StandIn()
    script.on("GET", "/v1/invoices", Reply({"items": [{"id": "a"}, {"id": "b"}]}))

    async def work(pc: PartnerCenter) -> list[str]:
        return [i.id async for i in pc.invoices.list(page_size=2, since=date(2026, 1, 1))]

    assert run(script, work) == ["a", "b"]
    assert "greater_than_or_equals" in script.seen[0].query["filter"]


def test_a_statement_is_plain_bytes() -> None:
    script = StandIn()
    pdf = b"%PDF-1.7 \xff\x00"
    script.on(
        "GET", "/v1/invoices/G1/documents/statement", Reply(pdf, 200, {"Content-Type": "application/pdf"})
    )
    assert run(script, lambda pc: pc.invoices.statement("G1")) == pdf

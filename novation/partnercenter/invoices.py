"""Invoices and their lines, version 1. All money is ``Decimal``, read from the digits that were sent.

Standing of these calls: billed New Commerce data of after April 2025 is in the Graph exports
(``reconciliation``); unbilled New Commerce lines ended here on 2026-03-15.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

import msgspec

from novation.partnercenter.answers import items_of
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, parse_as
from novation.partnercenter.sending import Answer, Request, Sender


class InvoiceDetail(Part, frozen=True, kw_only=True, rename="camel"):
    """A kind of lines that an invoice has."""

    invoice_line_item_type: str | None = None
    billing_provider: str | None = None


class Invoice(Resource, frozen=True, kw_only=True, rename="camel"):
    """An invoice or credit note of the partner (from Microsoft)."""

    id: str
    invoice_date: datetime | None = None
    billing_period_start_date: datetime | None = None
    billing_period_end_date: datetime | None = None
    total_charges: Decimal | None = None
    paid_amount: Decimal | None = None
    currency_code: str | None = None
    currency_symbol: str | None = None
    pdf_download_link: str | None = None
    invoice_details: list[InvoiceDetail] | None = None
    document_type: str | None = None
    amends_of: str | None = None
    invoice_type: str | None = None


class InvoiceSummary(Resource, frozen=True, kw_only=True, rename="camel"):
    """What is owed in one currency."""

    balance_amount: Decimal | None = None
    currency_code: str | None = None
    accounting_date: datetime | None = None
    first_invoice_creation_date: datetime | None = None
    last_payment_date: datetime | None = None
    last_payment_amount: Decimal | None = None
    latest_invoice_date: datetime | None = None


class InvoiceLine(Resource, frozen=True, kw_only=True, rename="camel"):
    """One line (``OneTimeInvoiceLineItem``). ``charge_type``: the API says ``New`` for Purchase and
    ``Cancel`` for Refund. Lines of other providers have other fields: see ``raw``. The rate of exchange is
    ``pcToBC…`` in some documented answers and ``pCToBC…`` in others."""

    aliases: ClassVar[Mapping[str, str]] = {
        "pCToBCExchangeRate": "pcToBCExchangeRate",
        "pCToBCExchangeRateDate": "pcToBCExchangeRateDate",
    }

    partner_id: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    customer_domain_name: str | None = None
    customer_country: str | None = None
    invoice_number: str | None = None
    mpn_id: str | None = None
    reseller_mpn_id: str | int | None = None
    order_id: str | None = None
    order_date: datetime | None = None
    product_id: str | None = None
    sku_id: str | None = None
    availability_id: str | None = None
    product_name: str | None = None
    sku_name: str | None = None
    charge_type: str | None = None
    unit_price: Decimal | None = None
    effective_unit_price: Decimal | None = None
    unit_type: str | None = None
    quantity: Decimal | None = None
    billable_quantity: Decimal | None = None
    subtotal: Decimal | None = None
    tax_total: Decimal | None = None
    total_for_customer: Decimal | None = None
    currency: str | None = None
    publisher_name: str | None = None
    publisher_id: str | None = None
    subscription_description: str | None = None
    subscription_id: str | None = None
    subscription_start_date: datetime | None = None
    subscription_end_date: datetime | None = None
    charge_start_date: datetime | None = None
    charge_end_date: datetime | None = None
    term_and_billing_cycle: str | None = None
    alternate_id: str | None = None
    reference_id: str | None = None
    price_adjustment_description: str | None = None
    discount_details: str | None = None
    pricing_currency: str | None = None
    exchange_rate: Decimal | None = msgspec.field(default=None, name="pcToBCExchangeRate")
    exchange_rate_date: datetime | None = msgspec.field(default=None, name="pcToBCExchangeRateDate")
    meter_description: str | None = None
    billing_frequency: str | None = None
    reservation_order_id: str | None = None
    credit_reason_code: str | None = None
    promotion_id: str | None = None


class Invoices:
    """Pages ``get-a-collection-of-invoices``, ``get-invoiceline-items`` and their kin."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self, *, page_size: int = 200, since: date | None = None, until: date | None = None
    ) -> Listing[Invoice]:
        """Return invoices, in the order of the server. ``since`` and ``until`` filter on the date.

        Size and offset are ignored by the server for modern invoices, so an invoice seen before ends the
        walk.
        """
        return Listing(partial(self._walk, page_size, _date_filter(since, until)))

    async def _walk(self, page_size: int, condition: str | None) -> AsyncIterator[Invoice]:
        seen: set[str] = set()
        offset = 0
        while True:
            query = {"size": page_size, "offset": offset, "filter": condition}
            fresh = 0
            request = self._sender.request("invoices.list", query=query)
            async for invoice in make_listing(self._sender, request, Invoice, whole=False):
                if invoice.id not in seen:
                    seen.add(invoice.id)
                    fresh += 1
                    yield invoice
            if fresh < page_size:
                return
            offset += page_size

    async def get(self, invoice_id: str) -> Invoice:
        """Return one invoice; only here is there a link to its PDF (good for 30 minutes)."""
        return await self._sender.fetch(
            self._sender.request("invoices.get", {"invoice_id": invoice_id}), Invoice
        )

    async def statement(self, invoice_id: str) -> bytes:
        """Return the invoice as PDF."""
        request = self._sender.request("invoices.statement", {"invoice_id": invoice_id})
        return (await self._sender.read(request, plain=True)).content

    def summaries(self) -> Listing[InvoiceSummary]:
        """Return what is owed, per currency."""
        return make_listing(self._sender, self._sender.request("invoices.summaries"), InvoiceSummary)

    def estimates(self, currency: str) -> Listing[Resource]:
        """Return links to the unbilled lines of a currency (ISO 4217); see ``raw``."""
        request = self._sender.request("invoices.estimates", query={"currencycode": currency})
        return make_listing(self._sender, request, Resource)

    def lines(
        self,
        invoice_id: str,
        *,
        provider: str = "onetime",
        line_type: str = "billinglineitems",
        page_size: int = 2000,
        currency: str | None = None,
        period: str | None = None,
    ) -> Listing[InvoiceLine]:
        """Return the lines. New Commerce licences are provider ``onetime``; ``office`` and ``azure`` are
        legacy.

        For unbilled lines ``invoice_id`` is the word ``unbilled``, with ``currency`` (ISO 4217) and
        ``period`` (``current`` or ``previous``).
        """
        query = {
            "provider": provider,
            "invoicelineitemtype": line_type,
            "size": page_size,
            "currencycode": currency,
            "period": period,
        }
        values = {"invoice_id": invoice_id, "provider": provider, "line_type": line_type}
        return Listing(partial(self._walk_lines, values, query))

    async def _walk_lines(self, values: dict[str, str], query: dict[str, Any]) -> AsyncIterator[InvoiceLine]:
        page_size = query["size"]
        request: Request | None = self._sender.request("invoices.lines", values, query=query)
        offset = 0
        while request is not None:
            items, token = await self._sender.read_as(request, _parse_lines)
            for item in items:
                yield item
            if token:
                request = self._following(values, page_size, query["currencycode"], query["period"], token)
            elif values["provider"] != "onetime" and len(items) >= page_size:
                offset += page_size
                request = self._sender.request("invoices.lines", values, query={**query, "offset": offset})
            else:
                request = None

    def _following(
        self, values: dict[str, str], size: int, currency: str | None, period: str | None, token: str
    ) -> Request:
        """The next page of modern lines has its own path."""
        return self._sender.request(
            "invoices.lines_next",
            values,
            query={"size": size, "seekOperation": "Next", "currencycode": currency, "period": period},
            headers={"MS-ContinuationToken": token},
        )


def _parse_lines(answer: Answer) -> tuple[builtins.list[InvoiceLine], str | None]:
    return [parse_as(InvoiceLine, item) for item in items_of(answer.body)], _continuation_token(answer.body)


def _continuation_token(body: Any) -> str | None:
    token = body.get("continuationToken") if isinstance(body, dict) else None
    return token if isinstance(token, str) and token else None


def _date_filter(since: date | None, until: date | None) -> str | None:
    """Page ``get-a-collection-of-invoices``: a JSON filter on ``InvoiceDate``."""
    parts = [
        {"Field": "InvoiceDate", "Value": day.isoformat(), "Operator": operator}
        for day, operator in ((since, "greater_than_or_equals"), (until, "less_than_or_equals"))
        if day is not None
    ]
    if not parts:
        return None
    if len(parts) == 1:
        return json.dumps(parts[0])
    return json.dumps({"Filters": parts, "Operator": "and"})

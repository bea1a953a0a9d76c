"""Invoices and their lines, v1 (§10.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from novation.emulator import invoices
from novation.emulator.calendar import add_months
from novation.emulator.clock import parse_time, wire_time
from novation.emulator.http.calls import Answer, Call, collection, link, make_cursor, read_cursor
from novation.emulator.http.routes import USER, route
from novation.emulator.invoices import BilledLine, Invoice
from novation.emulator.refusals import invalid, not_found

_LARGEST = 2_000


def _lines(call: Call, invoice: Invoice) -> list[BilledLine]:
    return list(invoices.billed_lines(call.world, call.account, invoice.start, invoice.end))


def _invoice_body(call: Call, invoice: Invoice) -> dict[str, Any]:
    lines = f"/invoices/{invoice.id}/lineitems/OneTime/BillingLineItems"
    return {
        "id": invoice.id,
        "invoiceDate": wire_time(invoice.ready_at),
        "billingPeriodStartDate": wire_time(invoice.start),
        "billingPeriodEndDate": wire_time(invoice.end),
        "totalCharges": invoices.total(_lines(call, invoice)),
        "paidAmount": Decimal("0.00"),
        "currencyCode": call.partner.currency,
        "currencySymbol": "€",
        "pdfDownloadLink": f"/invoices/{invoice.id}/documents/statement",
        "taxReceipts": [],
        "invoiceDetails": [
            {
                "invoiceLineItemType": "billing_line_items",
                "billingProvider": "one_time",
                "links": {"self": link(lines)},
                "attributes": {"objectType": "InvoiceDetail"},
            }
        ],
        "amendments": [],
        "documentType": "invoice",
        "invoiceType": "OneTime",
        "links": {"self": link(f"/invoices/{invoice.id}")},
        "attributes": {"objectType": "Invoice"},
    }


def _find_invoice(call: Call) -> Invoice:
    for invoice in invoices.invoices(call.world, call.account):
        if invoice.id == call.params["invoice_id"]:
            return invoice
    raise not_found("The invoice")


@route("GET", "/v1/invoices", "invoices.list", group="invoice", page="get-a-collection-of-invoices",
       note="one invoice a month, from the month in which the world began; ready on the eighth")  # fmt: skip
def list_invoices(call: Call) -> Answer:
    """``size`` and ``offset`` as documented for older invoices."""
    found = list(reversed(invoices.invoices(call.world, call.account)))
    size, offset = call.page_size("size", 200, 200), call.query.get("offset", "0")
    if not offset.isdigit():
        raise invalid("offset", "a whole number is needed")
    some = found[int(offset) : int(offset) + size]
    body = collection([_invoice_body(call, invoice) for invoice in some], "/invoices")
    return Answer(200, {**body, "totalCount": len(found)})


def _summary(call: Call) -> dict[str, Any]:
    found = invoices.invoices(call.world, call.account)
    balance = sum((invoices.total(_lines(call, invoice)) for invoice in found), Decimal("0.00"))
    first = wire_time(found[0].ready_at) if found else "0001-01-01T00:00:00"
    last = wire_time(found[-1].ready_at) if found else "0001-01-01T00:00:00"
    figures = {
        "balanceAmount": balance,
        "currencyCode": call.partner.currency,
        "currencySymbol": "€",
        "accountingDate": last,
        "firstInvoiceCreationDate": first,
        "lastPaymentDate": "0001-01-01T00:00:00",
        "lastPaymentAmount": Decimal("0.00"),
        "latestInvoiceDate": last,
    }
    kind = {"objectType": "InvoiceSummary"}
    return {
        **figures,
        "details": [{"invoiceType": "OneTime", "summary": {**figures, "attributes": kind}}],
        "links": {"self": link("/invoices/summary")},
        "attributes": kind,
    }


@route("GET", "/v1/invoices/summary", "invoices.summary", group="invoice", page="get-invoice-summary")
def summary(call: Call) -> Answer:
    """The balance."""
    return Answer(200, _summary(call))


@route("GET", "/v1/invoices/summaries", "invoices.summaries", group="invoice", page="get-invoice-summaries")
def summaries(call: Call) -> Answer:
    """The balance in each currency: one."""
    return Answer(200, collection([_summary(call)], "/invoices/summaries"))


@route(
    "GET",
    "/v1/invoices/estimates/links",
    "invoices.estimates",
    group="invoice",
    page="get-invoice-estimate-links",
)
def estimates(call: Call) -> Answer:
    """Where the unbilled lines are."""
    currency = call.query.get("currencycode", call.partner.currency)
    found = [
        {
            "title": f"{period} estimate",
            "description": f"Unbilled lines of the {period} period",
            "period": period,
            "link": link(
                f"/invoices/unbilled/lineitems?provider=onetime&invoicelineitemtype=billinglineitems"
                f"&currencycode={currency}&period={period}"
            ),
            "attributes": {"objectType": "EstimateLink"},
        }
        for period in ("current", "previous")
    ]
    return Answer(200, collection(found))


@route(
    "GET", "/v1/invoices/{invoice_id}", "invoices.get", group="invoice", tokens=USER, page="get-invoice-by-id"
)
def get_invoice(call: Call) -> Answer:
    """One invoice."""
    return Answer(200, _invoice_body(call, _find_invoice(call)))


@route("GET", "/v1/invoices/{invoice_id}/documents/statement", "invoices.statement", group="invoice", tokens=USER,
       page="get-invoice-statement", note="a one-page PDF with the total")  # fmt: skip
def statement(call: Call) -> Answer:
    """PDF bytes."""
    invoice = _find_invoice(call)
    amount = invoices.total(_lines(call, invoice))
    return Answer(
        200,
        raw=_pdf(f"Invoice {invoice.id}: {amount} {call.partner.currency}"),
        content_type="application/pdf",
    )


def _pdf(text: str) -> bytes:
    content = f"BT /F1 14 Tf 60 780 Td ({text}) Tj ET".encode("latin-1", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (table, len(out))
    )


@route(
    "GET",
    "/v1/invoices/{invoice_id}/lineitems",
    "invoices.line_items",
    group="invoice",
    page="get-invoiceline-items",
    also=("/v1/invoices/{invoice_id}/lineitems/{provider}/{line_type}",),
    note="provider onetime only; New Commerce lines are still here, which Microsoft moved to the exports"
    " (billed in April 2025, unbilled in March 2026)",
)
def line_items(call: Call) -> Answer:
    """Up to 2,000 lines a page; next page with seekOperation and the token."""
    provider = call.params.get("provider") or call.query.get("provider", "onetime")
    kind = call.params.get("line_type") or call.query.get("invoicelineitemtype", "billinglineitems")
    if (provider.lower(), kind.lower()) != ("onetime", "billinglineitems"):
        return Answer(200, collection([]))
    name = call.params["invoice_id"]
    size, cursor = call.page_size("size", _LARGEST, _LARGEST), {}
    if call.wants_next_page():
        cursor = read_cursor(call.headers["MS-ContinuationToken"])
        # The next page's address names neither currency nor period: the token carries them.
        call.query |= {"currencycode": str(cursor.get("c", "")), "period": str(cursor.get("p", ""))}
    unbilled = name.lower() == "unbilled"
    month = parse_time(cursor["m"]) if "m" in cursor else _month(call) if unbilled else None
    billed = _of_month(call, month) if month else _lines(call, _find_invoice(call))
    # By what a line is, not by its place: a charge that comes while somebody turns pages moves no other.
    keyed = [entry for entry in invoices.in_day_order(billed) if entry[0] > cursor.get("k", [])]
    some = [invoices.line_item(line, "" if unbilled else name) for _, line in keyed[:size]]
    path = f"/invoices/{name}/lineitems/onetime/billinglineitems"
    if len(keyed) <= size:
        return Answer(200, collection(some, path))
    state = {"c": call.query.get("currencycode"), "p": call.query.get("period"), "k": keyed[size - 1][0]}
    token = make_cursor(**state, **({"m": wire_time(month)} if month else {}))
    following = link(
        f"{path}?size={size}&seekOperation=Next", headers=[{"key": "MS-ContinuationToken", "value": token}]
    )
    body = collection(some, path, links={"next": following})
    return Answer(200, {**body, "continuationToken": token})


def _month(call: Call) -> datetime:
    """The first day of the month that is asked for. Raises Refusal."""
    if call.query.get("currencycode", "").upper() != call.partner.currency:
        raise invalid("currencycode", f"{call.partner.currency} is needed")
    period = call.query.get("period", "").lower()
    if period not in {"current", "previous"}:
        raise invalid("period", "current or previous")
    month = invoices.month_of(call.now)
    if period == "previous":
        month = add_months(month, -1)
    return month


def _of_month(call: Call, month: datetime) -> list[BilledLine]:
    return list(invoices.billed_lines(call.world, call.account, month, add_months(month, 1)))

"""Monthly invoices of an account, and the lines behind them, computed from what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from novation.emulator.calendar import add_months, midnight
from novation.emulator.charges import Charge, charges
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.partners import PARTNERS
from novation.emulator.subscriptions import Subscription
from novation.emulator.world import World

READY_AFTER = timedelta(days=7)  # invented: invoices appear on the eighth


@dataclass(frozen=True, slots=True)
class Invoice:
    """One month of one account."""

    id: str
    account: str
    start: datetime
    end: datetime
    ready_at: datetime


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A charge with its customer and item."""

    customer: Customer
    item: Subscription
    charge: Charge


def month_of(moment: datetime) -> datetime:
    """The first of the month, 00:00 UTC."""
    return midnight(moment).replace(day=1)


def invoice_for(account: str, month: datetime) -> Invoice:
    """The invoice of a month, ready or not."""
    end = add_months(month, 1)
    digit = "1" if account == "source" else "2"
    return Invoice(f"G{digit}{month:%Y%m}", account, month, end, end + READY_AFTER)


def invoices(world: World, account: str) -> list[Invoice]:
    """Invoices that are ready, oldest first, beginning with the month in which the world began."""
    found: list[Invoice] = []
    month = month_of(world.start)
    while (invoice := invoice_for(account, month)).ready_at <= world.now:
        found.append(invoice)
        month = add_months(month, 1)
    return found


def billed_lines(world: World, account: str, start: datetime, end: datetime) -> Iterator[BilledLine]:
    """All charges of an account with a date from ``start`` to before ``end``."""
    until = min(end, world.now + timedelta(microseconds=1))
    for customer in list(world.customers.values()):
        if customer.file is None and account != "source":
            continue
        for item in list(world.file(customer).subscriptions.values()):
            if item.account == account:
                for charge in charges(item.history, until):
                    if start <= charge.at < end:
                        yield BilledLine(customer, item, charge)


def in_day_order(billed: Iterable[BilledLine]) -> list[tuple[list[str | int], BilledLine]]:
    """Lines in the order of their day, each with a key that stays the same whatever else is billed."""
    seen: Counter[tuple[datetime, str]] = Counter()
    keyed: list[tuple[list[str | int], BilledLine]] = []
    for line in billed:
        place = (line.charge.at, line.item.id)
        keyed.append(([wire_time(line.charge.at), line.customer.index, line.item.id, seen[place]], line))
        seen[place] += 1
    return sorted(keyed, key=lambda entry: entry[0])


def total(billed: list[BilledLine]) -> Decimal:
    """The sum of the net amounts."""
    return sum((line.charge.subtotal for line in billed), Decimal("0.00"))


_CYCLE = {"monthly": "Monthly", "annual": "Annual"}
_TERM = {"P1M": "One-Month", "P1Y": "One-Year", "P3Y": "Three-Year"}
# The v1 line calls the first charge New and a refund Cancel (§10.1).
_V1_KIND = {"new": "New", "cancelImmediate": "Cancel"}


def line_item(line: BilledLine, invoice_id: str) -> dict[str, Any]:
    """A line as the v1 API shows it (OneTime billing line)."""
    customer, item, charge = line.customer, line.item, line.charge
    partner, sku = PARTNERS[item.account], charge.sku
    return {
        "partnerId": partner.tenant_id,
        "customerId": customer.tid,
        "customerName": customer.name,
        "customerDomainName": customer.default_domain,
        "customerCountry": customer.country,
        "invoiceNumber": invoice_id,
        "mpnId": partner.mpn_id,
        "resellerMpnId": 0,
        "orderId": item.order_id,
        "orderDate": wire_time(item.created),
        "productId": sku.product_id,
        "skuId": sku.sku_id,
        "availabilityId": sku.availability_id,
        "productName": sku.title,
        "skuName": sku.title,
        "chargeType": _V1_KIND.get(charge.kind, charge.kind),
        "unitPrice": charge.unit_price,
        "effectiveUnitPrice": charge.effective_unit_price,
        "unitType": "Licenses",
        "quantity": charge.quantity,
        "billableQuantity": Decimal(charge.quantity),
        "subtotal": charge.subtotal,
        "taxTotal": Decimal("0.00"),
        "totalForCustomer": charge.subtotal,
        "currency": partner.currency,
        "publisherName": "Microsoft",
        "publisherId": "",
        "subscriptionDescription": item.friendly_name,
        "subscriptionId": item.id,
        "subscriptionStartDate": wire_time(item.effective_start),
        "subscriptionEndDate": wire_time(item.commitment_end),
        "chargeStartDate": f"{charge.start.isoformat()}T00:00:00Z",
        "chargeEndDate": f"{charge.end.isoformat()}T00:00:00Z",
        "termAndBillingCycle": f"{_TERM.get(charge.term, charge.term)} commitment for "
        f"{'monthly' if charge.cycle == 'monthly' else 'yearly'} billing",
        "alternateId": item.order_id,
        "referenceId": item.id,
        "priceAdjustmentDescription": "",
        "discountDetails": "",
        "pricingCurrency": partner.currency,
        "pcToBCExchangeRate": Decimal("1"),
        "pcToBCExchangeRateDate": f"{charge.start.isoformat()}T00:00:00Z",
        "meterDescription": "",
        "billingFrequency": _CYCLE.get(charge.cycle, charge.cycle),
        "reservationOrderId": "",
        "creditReasonCode": charge.reason,
        "promotionId": item.promotion_id or "",
        "invoiceLineItemType": "billing_line_items",
        "billingProvider": "one_time",
        "attributes": {"objectType": "OneTimeInvoiceLineItem"},
    }


_RENAMED = {
    "mpnId": "MPNID", "resellerMpnId": "ResellerMPNID", "totalForCustomer": "Total", "referenceId": "ReferenceID",
    "pcToBCExchangeRate": "PCToBCExchangeRate", "pcToBCExchangeRateDate": "PCToBCExchangeRateDate",
    "promotionId": "PromotionID",
}  # fmt: skip
_BASIC_ONLY = frozenset({
    "PriceAdjustmentDescription", "PCToBCExchangeRate", "PCToBCExchangeRateDate", "MeterDescription",
    "ReservationOrderId", "ProductQualifiers", "PublisherId",
})  # fmt: skip
_NOT_IN_FILES = {"attributes", "invoiceLineItemType", "billingProvider", "discountDetails"}


def export_row(line: BilledLine, invoice_id: str, *, full: bool) -> dict[str, Any]:
    """The line as a reconciliation file has it (columns of ``modern-invoice-reconciliation-file``)."""
    row: dict[str, Any] = {}
    for name, value in line_item(line, invoice_id).items():
        if name not in _NOT_IN_FILES:
            row[_RENAMED.get(name, name[:1].upper() + name[1:])] = value
    row["ChargeType"] = line.charge.kind
    row["ProductQualifiers"] = ["Add-on"] if line.item.parent_id else []
    if not full:
        row = {name: value for name, value in row.items() if name not in _BASIC_ONLY}
    return row


def schedule_invoices(world: World) -> None:
    """Announces each invoice when it is ready: an audit record and the event ``invoice-ready``."""
    for account in PARTNERS:
        _schedule(world, account, month_of(world.start))


def _schedule(world: World, account: str, month: datetime) -> None:
    invoice = invoice_for(account, month)

    def announce(at: datetime) -> None:
        record = world.log_activity(account, None, "invoice", "ready_invoice", {"id": invoice.id}, at=at)
        world.queue_event(account, "invoice-ready", f"/v1/invoices/{invoice.id}", "invoice", record)
        _schedule(world, account, add_months(month, 1))

    world.schedule(invoice.ready_at, announce)

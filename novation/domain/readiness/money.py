"""What the end of a term costs: renewal, and the Extended Service Term (EST).

EST since 4 May 2026 (moving-customers section 8): who neither renews nor chooses "cancel at the end" goes on month
by month at 3 % more, or at 23 % more where there is no monthly plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from novation.domain.facts import Item

#: Surcharges of the Extended Service Term, with and without a monthly plan of the product.
EST_MONTHLY, EST_ELSE = Decimal("0.03"), Decimal("0.23")
TERM_MONTHS = {"P1M": 1, "P1Y": 12, "P3Y": 36}
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Price:
    """The net price of one seat and month that the partner pays, from an invoice line."""

    seat_month: Decimal
    currency: str


#: Months that one charge covers, by the billing frequency of a reconciliation line.
_CHARGED = {"monthly": 1, "annual": 12, "yearly": 12, "triennial": 36}
#: Charges whose unit price is that of the subscription itself; credits and one-off corrections are not.
_CHARGES = frozenset({"new", "renew", "cyclecharge", "addquantity", "convert"})


def price_of(line: Mapping[str, Any]) -> tuple[str, Price] | None:
    """Subscription id and price of a seat and month, from a line of a reconciliation file; None for other lines.

    Args:
        line: columns of `modern-invoice-reconciliation-file`, fractions as Decimal.
    """
    plain = {name.lower(): value for name, value in line.items()}
    subscription = str(plain.get("subscriptionid") or "").lower()
    months = _CHARGED.get(str(plain.get("billingfrequency") or "").lower())
    kind = str(plain.get("chargetype") or "").lower()
    currency = str(plain.get("currency") or plain.get("pricingcurrency") or "").upper()
    if not subscription or months is None or kind not in _CHARGES or len(currency) != 3:
        return None
    try:
        unit = Decimal(str(plain.get("unitprice")))
    except InvalidOperation:
        return None
    if not unit.is_finite() or unit <= 0:
        return None
    return subscription, Price((unit / months).quantize(Decimal("0.0001"), ROUND_HALF_UP), currency)


def money(amount: Decimal, currency: str) -> str:
    """`EUR 1,234.50`."""
    return f"{currency} {amount.quantize(_CENT, ROUND_HALF_UP):,}"


def month(item: Item, price: Price) -> Decimal:
    """What all seats of an item cost in a month."""
    return price.seat_month * item.quantity


def extension(item: Item, price: Price | None) -> str:
    """What the Extended Service Term costs for this item, as a clause; percentages alone without a price."""
    if price is None:
        return "at 3 % more, or 23 % more without a monthly plan (price unknown)"
    now = month(item, price)
    low, high = (money(now * share, price.currency) for share in (EST_MONTHLY, EST_ELSE))
    return (
        f"at 3 % more ({low} a month on top of {money(now, price.currency)}), "
        f"or 23 % more without a monthly plan ({high})"
    )


def new_term(item: Item, price: Price | None) -> str:
    """What another term with the old account binds, as a clause; empty without a price or a known term."""
    months = TERM_MONTHS.get(item.term)
    if price is None or months is None:
        return "price unknown"
    return money(month(item, price) * months, price.currency)

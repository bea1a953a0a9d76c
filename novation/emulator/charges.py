"""What a subscription costs, day by day: computed from its history, never stored, so it cannot disagree with it.

Split by day (page ``transfer-subscriptions``, Microsoft's example of 2024): on a transfer the source pays to
the day before, the target from that day. Vendors report one day later; a client should read the dates.
Charge types are those of the New Commerce reconciliation files; that a transfer shows as a credit
``cancelImmediate`` on the source and ``new`` on the target is an ASSUMPTION.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from novation.emulator.calendar import add_months
from novation.emulator.catalogue import Sku, seat_month

_CENT = Decimal("0.01")
_EXTENDED = Decimal("1.03")  # extended service term: three per cent on top (moving-customers, §8)


class Step(NamedTuple):
    """One event in the life of a subscription that matters for money.

    ``kind``: term (``how`` is new, renew, extend or convert), transfer, quantity, end (``how`` is cancel,
    transfer or term).
    """

    at: datetime
    kind: str
    how: str
    quantity: int
    sku: Sku
    term: str
    cycle: str
    anchor: datetime
    ends: datetime
    free: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """One line. ``start`` and ``end`` are days, both included; amounts are net, in the account's currency."""

    at: datetime
    kind: str
    start: date
    end: date
    quantity: int
    unit_price: Decimal
    effective_unit_price: Decimal
    subtotal: Decimal
    sku: Sku
    term: str
    cycle: str
    reason: str = ""


def charges(history: list[Step], until: datetime) -> Iterator[Charge]:
    """All charges that fell due before ``until``, in the order of the history."""
    for number, step in enumerate(history):
        if (
            step.kind not in {"term", "transfer"}
            or step.free
            or step.sku.product_type in {"Azure", "Software"}
        ):
            continue
        rest = history[number + 1 :]
        following = next((s for s in rest if s.kind in {"term", "transfer", "end"}), None)
        changes = [s for s in rest if s.kind == "quantity" and (following is None or s.at <= following.at)]
        yield from _segment(step, changes, following, until)


def _segment(step: Step, changes: list[Step], following: Step | None, until: datetime) -> Iterator[Charge]:
    months = 1 if step.cycle == "monthly" else 12
    price = seat_month(step.sku, step.term, step.cycle) * months
    if step.how == "extend":
        price = (price * _EXTENDED).quantize(_CENT)
    stop = min(step.ends, following.at if following else step.ends)
    quantity, number, first = step.quantity, 0, True
    while True:
        opens, closes = (
            add_months(step.anchor, number * months),
            add_months(step.anchor, (number + 1) * months),
        )
        number += 1
        if closes <= step.at:
            continue
        begins = max(opens, step.at) if step.kind == "transfer" else opens
        if begins >= until or opens >= stop:
            return
        kind = ("new" if step.kind == "transfer" else _FIRST[step.how]) if first else "cycleCharge"
        quantity = next((c.quantity for c in reversed(changes) if c.at <= begins), quantity)
        reason = "transfer" if first and step.kind == "transfer" else ""
        yield _charge(step, kind, begins, opens, closes, quantity, price, reason)
        first = False
        for change in changes:
            if begins < change.at < min(closes, until):
                kind = "addQuantity" if change.quantity > quantity else "removeQuantity"
                yield _charge(step, kind, change.at, opens, closes, change.quantity - quantity, price, "")
                quantity = change.quantity
        if following is not None and begins <= following.at < min(closes, until) and _credits(following):
            reason = "transfer" if following.how == "transfer" else following.how
            kind = "convert" if following.kind == "term" else "cancelImmediate"
            yield _charge(step, kind, following.at, opens, closes, -quantity, price, reason)


_FIRST = {"new": "new", "renew": "renew", "extend": "renew", "convert": "convert"}


def _credits(step: Step) -> bool:
    return (step.kind == "end" and step.how in {"cancel", "transfer"}) or (
        step.kind == "term" and step.how == "convert"
    )


def _charge(
    step: Step,
    kind: str,
    at: datetime,
    opens: datetime,
    closes: datetime,
    quantity: int,
    price: Decimal,
    reason: str,
) -> Charge:
    whole = (closes.date() - opens.date()).days or 1
    days = (closes.date() - at.date()).days
    effective = price * days / whole
    subtotal = (effective * quantity).quantize(_CENT, ROUND_HALF_UP)
    last = closes.date() - timedelta(days=1)
    return Charge(
        at=at,
        kind=kind,
        start=at.date(),
        end=max(last, at.date()),
        quantity=quantity,
        unit_price=price,
        effective_unit_price=effective.quantize(Decimal("0.0001")),
        subtotal=subtotal,
        sku=step.sku,
        term=step.term,
        cycle=step.cycle,
        reason=reason,
    )

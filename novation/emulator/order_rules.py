"""Buying: lines are checked one by one, items appear with a delay (§8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from novation.emulator import agreements
from novation.emulator.calendar import CANCEL_WINDOW, TERM_MONTHS, add_months, midnight
from novation.emulator.catalogue import BY_PRODUCT, TERMS, Sku
from novation.emulator.customers import Customer
from novation.emulator.ids import order_id
from novation.emulator.orders import LISTING_LAG, Order
from novation.emulator.refusals import missing_agreement
from novation.emulator.subscriptions import Subscription, open_cancel_window
from novation.emulator.world import World

_TERMS = {(term, cycle) for term, cycle, _ in TERMS}
PROVISIONING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One checked line: what, how many, on which terms."""

    sku: Sku
    quantity: int
    term: str
    cycle: str
    name: str
    promotion_id: str | None = None
    parent_id: str | None = None


def read_line(line: dict[str, Any]) -> OrderLine | tuple[int, str]:
    """A cart or order line, or the code and text of what is wrong with it."""
    item = str(line.get("catalogitemid") or line.get("offerid") or "")
    parts = item.split(":")
    sku = BY_PRODUCT.get((parts[0].upper(), parts[1].upper())) if len(parts) == 3 else None
    if sku is None or parts[2].upper() != sku.availability_id:
        return 800020, "The catalog item does not exist or is no longer sold."
    quantity = line.get("quantity")
    if (
        isinstance(quantity, bool)
        or not isinstance(quantity, int)
        or not sku.minimum <= quantity <= sku.maximum
    ):
        return 2002, "The quantity is outside the limits of the offer."
    term, cycle = (
        str(line.get("termduration") or "P1Y").upper(),
        str(line.get("billingcycle") or "monthly").lower(),
    )
    if (term, cycle) not in _TERMS:
        return 800002, "The term and the billing cycle do not go together."
    name = str(line.get("friendlyname") or sku.title)[:256]
    return OrderLine(
        sku, quantity, term, cycle, name, line.get("promotionid"), line.get("parentsubscriptionid")
    )


def check_agreement(world: World, customer: Customer, account: str) -> None:
    """Raises 403/13605 when no valid agreement is on record."""
    travels = world.faults.knobs.direct_acceptance_travels
    if not agreements.is_signed(world.file(customer).agreements, account, direct_travels=travels):
        raise missing_agreement()


def buy(world: World, customer: Customer, account: str, wishes: list[OrderLine], actor: str | None) -> Order:
    """One order with one new subscription a line."""
    now, file = world.now, world.file(customer)
    oid = order_id(world.draw)
    visible = now + Random(f"{world.seed}/{oid}").random() * LISTING_LAG
    order = Order(oid, account, now, wishes[0].cycle, [])
    for number, wish in enumerate(wishes):
        item = _new_subscription(world, account, oid, wish)
        item.visible_at, item.provisioned_at = visible, now + PROVISIONING
        file.subscriptions[item.id] = item
        order.lines.append(
            {
                "lineItemNumber": number,
                "offerId": wish.sku.offer_id,
                "subscriptionId": item.id,
                "parentSubscriptionId": wish.parent_id,
                "friendlyName": wish.name,
                "quantity": wish.quantity,
                "termDuration": wish.term,
                "transactionType": "New",
                "partnerIdOnRecord": None,
                "additionalPartnerIdsOnRecord": [],
                "provisioningContext": {},
            }
        )
    file.orders[oid] = order
    world.forget_next_renewal(customer)
    data = {"OrderId": oid} | {
        f"SubscriptionId-{n}": str(line["subscriptionId"]) for n, line in enumerate(order.lines)
    }
    value = {"id": oid, "lineItems": order.lines}
    world.log_activity(account, customer, "order", "create_order", value, actor=actor, data=data)
    return order


def _new_subscription(world: World, account: str, oid: str, wish: OrderLine) -> Subscription:
    now = world.now
    sid = world.new_id()
    starts = midnight(now)
    item = Subscription(
        id=sid,
        account=account,
        lineage=sid,
        order_id=oid,
        sku=wish.sku,
        friendly_name=wish.name,
        quantity=wish.quantity,
        status="active",
        term=wish.term,
        cycle=wish.cycle,
        auto_renew=True,
        created=now,
        effective_start=starts,
        commitment_end=add_months(starts, TERM_MONTHS[wish.term]),
        cancel_until=now + CANCEL_WINDOW,
        promotion_id=wish.promotion_id,
        parent_id=wish.parent_id,
    )
    open_cancel_window(item, now, wish.quantity)
    item.add_step("term", "new", starts)
    return item

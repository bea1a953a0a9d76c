"""Carts and orders. Checking a cart out is where billing starts: after an unknown outcome read the orders
first.

A new order shows in lists up to 15 minutes later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, parse_as
from novation.partnercenter.sending import Sender


class CartLineError(Part, frozen=True, kw_only=True, rename="camel"):
    """Why a line cannot be bought."""

    error_code: str | int | None = None
    error_description: str | None = None


class CartLine(Part, frozen=True, kw_only=True, rename="camel"):
    """One line of a cart."""

    id: int | None = None
    catalog_item_id: str | None = None
    friendly_name: str | None = None
    quantity: int | None = None
    currency_code: str | None = None
    billing_cycle: str | None = None
    term_duration: str | None = None
    promotion_id: str | None = None
    custom_term_end_date: datetime | None = None
    order_group: str | None = None
    error: CartLineError | None = None


class Cart(Resource, frozen=True, kw_only=True, rename="camel"):
    """A cart; it lives for seven days. Every documented answer says ``…Timestamp``, the table of page
    ``cart-resources`` ``…TimeStamp``."""

    aliases: ClassVar[Mapping[str, str]] = {
        "creationTimeStamp": "creationTimestamp",
        "lastModifiedTimeStamp": "lastModifiedTimestamp",
        "expirationTimeStamp": "expirationTimestamp",
    }

    id: str
    creation_time_stamp: datetime | None = msgspec.field(default=None, name="creationTimestamp")
    last_modified_time_stamp: datetime | None = msgspec.field(default=None, name="lastModifiedTimestamp")
    expiration_time_stamp: datetime | None = msgspec.field(default=None, name="expirationTimestamp")
    last_modified_user: str | None = None
    line_items: list[CartLine] | None = None
    status: str | None = None

    @property
    def errors(self) -> tuple[CartLineError, ...]:
        """Lines that cannot be bought as they are."""
        return tuple(line.error for line in self.line_items or () if line.error is not None)


class OrderLine(Part, frozen=True, kw_only=True, rename="camel"):
    """One line of an order."""

    line_item_number: int | None = None
    offer_id: str | None = None
    subscription_id: str | None = None
    parent_subscription_id: str | None = None
    friendly_name: str | None = None
    quantity: int | None = None
    term_duration: str | None = None
    transaction_type: str | None = None
    partner_id_on_record: str | None = None


class Order(Resource, frozen=True, kw_only=True, rename="camel"):
    """An order."""

    id: str
    alternate_id: str | None = None
    reference_customer_id: str | None = None
    billing_cycle: str | None = None
    currency_code: str | None = None
    currency_symbol: str | None = None
    line_items: list[OrderLine] | None = None
    creation_date: datetime | None = None
    status: str | None = None
    transaction_type: str | None = None
    total_price: Decimal | None = None


class OrderError(Part, frozen=True, kw_only=True, rename="camel"):
    """Why a group of lines was not ordered."""

    order_group_id: str | None = None
    code: int | str | None = None
    description: str | None = None


class Checkout(Resource, frozen=True, kw_only=True, rename="camel"):
    """Answer of a checkout. Some groups may have been ordered while others failed: read both lists."""

    orders: list[dict[str, Any]] | None = None
    order_errors: list[OrderError] | None = None

    @property
    def placed(self) -> tuple[Order, ...]:
        """The orders that were made."""
        return tuple(parse_as(Order, order) for order in self.orders or ())


class OrderLineStatus(Resource, frozen=True, kw_only=True, rename="camel"):
    """Provisioning of one order line."""

    line_item_number: int | None = None
    status: str | None = None
    quantity_provisioning_information: list[dict[str, Any]] | None = None


class Carts:
    """Pages ``create-a-cart``, ``update-a-cart``, ``checkout-a-cart``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def create(
        self, tenant_id: str, lines: Sequence[Mapping[str, Any]], *, call: Call | None = None
    ) -> Outcome[Cart]:
        """Create a cart. Each line has at least ``catalogItemId``, ``quantity``, ``billingCycle`` (wire
        names); a missing ``id`` is numbered."""
        if not lines:
            return NotDone(errors.Invalid("a cart needs at least one line"))
        numbered = [{"id": number, **line} for number, line in enumerate(lines)]
        request = self._sender.request("carts.create", {"tenant_id": tenant_id}, body={"lineItems": numbered})
        return await self._sender.write(request, call, lambda answer: parse_as(Cart, answer.body))

    async def get(self, tenant_id: str, cart_id: str) -> Cart:
        """Return a cart."""
        request = self._sender.request("carts.get", {"tenant_id": tenant_id, "cart_id": cart_id})
        return await self._sender.fetch(request, Cart, asked=cart_id)

    async def update(
        self, tenant_id: str, cart_id: str, cart: Mapping[str, Any], *, call: Call | None = None
    ) -> Outcome[Cart]:
        """Replace a cart with the whole resource ``cart``."""
        values = {"tenant_id": tenant_id, "cart_id": cart_id}
        request = self._sender.request("carts.update", values, body=dict(cart))
        return await self._sender.write(request, call, lambda answer: parse_as(Cart, answer.body))

    async def checkout(self, tenant_id: str, cart_id: str, *, call: Call | None = None) -> Outcome[Checkout]:
        """Buy what is in the cart. ``Done`` can hold ``order_errors``: partial success is possible."""
        values = {"tenant_id": tenant_id, "cart_id": cart_id}
        request = self._sender.request("carts.checkout", values)
        return await self._sender.write(request, call, lambda answer: parse_as(Checkout, answer.body))


class Orders:
    """Pages ``get-all-of-a-customer-s-orders``, ``create-an-order`` and their kin."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self, tenant_id: str, *, billing_type: str | None = None, include_price: bool | None = None
    ) -> Listing[Order]:
        """Return the customer's orders with this partner. ``billing_type``: ``license``, ``usage``, …"""
        query = {"billingType": billing_type, "include_price": _bool_query(include_price)}
        request = self._sender.request("orders.list", {"tenant_id": tenant_id}, query=query)
        return make_listing(self._sender, request, Order)

    async def get(self, tenant_id: str, order_id: str, *, include_price: bool | None = None) -> Order:
        """Return one order. A new one may be ``NotFound`` for up to 15 minutes."""
        request = self._sender.request(
            "orders.get",
            {"tenant_id": tenant_id, "order_id": order_id},
            query={"include_price": _bool_query(include_price)},
        )
        return await self._sender.fetch(request, Order, asked=order_id)

    async def create(
        self, tenant_id: str, order: Mapping[str, Any], *, call: Call | None = None
    ) -> Outcome[Order]:
        """Order directly with a whole order resource; New Commerce goes through carts."""
        if not order.get("lineItems"):
            return NotDone(errors.Invalid("an order needs at least one line"))
        request = self._sender.request("orders.create", {"tenant_id": tenant_id}, body=dict(order))
        return await self._sender.write(request, call, lambda answer: parse_as(Order, answer.body))

    def provisioning_status(self, tenant_id: str, order_id: str) -> Listing[OrderLineStatus]:
        """Return the provisioning status of each line."""
        values = {"tenant_id": tenant_id, "order_id": order_id}
        request = self._sender.request("orders.provisioning_status", values)
        return make_listing(self._sender, request, OrderLineStatus)


def _bool_query(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()

"""Buys anew on the new account: a cart from the catalogue of the moment, checked out once (page checkout-a-cart)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from novation.domain.errors import NeedsOperator
from novation.engine.actions.calls import Accounts, done, not_there
from novation.engine.translate import subscription, written
from novation.engine.work import Came, Result, Work
from novation.partnercenter import Done, errors
from novation.partnercenter.orders import Order


async def prepare_order(accounts: Accounts, work: Work) -> Result:
    """Makes a cart with one line. The id of a catalogue item changes, so it is read just before."""
    data = work.data
    catalogue_id = await _catalogue_id(accounts, data)
    line = {
        "catalogItemId": catalogue_id,
        "friendlyName": data["name"],
        "quantity": data["quantity"],
        "termDuration": data["term"],
        "billingCycle": data["billing_cycle"],
    }
    outcome = await accounts.target.carts.create(work.tenant, [line], call=accounts.call(work))
    if isinstance(outcome, Done) and outcome.value.errors:
        wrong = outcome.value.errors[0]
        raise NeedsOperator(f"{data['name']} cannot be bought as it is: {wrong.error_description}")
    if not isinstance(outcome, Done):
        return written(outcome)
    # Microsoft's own time, so that orders can be compared with it.
    made = outcome.value.creation_time_stamp or accounts.clock.now()
    return written(outcome, {"item": data["item"], "cart": outcome.value.id, "at": made})


async def _catalogue_id(accounts: Accounts, data: Mapping[str, Any]) -> str:
    """The id under which the product is sold now, with the same term and billing cycle.

    Raises:
        NeedsOperator: it is not sold so.
    """
    product, _, sku = data["product"].partition(":")
    wanted = (data["term"].upper(), data["billing_cycle"].lower())
    async for row in accounts.target.catalogue.availabilities(product, sku, country=data["country"]):
        terms = {
            ((term.duration or "").upper(), (term.billing_cycle or "").lower()) for term in row.terms or ()
        }
        if row.catalog_item_id and row.is_purchasable is not False and wanted in terms:
            return row.catalog_item_id
    raise NeedsOperator(
        f"The new account does not sell {data['name']} ({data['product']}) for {wanted[0]}, billed {wanted[1]}."
    )


async def place_order(accounts: Accounts, work: Work) -> Result:
    """Checks the cart out. From here on it costs money."""
    outcome = await accounts.target.carts.checkout(work.tenant, work.data["cart"], call=accounts.call(work))
    if not isinstance(outcome, Done):
        return written(outcome)
    placed = _bought(outcome.value.placed, work.data)
    if placed:
        return written(outcome, placed)
    if outcome.value.order_errors:
        raise NeedsOperator(f"The order was refused: {outcome.value.order_errors[0].description}")
    # It says that it was done and not what was bought: looked up like any unknown outcome.
    return Result(came=Came.UNKNOWN, text="The answer names no order.")


async def look_up_order(accounts: Accounts, work: Work) -> Result:
    """Was the cart checked out? Orders are listed up to 15 minutes late (page get-all-of-a-customer-s-orders)."""
    placed = _bought(await accounts.target.orders.list(work.tenant), work.data)
    if placed:
        return done(placed)
    try:
        cart = await accounts.target.carts.get(work.tenant, work.data["cart"])
    except errors.NotFound:
        return not_there("The cart is gone, and there is no such order.")
    if str(cart.status).lower() == "active":
        return not_there("The cart was not checked out.")
    return Result(came=Came.UNKNOWN, text="The cart was checked out, but no such order is listed yet.")


def _bought(orders: Iterable[Order], data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was bought with our cart: an order since the cart was made, for a subscription that we did not know."""
    since = datetime.fromisoformat(data["cart_at"])
    for order in orders:
        if (order.creation_date or since) < since:
            continue
        for line in order.line_items or ():
            product = ":".join((line.offer_id or "").lower().split(":")[:2])
            same = product == data["product"].lower() and line.quantity == data["quantity"]
            if same and line.subscription_id and line.subscription_id not in data["known"]:
                return {"item": data["item"], "order": order.id, "subscription": line.subscription_id}
    return None


async def read_order(accounts: Accounts, work: Work) -> Result:
    """Is what was bought on the new account?"""
    try:
        row = await accounts.target.subscriptions.get(work.tenant, work.data["subscription"])
    except errors.NotFound:
        return done({"item": work.data["item"], "found": None})
    return done({"item": work.data["item"], "found": subscription(row)})

"""Checks the cart out on the target (page checkout-a-cart). From here on it costs money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import OrderPlaced
from novation.domain.errors import NeedsOperator
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.step_inputs import order
from novation.engine.translate import written
from novation.engine.work import CallOutcome, Result, Work
from novation.moves.services.observed import repurchase
from novation.partnercenter import Done, errors
from novation.partnercenter.orders import Order


async def call(accounts: Accounts, work: Work) -> Result:
    outcome = await accounts.target.carts.checkout(work.tenant, work.data["cart"], call=accounts.call(work))
    if not isinstance(outcome, Done):
        return written(outcome)
    placed = _bought(outcome.value.placed, work.data)
    if placed:
        return written(outcome, placed)
    if outcome.value.order_errors:
        raise NeedsOperator(f"The order was refused: {outcome.value.order_errors[0].description}")
    # It says that it was done and not what was bought: looked up like any unknown outcome.
    return Result(outcome=CallOutcome.UNKNOWN, text="The answer names no order.")


async def look_up(accounts: Accounts, work: Work) -> Result:
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
    return Result(
        outcome=CallOutcome.UNKNOWN, text="The cart was checked out, but no such order is listed yet."
    )


def _bought(orders: Iterable[Order], data: Mapping[str, Any]) -> OrderPlaced | None:
    """What was bought with our cart: an order since the cart was made, for a subscription that we did not know."""
    since = datetime.fromisoformat(data["cart_at"])
    for one in orders:
        if (one.creation_date or since) < since:
            continue
        for line in one.line_items or ():
            product = ":".join((line.offer_id or "").lower().split(":")[:2])
            same = product == data["product"].lower() and line.quantity == data["quantity"]
            if same and line.subscription_id and line.subscription_id not in data["known"]:
                return OrderPlaced(item=data["item"], order=one.id, subscription=line.subscription_id)
    return None


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_item(facts, do.item, bought_at=now, order_read_at=None)


STEP = Step(
    kind=StepKind.PLACE_ORDER,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.TRANSFER,
    label=_("Buy it on the new account"),
    build=order,
    call=call,
    look_up=look_up,
    observe=observed(repurchase.placed),
    answer=answer,
)

"""Makes a cart with one line on the target. The id of a catalogue item changes, so it is read just before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import CartMade
from novation.domain.errors import NeedsOperator
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, observed
from novation.engine.step_inputs import order
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.services.observed import repurchase
from novation.partnercenter import Done


async def call(accounts: Accounts, work: Work) -> Result:
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
    return written(outcome, CartMade(item=data["item"], cart=outcome.value.id, at=made))


async def _catalogue_id(accounts: Accounts, data: Mapping[str, Any]) -> str:
    """The id under which the product is sold now, with the same term and billing cycle.

    Raises:
        NeedsOperator: it is not sold so.
    """
    product, _colon, sku = data["product"].partition(":")
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


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_item(facts, do.item, cart="a cart", cart_at=now)


STEP = Step(
    kind=StepKind.PREPARE_ORDER,
    account="target",
    # A cart that nobody checks out has no effect and lives for seven days: same key again.
    repeat=Repeat.KEYED,
    group=CallGroup.TRANSFER,
    label=_("Prepare the cart for the repurchase"),
    requests=2,
    build=order,
    call=call,
    look_up=call,
    observe=observed(repurchase.prepared),
    answer=answer,
)

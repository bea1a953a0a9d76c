"""Upgrades within New Commerce (§6.3): eligibilities, transitions and their history."""

from __future__ import annotations

from typing import Any

from novation.emulator.catalogue import BY_PRODUCT, LICENCES, Sku
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call, collection
from novation.emulator.http.routes import route
from novation.emulator.http.subscriptions import find_subscription
from novation.emulator.order_rules import check_agreement
from novation.emulator.refusals import Refusal, invalid
from novation.emulator.subscriptions import Subscription, open_cancel_window

_ONE = "/v1/customers/{customer_id}/subscriptions/{subscription_id}"
_LADDERS = (
    ("O365_BUSINESS_ESSENTIALS", "O365_BUSINESS_PREMIUM", "SPB"),
    ("EXCHANGESTANDARD", "EXCHANGEENTERPRISE"),
    ("STANDARDPACK", "ENTERPRISEPACK", "SPE_E3", "SPE_E5"),
)
_KINDS = {"transition_only", "transition_with_license_transfer"}


def _targets(sku: Sku) -> list[Sku]:
    by_part = {candidate.part_number: candidate for candidate in LICENCES}
    for ladder in _LADDERS:
        if sku.part_number in ladder:
            return [by_part[part] for part in ladder[ladder.index(sku.part_number) + 1 :]]
    return []


@route("GET", _ONE + "/transitionEligibilities", "transitions.eligibilities", group="subscription",
       page="transition-a-new-commerce-subscription")  # fmt: skip
def eligibilities(call: Call) -> Answer:
    """What the subscription can become; ``eligibilityType`` immediate or scheduled."""
    customer = call.customer()
    item = find_subscription(call, customer)
    if call.query.get("eligibilitytype", "immediate").lower() not in {"immediate", "scheduled"}:
        raise invalid("eligibilityType", "immediate or scheduled")
    errors = [] if item.status == "active" and item.transfer_id is None else [
        {"code": 900267, "description": "The subscription is not active."}]  # fmt: skip
    items = [
        {
            "catalogItemId": sku.offer_id,
            "title": sku.title,
            "description": sku.title,
            "quantity": item.quantity,
            "eligibilities": [
                {"isEligible": not errors, "transitionType": kind, "errors": errors}
                for kind in sorted(_KINDS)
            ],
            "subscriptionEligibilities": [],
        }
        for sku in _targets(item.sku)
    ]
    return Answer(200, collection(items))


@route("POST", _ONE + "/transitions", "transitions.create", group="subscription",
       page="transition-a-new-commerce-subscription",
       note="whole subscriptions only, no partial transition")  # fmt: skip
def create(call: Call) -> Answer:
    """Turns the subscription into a better product, at once; the rest of the old charge is credited."""
    customer, body = call.customer(), call.body()
    item = find_subscription(call, customer)
    if item.status != "active" or item.transfer_id is not None:
        raise Refusal(409, 900278, "The subscription has a pending operation or is not active.", [item.id])
    kind = body.get("transitiontype")
    if kind not in _KINDS:
        raise Refusal(400, 900236, "transitionType is invalid.")
    parts = str(body.get("tocatalogitemid") or "").split(":")
    sku = BY_PRODUCT.get((parts[0], parts[1])) if len(parts) == 3 else None
    if sku is None or sku not in _targets(item.sku):
        raise Refusal(400, 900258, "The subscription cannot become this product.")
    if body.get("quantity", item.quantity) != item.quantity:
        raise Refusal(400, 900261, "The emulator moves whole subscriptions only.")
    check_agreement(call.world, customer, call.account)
    before = item.sku
    _apply_transition(call, customer, item, sku, body)
    if kind == "transition_with_license_transfer":
        for user in call.world.directory(customer).active():
            if before.part_id in user.licences:
                user.licences[sku.part_id] = user.licences.pop(before.part_id)
    moment = wire_time(call.now)
    names = ["Conversion", "SeatReassignment"][: 1 + (kind == "transition_with_license_transfer")]
    record = {
        "operationId": call.world.new_id(),
        "fromCatalogItemId": before.offer_id,
        "fromSubscriptionId": item.id,
        "toCatalogItemId": sku.offer_id,
        "toSubscriptionId": item.id,
        "quantity": item.quantity,
        "transitionType": kind,
        "termDuration": item.term,
        "billingCycle": item.cycle,
        "promotionId": item.promotion_id,
        "events": [
            {"name": name, "status": "Completed", "timestamp": moment, "errors": []} for name in names
        ],
    }
    call.file(customer).conversions.setdefault(item.id, []).append(record)
    call.effect = "changed"
    call.world.log_activity(
        call.account, customer, "subscription", "upgrade_subscription", record, actor=call.actor
    )
    return Answer(200, record)


def _apply_transition(
    call: Call, customer: Customer, item: Subscription, sku: Sku, body: dict[str, Any]
) -> None:
    item.sku, item.friendly_name = sku, sku.title
    item.is_trial = False
    item.term = str(body.get("termduration") or item.term)
    item.cycle = str(body.get("billingcycle") or item.cycle).lower()
    open_cancel_window(item, call.now, item.quantity)
    item.add_step("term", "convert", call.now)
    item.scheduled = None
    item.bump_version()
    call.world.forget_next_renewal(customer)


@route("GET", _ONE + "/transitions", "transitions.list", group="subscription",
       page="transition-a-new-commerce-subscription")  # fmt: skip
def history(call: Call) -> Answer:
    """What was done; ``operationId`` picks one."""
    customer = call.customer()
    item = find_subscription(call, customer)
    found = call.file(customer).conversions.get(item.id, [])
    if wanted := call.query.get("operationid"):
        found = [record for record in found if record["operationId"] == wanted]
    return Answer(200, collection(list(found)))

"""Subscriptions: list, get, add-ons, update, provisioning (§6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from novation.emulator import subscription_rules
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call, collection, link
from novation.emulator.http.routes import USER, route
from novation.emulator.refusals import Refusal, not_found
from novation.emulator.subscriptions import Subscription

PROVISIONING_STEP = timedelta(minutes=15)


def subscription_body(customer: Customer, item: Subscription, call: Call) -> dict[str, Any]:
    """The whole resource, as Partner Center writes it."""
    base = f"/customers/{customer.tid}/subscriptions/{item.id}"
    now = call.now
    azure, live = item.sku.product_type == "Azure", item.live
    body: dict[str, Any] = {
        "id": item.id,
        "offerId": item.offer_id,
        "entitlementId": item.id,
        "offerName": item.sku.title,
        "friendlyName": item.friendly_name,
        "quantity": item.quantity,
        "unitType": "Usage-based" if azure else "Licenses",
        "hasPurchasableAddons": False,
        "creationDate": wire_time(item.created),
        "effectiveStartDate": wire_time(item.effective_start),
        "commitmentEndDate": wire_time(item.commitment_end),
        "commitmentEndDateTime": wire_time(item.commitment_end),
        "billingCycleEndDate": wire_time(item.commitment_end),
        "billingCycleEndDateTime": wire_time(item.commitment_end),
        "cancellationAllowedUntilDate": wire_time(item.cancel_until) if item.cancel_until else None,
        "status": item.status,
        "autoRenewEnabled": item.auto_renew,
        "isTrial": item.is_trial,
        "billingType": "usage" if azure else "license",
        "billingCycle": item.cycle,
        "termDuration": item.term,
        "renewalTermDuration": item.term,
        "isMicrosoftProduct": True,
        "publisherName": "Microsoft Corporation",
        "partnerId": item.partner_mpn or "",
        "promotionId": item.promotion_id,
        "contractType": "subscription",
        "attentionNeeded": False,
        "actionTaken": False,
        "actions": ["edit", "cancel"] if item.cancel_until and item.cancel_until > now else ["edit"],
        "orderId": item.order_id,
        "links": {
            "offer": link(f"/offers/{item.offer_id}?country={customer.country}"),
            "self": link(base),
        },
        "attributes": {"etag": item.etag, "objectType": "Subscription"},
    }
    if item.parent_id:
        body["parentSubscriptionId"] = item.parent_id
        body["links"]["parentSubscription"] = link(
            f"/customers/{customer.tid}/subscriptions/{item.parent_id}"
        )
    if item.suspension_reasons:
        body["suspensionReasons"] = list(item.suspension_reasons)
    if item.sku.product_type:
        body["productType"] = {"id": item.sku.product_type, "displayName": _display(item.sku.product_type)}
        body["scheduledNextTermInstructions"] = item.scheduled
        body["scheduledActions"] = item.scheduled_actions
        body["refundableQuantity"] = _refundable(item, call) if live and item.status == "active" else None
        body["refundOptions"] = (
            [{"type": "Full", "expiresAt": wire_time(item.cancel_until)}]
            if item.cancel_until and item.cancel_until > now
            else []
        )
        product = f"/products/{item.sku.product_id}"
        body["links"] |= {
            "product": link(product),
            "sku": link(f"{product}/skus/{item.sku.sku_id}"),
            "availability": link(
                f"{product}/skus/{item.sku.sku_id}/availabilities/{item.sku.availability_id}"
            ),
        }
    return body


def _display(product_type: str) -> str:
    return {"OnlineServicesNCE": "Online Services NCE", "Azure": "Azure"}.get(product_type, product_type)


def _refundable(item: Subscription, call: Call) -> dict[str, Any]:
    details = [
        {"quantity": count, "allowedUntilDateTime": wire_time(until)}
        for count, until in item.batches
        if until > call.now
    ]
    return {"totalQuantity": sum(d["quantity"] for d in details), "details": details}


def listed_subscriptions(call: Call, customer: Customer) -> list[Subscription]:
    """Subscriptions that the caller sold and that are listed already."""
    return [
        item
        for item in call.file(customer).subscriptions.values()
        if item.account == call.account and (item.visible_at is None or item.visible_at <= call.now)
    ]


def find_subscription(call: Call, customer: Customer) -> Subscription:
    """The subscription in the path. Raises 404/20003."""
    wanted = call.params["subscription_id"].lower()
    for item in listed_subscriptions(call, customer):
        if item.id == wanted:
            return item
    raise not_found("The subscription", 20003)


@route("GET", "/v1/customers/{customer_id}/subscriptions", "subscriptions.list", group="subscription",
       page="get-all-of-a-customer-s-subscriptions")  # fmt: skip
def list_subscriptions(call: Call) -> Answer:
    """All that the caller sold, also ended ones; ``order_id`` and ``mpn_id`` narrow it."""
    customer = call.customer()
    items = listed_subscriptions(call, customer)
    if order := call.query.get("order_id"):
        items = [item for item in items if item.order_id == order]
    if mpn := call.query.get("mpn_id"):
        items = [item for item in items if item.partner_mpn == mpn]
    return Answer(
        200,
        collection(
            [subscription_body(customer, i, call) for i in call.ordered(items)],
            f"/customers/{customer.tid}/subscriptions",
        ),
    )


@route("GET", "/v1/customers/{customer_id}/subscriptions/{subscription_id}", "subscriptions.get", group="subscription",
       page="get-a-subscription-by-id")  # fmt: skip
def get_subscription(call: Call) -> Answer:
    """One of them."""
    customer = call.customer()
    return Answer(200, subscription_body(customer, find_subscription(call, customer), call))


@route("GET", "/v1/customers/{customer_id}/subscriptions/{subscription_id}/addons", "subscriptions.addons",
       group="subscription", page="get-a-list-of-add-ons-for-a-subscription")  # fmt: skip
def addons(call: Call) -> Answer:
    """Subscriptions bought on top of this one."""
    customer = call.customer()
    base = find_subscription(call, customer)
    found = [item for item in listed_subscriptions(call, customer) if item.parent_id == base.id]
    return Answer(200, collection([subscription_body(customer, item, call) for item in found]))


@route("PATCH", "/v1/customers/{customer_id}/subscriptions/{subscription_id}", "subscriptions.update",
       group="subscription", page="update-a-subscription-by-id",
       note="scheduledActions knows cancelAtTermEnd only (ASSUMPTION); etags are never empty")  # fmt: skip
def update(call: Call) -> Answer:
    """Quantity, status, auto-renew, name and next-term instructions, from the whole resource.

    The answer is in camelCase, as on pages ``cancel-an-azure-marketplace-subscription`` and
    ``update-autorenew-for-a-commercial-marketplace-subscription``; where a page shows PascalCase it repeats a request.
    """
    customer = call.customer()
    item = find_subscription(call, customer)
    stale = Refusal(400, 2055, "The subscription was changed by somebody else: the etag is stale.", [item.id])
    call.check_tag(item.etag, stale=stale)
    before = subscription_body(customer, item, call)
    changes = subscription_rules.change(call.world, customer, item, call.body())
    if changes:
        call.effect = "changed"
        call.detail = ", ".join(
            f"{name}: {old} -> {new}" for name, (old, new) in changes.items() if name != "scheduled"
        )
        after = subscription_body(customer, item, call)
        record = call.world.log_activity(
            call.account, customer, "subscription", "update_subscription", after, old_value=before, actor=call.actor,
            data={"SubscriptionId": item.id, "Quantity": str(item.quantity)},
        )  # fmt: skip
        uri = f"/v1/customers/{customer.tid}/subscriptions/{item.id}"
        call.world.queue_event(call.account, "subscription-updated", uri, "subscription", record)
        if "quantity" in changes:
            item.provisioned_at = call.now + PROVISIONING_STEP
    if changes and call.world.faults.should_inject("answers_later", f"{item.id}.{item.version}"):
        # The page allows a 202 without a body: the caller has to read the subscription again.
        call.world.call_record.count_fault("answers_later")
        where = f"/customers/{customer.tid}/subscriptions/{item.id}"
        return Answer(202, headers={"Location": where, "Retry-After": "10"})
    return Answer(200, subscription_body(customer, item, call))


@route("GET", "/v1/customers/{customer_id}/subscriptions/{subscription_id}/provisioningstatus",
       "subscriptions.provisioning", group="subscription", tokens=USER,
       page="get-subscription-provisioning-status")  # fmt: skip
def provisioning(call: Call) -> Answer:
    """pending for up to a quarter of an hour after a change."""
    customer = call.customer()
    item = find_subscription(call, customer)
    pending = item.provisioned_at is not None and item.provisioned_at > call.now
    body = {
        "skuId": item.sku.part_id or item.sku.sku_id,
        "status": "pending" if pending else "success",
        "quantity": item.quantity,
        "endDate": wire_time(item.commitment_end),
        "attributes": {"objectType": "SubscriptionProvisioningStatus"},
    }
    return Answer(200, body)

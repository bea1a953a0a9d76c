"""What a PATCH of a subscription may change (pages ``update-a-subscription-by-id``, ``create-scheduled-changes``).

The whole resource is expected back. As on Microsoft's side, a member that is left out is taken as reset:
auto-renew goes off, next-term instructions go away. That is how settings get lost, and why it is copied.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from novation.emulator import agreements
from novation.emulator.catalogue import BY_PRODUCT
from novation.emulator.customers import Customer
from novation.emulator.refusals import Refusal, invalid, missing_agreement
from novation.emulator.subscriptions import Subscription, open_cancel_window
from novation.emulator.world import World

MOST_UPDATES = 1_200  # field reports behind 900311
SCHEDULE_MARGIN = timedelta(hours=24)


def refundable(item: Subscription, now: datetime) -> int:
    """Seats that may be given back now."""
    return min(item.quantity - 1, sum(count for count, until in item.batches if until > now))


def change(
    world: World, customer: Customer, item: Subscription, body: dict[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Applies a PATCH and returns what changed: name -> (before, after). Raises Refusal; then nothing changed."""
    now = world.now
    _check_open(item, now)
    wanted = _read(item, body, absent_renewal=world.faults.knobs.absent_renewal)
    changes = {
        name: (getattr(item, name), value) for name, value in wanted.items() if getattr(item, name) != value
    }
    if not changes:
        return {}
    if item.updates >= MOST_UPDATES:
        raise Refusal(400, 900311, "The subscription was updated too many times.", [item.id])
    serious = {"quantity", "cycle", "term", "status", "scheduled"} & set(changes)
    if serious and not (set(changes) == {"status"} and wanted["status"] in ("deleted", "suspended")):
        _need_agreement(world, customer, item)
    if "status" in changes:
        _check_status(item, str(wanted["status"]), now)
    if "quantity" in changes:
        _check_quantity(item, int(wanted["quantity"]), now)
    if "scheduled" in changes and wanted["scheduled"] is not None:
        _check_schedule(item, wanted["scheduled"], bool(wanted["auto_renew"]), now)
    _apply(world, customer, item, changes, now)
    return changes


def _check_open(item: Subscription, now: datetime) -> None:
    if item.status == "deleted":
        raise Refusal(400, 2011, "A deleted subscription cannot be updated.", [item.id])
    if item.transfer_id is not None:
        raise Refusal(
            409, 900278, "The subscription has a pending operation. Try again after 24 hours.", [item.id]
        )
    if item.status in {"expired", "disabled"}:
        raise Refusal(400, 900279, "The subscription can no longer be updated.", [item.id])
    if item.status == "active" and timedelta(0) < item.commitment_end - now < timedelta(minutes=30):
        raise Refusal(400, 900277, "The subscription is about to expire or renew.", [item.id])


def _read(item: Subscription, body: dict[str, Any], *, absent_renewal: bool) -> dict[str, Any]:
    if str(body.get("id", item.id)).lower() != item.id:
        raise invalid("id", "it does not name this subscription")
    quantity = body.get("quantity", item.quantity)
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise invalid("quantity", "a whole number is needed")
    status = str(body.get("status", item.status)).lower()
    if status not in {"active", "suspended", "deleted", item.status}:
        raise invalid("status", "active, suspended or deleted")
    renew = body.get("autorenewenabled")
    if renew is not None and not isinstance(renew, bool):
        raise invalid("autoRenewEnabled", "true or false is needed")
    cycle = str(body.get("billingcycle") or item.cycle).lower()
    if cycle != item.cycle:
        raise Refusal(
            400, 2054, "The billing cycle cannot be changed here; schedule it for the next term.", [item.id]
        )
    if body.get("customtermenddate") is not None:
        raise Refusal(
            400, 900246, "A custom end of the term is set with the next-term instructions.", [item.id]
        )
    partner = body.get("partnerid")
    if partner is not None and (not isinstance(partner, str) or len(partner) > 50):
        raise invalid("partnerId", "the id of a partner of record is needed")
    scheduled = body.get("schedulednextterminstructions")
    actions = body.get("scheduledactions")
    return {
        "quantity": quantity,
        "status": status,
        "auto_renew": absent_renewal if renew is None else renew,
        "friendly_name": str(body.get("friendlyname") or item.friendly_name)[:256],
        "partner_mpn": item.partner_mpn if partner is None else partner or None,
        "scheduled": None if actions else _scheduled(scheduled),
        "scheduled_actions": _actions(actions),
    }


def _scheduled(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("product"), dict):
        raise invalid("scheduledNextTermInstructions", "an object with product and quantity is needed")
    product = value["product"]
    return {
        "product": {
            "productId": product.get("productid"),
            "skuId": product.get("skuid"),
            "availabilityId": product.get("availabilityid"),
            "billingCycle": product.get("billingcycle"),
            "termDuration": product.get("termduration"),
            "promotionId": product.get("promotionid"),
        },
        "quantity": value.get("quantity"),
        "customTermEndDate": value.get("customtermenddate"),
    }


def _actions(value: Any) -> list[dict[str, Any]] | None:
    if not value:
        return None
    if not isinstance(value, list) or not all(isinstance(a, dict) and a.get("action") for a in value):
        raise invalid("scheduledActions", "a list of objects with an action is needed")
    if any(str(a["action"]).lower() != "cancelattermend" for a in value):
        raise invalid("scheduledActions", "the emulator knows the action cancelAtTermEnd only")
    return [{"action": "cancelAtTermEnd"}]


def _need_agreement(world: World, customer: Customer, item: Subscription) -> None:
    travels = world.faults.knobs.direct_acceptance_travels
    if not agreements.is_signed(world.file(customer).agreements, item.account, direct_travels=travels):
        raise missing_agreement()


def _check_status(item: Subscription, status: str, now: datetime) -> None:
    if status == "deleted" and not item.legacy and (item.cancel_until is None or now > item.cancel_until):
        raise Refusal(400, 900117, "The cancellation window of 7 days has passed.", [item.id])
    if status == "active" and item.status == "pending":
        raise Refusal(409, 800060, "The order is in progress.", [item.id])


def _check_quantity(item: Subscription, quantity: int, now: datetime) -> None:
    if item.status == "suspended":
        raise Refusal(
            400, 2001, "The quantity cannot be changed while the subscription is suspended.", [item.id]
        )
    if not item.sku.minimum <= quantity <= item.sku.maximum or item.sku.product_type == "Azure":
        raise Refusal(400, 2002, "The quantity is outside the limits of the offer.", [item.id])
    if item.is_trial:
        raise Refusal(400, 2006, "Updates are not allowed for this offer.", [item.id])
    if quantity < item.quantity and item.quantity - quantity > refundable(item, now) and not item.legacy:
        code = 900214 if item.batches else 800090
        raise Refusal(
            400, code, "The seats cannot be reduced: the window of 168 hours has passed.", [item.id]
        )


def _check_schedule(item: Subscription, scheduled: dict[str, Any], auto_renew: bool, now: datetime) -> None:
    if not auto_renew:
        raise invalid("scheduledNextTermInstructions", "auto-renew must be on")
    product = scheduled["product"]
    if (str(product["productId"]), str(product["skuId"])) not in BY_PRODUCT:
        raise invalid("scheduledNextTermInstructions.product", "the product is not sold")
    if product["termDuration"] not in ("P1M", "P1Y", "P3Y"):
        raise Refusal(400, 900244, "The term of the next-term instructions is invalid.", [item.id])
    quantity = scheduled["quantity"]
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise invalid("scheduledNextTermInstructions.quantity", "a whole number above zero is needed")
    if item.commitment_end - now < SCHEDULE_MARGIN:
        raise Refusal(400, 900277, "The subscription is about to expire or renew.", [item.id])


def _apply(
    world: World, customer: Customer, item: Subscription, changes: dict[str, tuple[Any, Any]], now: datetime
) -> None:
    for name, (before, after) in changes.items():
        if name == "quantity":
            _set_quantity(item, before, after, now)
        elif name == "status" and after == "deleted":
            item.end("cancel", "deleted", now)
            world.forget_next_renewal(customer)
        elif name == "status":
            item.status = after
            item.suspension_reasons = ["CustomerCancellation"] if after == "suspended" else []
        else:
            setattr(item, name, after)
    item.updates += 1
    item.bump_version()


def _set_quantity(item: Subscription, before: int, after: int, now: datetime) -> None:
    if after > before:
        open_cancel_window(item, now, after - before)
        item.cancel_until = item.cancel_until if item.cancel_until and item.cancel_until > now else None
    else:
        give_back = before - after
        kept: list[tuple[int, datetime]] = []
        for count, until in sorted(item.batches, key=lambda batch: batch[1], reverse=True):
            taken = min(count, give_back)
            give_back -= taken
            if count > taken:
                kept.append((count - taken, until))
        item.batches = kept
    item.quantity = after
    item.add_step("quantity", "", now)

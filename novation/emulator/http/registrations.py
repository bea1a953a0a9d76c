"""Registration of a subscription for reservations (§6.4): 202, then registering, then registered."""

from __future__ import annotations

from datetime import timedelta

from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.routes import route
from novation.emulator.http.subscriptions import find_subscription
from novation.emulator.refusals import Refusal

_TAKES = timedelta(minutes=15)  # virtual; Microsoft names no time
_ONE = "/v1/customers/{customer_id}/subscriptions/{subscription_id}"


@route("POST", _ONE + "/registrations", "subscriptions.register", group="subscription",
       page="register-a-subscription", note="Azure plans only; takes a quarter of an hour (ASSUMPTION)")  # fmt: skip
def register(call: Call) -> Answer:
    """Begins the registration; done twice it begins once."""
    item = find_subscription(call, call.customer())
    if item.sku.product_type != "Azure" or item.status != "active":
        raise Refusal(400, 2006, "Only an active Azure subscription can be registered.", [item.id])
    if item.registered_at is None:
        item.registered_at = call.now + _TAKES
        call.effect = "changed"
    where = f"/customers/{call.customer_id}/subscriptions/{item.id}/registrationstatus"
    return Answer(202, headers={"Location": where, "Retry-After": "10"})


@route("GET", _ONE + "/registrationstatus", "subscriptions.registration_status", group="subscription",
       page="get-subscription-registration-status")  # fmt: skip
def status(call: Call) -> Answer:
    """registered, registering or notregistered."""
    item = find_subscription(call, call.customer())
    word = "notregistered"
    if item.registered_at is not None:
        word = "registered" if item.registered_at <= call.now else "registering"
    body = {"subscriptionId": item.id, "status": word}
    return Answer(200, {**body, "attributes": {"objectType": "SubscriptionRegistrationStatus"}})

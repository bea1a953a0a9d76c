"""Carts and orders over HTTP (§8)."""

from __future__ import annotations

import json
from typing import Any

from novation.emulator import order_rules
from novation.emulator.catalogue import AZURE_PLAN
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call, collection, fold, link
from novation.emulator.http.routes import route
from novation.emulator.order_rules import OrderLine
from novation.emulator.orders import CART_LIFE, Cart, Order
from novation.emulator.refusals import Refusal, invalid, not_found

_CARTS = "/v1/customers/{customer_id}/carts"
_ORDERS = "/v1/customers/{customer_id}/orders"


def _read_lines(call: Call) -> list[dict[str, Any]]:
    value = call.json()
    lines = fold(value).get("lineitems") if isinstance(value, dict) else None
    if not isinstance(lines, list) or not lines or not all(isinstance(line, dict) for line in lines):
        raise invalid("lineItems", "at least one line is needed")
    return lines


# Names inside a provisioning context, whatever the request's letters.
_CONTEXT_NAMES = {
    name.lower(): name for name in ("parentSubscriptionId", "subscriptionId", "scope", "duration")
}


def _context(value: Any) -> dict[str, Any]:
    members = value if isinstance(value, dict) else {}
    return {_CONTEXT_NAMES.get(str(name), str(name)): member for name, member in members.items()}


def _cart_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        wish = order_rules.read_line(line)
        entry: dict[str, Any] = {
            "id": number,
            "catalogItemId": line.get("catalogitemid"),
            "friendlyName": line.get("friendlyname"),
            "quantity": line.get("quantity"),
            "currencyCode": "EUR",
            "billingCycle": str(line.get("billingcycle") or "monthly").lower(),
            "termDuration": line.get("termduration") or "P1Y",
            "promotionId": line.get("promotionid"),
            "participants": line.get("participants") or [],
            "provisioningContext": _context(line.get("provisioningcontext")),
            "orderGroup": str(line.get("ordergroup") or "0"),
            "addonItems": [],
            "renewsTo": None,
            "error": None,
        }
        if not isinstance(wish, OrderLine):
            entry["error"] = {"errorCode": wish[0], "errorDescription": wish[1]}
        shown.append(entry)
    return shown


def _cart_body(customer: Customer, cart: Cart) -> dict[str, Any]:
    return {
        "id": cart.id,
        "creationTimestamp": wire_time(cart.created_at),
        "lastModifiedTimestamp": wire_time(cart.changed_at),
        "expirationTimestamp": wire_time(cart.created_at + CART_LIFE),
        "lastModifiedUser": cart.user,
        "lineItems": cart.lines,
        "status": cart.status,
        "links": {"self": link(f"/customers/{customer.tid}/carts/{cart.id}")},
        "attributes": {"objectType": "Cart"},
    }


def _find_cart(call: Call, customer: Customer) -> Cart:
    cart = call.file(customer).carts.get(call.params["cart_id"].lower())
    if cart is None or cart.account != call.account or call.now > cart.created_at + CART_LIFE:
        raise not_found("The cart", 800008)
    return cart


@route("POST", _CARTS, "carts.create", group="order", page="create-a-cart")
def create_cart(call: Call) -> Answer:
    """Lines with errors are kept and say what is wrong."""
    customer = call.customer()
    user = call.actor or call.partner.client_id
    cart = Cart(call.world.new_id(), call.account, call.now, call.now, user, _cart_lines(_read_lines(call)))
    call.file(customer).carts[cart.id] = cart
    call.effect = "created"
    return Answer(201, _cart_body(customer, cart))


@route("GET", _CARTS + "/{cart_id}", "carts.get", group="order", page="get-a-cart")
def get_cart(call: Call) -> Answer:
    """For seven days."""
    customer = call.customer()
    return Answer(200, _cart_body(customer, _find_cart(call, customer)))


@route("PUT", _CARTS + "/{cart_id}", "carts.update", group="order", page="update-a-cart")
def update_cart(call: Call) -> Answer:
    """Replaces the lines."""
    customer = call.customer()
    cart = _find_cart(call, customer)
    if cart.status != "Active":
        raise Refusal(400, 800065, "The cart was submitted already.")
    cart.lines, cart.changed_at = _cart_lines(_read_lines(call)), call.now
    call.effect = "changed"
    return Answer(200, _cart_body(customer, cart))


@route("POST", _CARTS + "/{cart_id}/checkout", "carts.checkout", group="order", page="checkout-a-cart")
def checkout(call: Call) -> Answer:
    """Orders one order group at a time; a repeated checkout gives the first result again."""
    customer = call.customer()
    cart = _find_cart(call, customer)
    if cart.result is not None:
        call.effect = "replayed"
        return Answer(201, cart.result)
    order_rules.check_agreement(call.world, customer, call.account)
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in cart.lines:
        groups.setdefault(line["orderGroup"], []).append(line)
    orders, errors = [], []
    for group, lines in groups.items():
        wishes = [order_rules.read_line(fold(line)) for line in lines]
        wrong = next((wish for wish in wishes if not isinstance(wish, OrderLine)), None)
        if isinstance(wrong, tuple):
            errors.append({"orderGroupId": group, "code": wrong[0], "description": wrong[1]})
            continue
        good = [wish for wish in wishes if isinstance(wish, OrderLine)]
        orders.append(
            _order_body(customer, order_rules.buy(call.world, customer, call.account, good, call.actor))
        )
    if not orders:
        raise Refusal(
            400, 800009, "The cart has errors in its items.", [str(e["description"]) for e in errors]
        )
    cart.status, cart.changed_at = "Ordered", call.now
    cart.result = {
        "orders": orders,
        "orderErrors": errors,
        "attributes": {"objectType": "CartCheckoutResult"},
    }
    call.effect = "created"
    call.detail = ", ".join(f"order {order['id']}" for order in orders)
    return Answer(201, cart.result)


def _sku_link(offer_id: str, country: str) -> dict[str, Any]:
    product, _, rest = offer_id.partition(":")
    if not rest:
        return {}
    return {"sku": link(f"/products/{product}/skus/{rest.partition(':')[0]}?country={country}")}


def _order_body(customer: Customer, order: Order) -> dict[str, Any]:
    base = f"/customers/{customer.tid}/orders/{order.id}"
    return {
        "id": order.id,
        "alternateId": order.id,
        "referenceCustomerId": customer.tid,
        "billingCycle": order.cycle,
        "currencyCode": "EUR",
        "currencySymbol": "€",
        "lineItems": [
            {
                **line,
                "links": {
                    "subscription": link(f"/customers/{customer.tid}/subscriptions/{line['subscriptionId']}"),
                    "provisioningStatus": link(f"{base}/provisioningstatus"),
                    **_sku_link(str(line["offerId"]), customer.country),
                },
            }
            for line in order.lines
        ],
        "creationDate": wire_time(order.created_at),
        "status": order.status,
        "transactionType": order.kind,
        "links": {"self": link(base), "provisioningStatus": link(f"{base}/provisioningstatus")},
        "attributes": {"etag": f"{order.id}.1", "objectType": "Order"},
    }


def _orders(call: Call, customer: Customer) -> list[Order]:
    # Orders of the seed are told by their subscriptions; new ones are listed with up to a quarter of an hour of lag.
    file = call.file(customer)
    found = [o for o in file.orders.values() if o.account == call.account and _is_listed(call, customer, o)]
    old: dict[str, Order] = {}
    for item in file.subscriptions.values():
        if item.account == call.account and item.order_id not in file.orders:
            order = old.setdefault(
                item.order_id,
                Order(item.order_id, call.account, item.created, item.cycle, [],
                      kind="SystemPurchase" if item.history and item.history[0].kind == "transfer" else "UserPurchase"),
            )  # fmt: skip
            order.lines.append(
                {
                    "lineItemNumber": len(order.lines),
                    "offerId": item.offer_id,
                    "subscriptionId": item.id,
                    "parentSubscriptionId": item.parent_id,
                    "friendlyName": item.friendly_name,
                    "quantity": item.quantity,
                    "termDuration": item.term,
                    "transactionType": "New",
                    "partnerIdOnRecord": item.partner_mpn,
                    "additionalPartnerIdsOnRecord": [],
                    "provisioningContext": {},
                }
            )
    return [*old.values(), *found]


def _is_listed(call: Call, customer: Customer, order: Order) -> bool:
    items = [call.file(customer).subscriptions.get(str(line["subscriptionId"])) for line in order.lines]
    return all(i is None or i.visible_at is None or i.visible_at <= call.now for i in items)


def _find_order(call: Call, customer: Customer) -> Order:
    for order in _orders(call, customer):
        if order.id == call.params["order_id"]:
            return order
    raise not_found("The order", 20000)


@route("GET", _ORDERS, "orders.list", group="order", page="get-all-of-a-customer-s-orders",
       also=("/v1/customers/{customer_id}/orders/",))  # fmt: skip
def list_orders(call: Call) -> Answer:
    """A new order is listed up to fifteen minutes late. ``billingType`` is usage or license."""
    customer = call.customer()
    found = _orders(call, customer)
    if (kind := call.query.get("billingtype", "").lower()) in {"usage", "license"}:
        found = [order for order in found if _is_metered(order) == (kind == "usage")]
    bodies = [_order_body(customer, order) for order in found]
    return Answer(200, collection(call.ordered(bodies), f"/customers/{customer.tid}/orders"))


def _is_metered(order: Order) -> bool:
    return any(str(line["offerId"]).startswith(AZURE_PLAN.product_id) for line in order.lines)


@route("GET", _ORDERS + "/{order_id}", "orders.get", group="order", page="get-an-order-by-id")
def get_order(call: Call) -> Answer:
    """One order."""
    customer = call.customer()
    return Answer(200, _order_body(customer, _find_order(call, customer)))


@route("GET", _ORDERS + "/{order_id}/provisioningstatus", "orders.provisioning", group="order",
       page="get-order-provisioning-status")  # fmt: skip
def provisioning(call: Call) -> Answer:
    """One entry a line; refreshed every quarter of an hour."""
    customer = call.customer()
    order = _find_order(call, customer)
    items = []
    for line in order.lines:
        item = call.file(customer).subscriptions.get(str(line["subscriptionId"]))
        pending = item is not None and item.provisioned_at is not None and item.provisioned_at > call.now
        items.append(
            {
                "lineItemNumber": line["lineItemNumber"],
                "status": "Pending" if pending else "Fulfilled",
                "quantityProvisioningInformation": [
                    {"quantity": line["quantity"], "status": "Pending" if pending else "Fulfilled"}
                ],
            }
        )
    return Answer(200, collection(items))


@route("POST", _ORDERS, "orders.create", group="order", page="create-an-order",
       note="the same lines with the same MS-CorrelationId count as repeated")  # fmt: skip
def create_order(call: Call) -> Answer:
    """Orders at once, without a cart: all lines or none."""
    customer = call.customer()
    lines = _read_lines(call)
    wishes: list[OrderLine] = []
    for line in lines:
        wish = order_rules.read_line(line)
        if not isinstance(wish, OrderLine):
            raise Refusal(400, wish[0], wish[1])
        wishes.append(wish)
    order_rules.check_agreement(call.world, customer, call.account)
    order = order_rules.buy(call.world, customer, call.account, wishes, call.actor)
    call.effect = "repeated" if _is_repeated(call, customer, lines) else "created"
    call.detail = f"order {order.id}"
    return Answer(201, _order_body(customer, order))


def _is_repeated(call: Call, customer: Customer, lines: list[dict[str, Any]]) -> bool:
    operation = call.headers.get("MS-CorrelationId")
    if not operation:
        return False
    key = (customer.tid, operation, json.dumps(lines, sort_keys=True))
    known = key in call.world.ordered_lines
    call.world.ordered_lines.add(key)
    return known

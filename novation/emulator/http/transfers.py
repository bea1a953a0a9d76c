"""Transfers over HTTP (§7)."""

from __future__ import annotations

from typing import Any

from novation.emulator import transfer_rules
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call, link
from novation.emulator.http.routes import route
from novation.emulator.ids import is_guid
from novation.emulator.partners import PARTNERS
from novation.emulator.refusals import Refusal, invalid
from novation.emulator.transfers import PRODUCT_TYPES, Transfer

_PATH = "/v1/customers/{customer_id}/transfers"
_KNOWN_TYPES = {
    "azuresubscription": "AzureSubscription", "azurereservation": "AzureReservation",
    "azuresavingsplan": "AzureSavingsPlan", "onlineservicesnce": "OnlineServicesNCE",
    "software": "Software", "saas": "SaaS",
}  # fmt: skip


def transfer_body(call: Call, customer: Customer, transfer: Transfer) -> dict[str, Any]:
    """The entity as the caller may see it: the target sees no lines until it is complete."""
    source, target = PARTNERS[transfer.source], PARTNERS[transfer.target]
    blind = call.account == transfer.target and not transfer.ended
    return {
        "id": transfer.id,
        "status": transfer.status,
        "createdTime": wire_time(transfer.created_at),
        "lastModifiedTime": wire_time(transfer.changed_at),
        "completedTime": wire_time(transfer.completed_at) if transfer.completed_at else None,
        "expirationTime": wire_time(transfer.expires_at),
        "lastModifiedUser": "",
        "customerTenantId": customer.tid,
        "customerName": transfer.customer_name,
        "customerEmailId": transfer.customer_email,
        "partnertenantid": call.partner.tenant_id,
        "sourcePartnerTenantId": source.tenant_id,
        "sourcePartnerName": transfer.source_name,
        "sourcePartnerEmailId": source.tenant_id,
        "targetPartnerTenantId": target.tenant_id,
        "targetPartnerName": transfer.target_name,
        "targetPartnerEmailId": target.tenant_id,
        "partnerOnRecord": transfer.mpn,
        "transferType": transfer.kind,
        "transferDirection": 1 if call.account == transfer.target else 2,
        "targetProductTypes": transfer.product_types or None,
        "lineItems": []
        if blind
        else [_line_body(call, customer, transfer, n) for n in range(len(transfer.lines))],
        "links": {"self": link(f"/customers/{customer.tid}/transfers/{transfer.id}")},
        "attributes": {"etag": f"{transfer.id[:8]}.{transfer.version}", "objectType": "TransferEntity"},
    }


def _line_body(call: Call, customer: Customer, transfer: Transfer, number: int) -> dict[str, Any]:
    line = transfer.lines[number]
    file = call.file(customer)
    done = line.status == "Complete"
    mine = call.account == transfer.target
    sid = line.new_id if mine and done and line.new_id else line.subscription_id
    item = file.subscriptions[line.new_id or line.subscription_id]
    return {
        "id": 0,
        "subscriptionId": sid,
        "quantity": item.quantity if done else 0,
        "billingCycle": item.cycle if done else "unknown",
        "productType": 5 if line.product_type == "OnlineServicesNCE" else 0,
        "status": line.status,
        "offerId": item.offer_id,
        "orderId": item.order_id,
        "friendlyName": item.friendly_name,
        "partnerIdOnRecord": transfer.mpn,
        "transferGroupId": "1",
        "addonItems": [],
        "transferError": line.error,
    }


@route(
    "POST",
    _PATH,
    "transfers.create",
    group="transfer",
    page="create-a-transfer",
    note="a second Pending request is allowed and counted; while one is InProgress: 409/900101 (ASSUMPTION)",
)
def create(call: Call) -> Answer:
    """The target asks."""
    customer, body = call.customer(), call.body()
    source = call.text("sourcePartnerTenantId").lower()
    if not is_guid(source):
        raise invalid("sourcePartnerTenantId", "a GUID is needed")
    target = call.text("targetPartnerTenantId", required=False).lower()
    if target and target != call.partner.tenant_id:
        raise invalid("targetPartnerTenantId", "it must be the caller's own tenant")
    kind = body.get("transfertype")
    if isinstance(kind, bool) or kind not in call.world.faults.knobs.transfer_types:
        raise invalid("transferType", f"one of {list(call.world.faults.knobs.transfer_types)} is needed")
    email = call.text("customerEmailId")
    if "@" not in email:
        raise invalid("customerEmailId", "an e-mail address is needed")
    if body.get("lineitems"):
        raise invalid("lineItems", "the source partner chooses the items when it accepts")
    transfer, repeated = transfer_rules.create(
        call.world,
        customer,
        call.account,
        source_tenant=source,
        source_name=call.text("sourcePartnerName"),
        email=email,
        name=call.text("customerName", required=False),
        kind=int(str(kind)),
        product_types=_product_types(body.get("targetproducttypes")),
        mpn=call.text("partnerOnRecord", required=False) or None,
        actor=call.actor,
    )
    call.effect = "repeated" if repeated else "created"
    call.detail = f"transfer {transfer.id}" + ("; another one was pending" if repeated else "")
    return Answer(201, transfer_body(call, customer, transfer))


def _product_types(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid("targetProductTypes", "a list is needed")
    try:
        return [_KNOWN_TYPES[str(name).lower()] for name in value]
    except KeyError as error:
        raise invalid("targetProductTypes", f"{error.args[0]} is not known") from None


@route("GET", _PATH, "transfers.list", group="transfer", page="get-all-of-a-customer-s-transfers")
def list_transfers(call: Call) -> Answer:
    """A bare array, not a collection."""
    customer = call.customer()
    return Answer(
        200, call.ordered([transfer_body(call, customer, t) for t in call.file(customer).transfers.values()])
    )


@route("GET", _PATH + "/{transfer_id}", "transfers.get", group="transfer", page="get-transfer-by-id")
def get_transfer(call: Call) -> Answer:
    """One of them."""
    customer = call.customer()
    transfer = transfer_rules.find_transfer(
        call.world, customer, call.account, call.params["transfer_id"].lower()
    )
    return Answer(200, transfer_body(call, customer, transfer))


@route("GET", "/v1/customers/{customer_id}/transferseligibility", "transfers.eligibility", group="transfer",
       page="get-customer-s-subscriptions-transfer-eligibility",
       note="legacy subscriptions only, as on the page; the reasons are our words")  # fmt: skip
def eligibility(call: Call) -> Answer:
    """Which of the caller's old subscriptions could move: a bare array."""
    customer = call.customer()
    if not call.query.get("transfertype"):
        raise invalid("transferType", "it is required")
    found = []
    for item in call.file(customer).subscriptions.values():
        if item.account == call.account and item.legacy:
            reason = "" if item.status == "active" else f"The subscription is {item.status}."
            if item.transfer_id is not None:
                reason = "The subscription is part of another transfer."
            found.append({"id": item.id, "isEligible": not reason, "reason": reason})
    return Answer(200, call.ordered(found))


@route(
    "PATCH",
    _PATH + "/{transfer_id}",
    "transfers.update",
    group="transfer",
    page="update-a-transfer",
    also=("/v1/customers/{customer_id}/transfer/{transfer_id}",),
    note="accept = line items with status absent or InProgress (ASSUMPTION); Reject as on the legacy page",
)
def update(call: Call) -> Answer:
    """Accept by the source, cancel by the target, reject by the source."""
    customer, body = call.customer(), call.body()
    transfer = transfer_rules.find_transfer(
        call.world, customer, call.account, call.params["transfer_id"].lower()
    )
    status = str(body.get("status") or "").lower()
    if str(body.get("id") or transfer.id).lower() != transfer.id:
        raise invalid("id", "it does not name this transfer")
    if status == "cancel":
        transfer_rules.cancel(call.world, customer, call.account, transfer, call.actor)
    elif status == "reject":
        transfer_rules.reject(call.world, customer, call.account, transfer, call.actor)
    elif status in {"", "inprogress", "accept", "pending"} and body.get("lineitems"):
        transfer_rules.accept(
            call.world, customer, call.account, transfer, _read_lines(body["lineitems"]), call.actor
        )
    else:
        raise Refusal(
            400, 900102, "The transfer cannot be processed: give line items to accept, or the status Cancel."
        )
    call.effect = "changed"
    call.detail = f"transfer {transfer.id}: {transfer.status}, {len(transfer.lines)} lines"
    return Answer(200, transfer_body(call, customer, transfer))


def _read_lines(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
        raise invalid("lineItems", "a list of objects is needed")
    lines: list[tuple[str, str]] = []
    for line in value:
        sid, kind = line.get("subscriptionid"), line.get("producttype")
        if not isinstance(sid, str) or not is_guid(sid):
            raise invalid("lineItems.subscriptionId", "a GUID is needed")
        if not isinstance(kind, str) or kind.lower() not in PRODUCT_TYPES:
            raise invalid("lineItems.productType", "OnlineServicesNCE or AzureSubscription")
        lines.append((sid.lower(), kind))
    return lines

"""Customers: list, get, remove the relationship (pages ``get-a-list-of-customers`` and following)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from novation.emulator import customer_actions, names
from novation.emulator.audit import pascal
from novation.emulator.customers import Customer
from novation.emulator.gdap import roles_of
from novation.emulator.http.calls import Answer, Call, link, make_cursor, read_cursor, seek_page
from novation.emulator.http.routes import USER, route
from novation.emulator.refusals import Refusal, customer_not_found, invalid

DEFAULT_PAGE, LARGEST_PAGE = 500, 500


def customer_summary(customer: Customer) -> dict[str, Any]:
    """The list item: no delegated access and no billing profile."""
    return {
        "id": customer.tid,
        "companyProfile": _company(customer),
        "relationshipToPartner": "reseller",
        "links": {"self": link(f"/customers/{customer.tid}")},
        "attributes": {"objectType": "Customer"},
    }


def _company(customer: Customer) -> dict[str, Any]:
    return {
        "tenantId": customer.tid,
        "domain": customer.default_domain,
        "companyName": customer.name,
        "links": {"self": link(f"/customers/{customer.tid}/profiles/company")},
        "attributes": {"objectType": "CustomerCompanyProfile"},
    }


def billing_profile(customer: Customer, *, details: bool = True) -> dict[str, Any]:
    """The billing profile. Without delegated access the address and the e-mail are left out (§3.2)."""
    contact = customer.contact
    profile: dict[str, Any] = {
        "id": f"{customer.tid[:8]}-billing",
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "culture": customer.culture or "en-US",
        "language": names.COUNTRIES.get(customer.country, ("en",))[0],
        "companyName": customer.name,
        "links": {"self": link(f"/customers/{customer.tid}/profiles/billing")},
        "attributes": {
            "etag": f"{customer.tid[:8]}.{customer.version}",
            "objectType": "CustomerBillingProfile",
        },
    }
    if details:
        if contact.email:
            profile["email"] = contact.email
        profile["defaultAddress"] = {
            "country": customer.country,
            "region": None,
            "city": customer.city,
            "state": None,
            "addressLine1": customer.street,
            "postalCode": customer.postal_code,
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "phoneNumber": contact.phone,
        }
    return profile


def _detailed_company(customer: Customer, details: bool) -> dict[str, Any]:
    profile = _company(customer)
    if details:
        profile |= {"email": customer.contact.email, "phoneNumber": customer.contact.phone,
                    "address": billing_profile(customer)["defaultAddress"]}  # fmt: skip
    return {**profile, "organizationRegistrationNumber": customer.registration_number}


def may_see_details(call: Call, customer: Customer) -> bool:
    """Old delegated admin, or any role by GDAP."""
    file = call.file(customer)
    relationship = file.relationships.get(call.account)
    return bool(relationship and relationship.dap) or bool(roles_of(file.gdap, call.account))


def customer_body(call: Call, customer: Customer) -> dict[str, Any]:
    """The whole resource."""
    details = may_see_details(call, customer)
    relationship = call.file(customer).relationships[call.account]
    body = {
        **customer_summary(customer),
        "commerceId": f"{customer.tid[:13]}-commerce",
        "billingProfile": billing_profile(customer, details=details),
        "allowDelegatedAccess": relationship.dap,
        "customDomains": [customer.default_domain, customer.domain] if details else [],
        "enableGDAPByDefault": False,
        "attributes": {"objectType": "Customer"},
    }
    body["companyProfile"] = _detailed_company(customer, details)
    if not details:
        del body["customDomains"]
    return body


@route("GET", "/v1/customers", "customers.list", group="customer", page="get-a-list-of-customers")
def list_customers(call: Call) -> Answer:
    """Seek paging: ``size``, then ``seekOperation=Next`` with the continuation token."""
    wanted = call.wanted_size("size", DEFAULT_PAGE, LARGEST_PAGE)
    after, chosen = 0, call.filter()
    if call.wants_next_page():
        state = read_cursor(call.headers["MS-ContinuationToken"])
        after, chosen = int(state.get("s", 0)), state.get("f")
        wanted = wanted if "size" in call.query else int(state.get("n", wanted))
    size = call.shrink_size(wanted)
    items: list[dict[str, Any]] = []
    last = after
    more = False
    for place, customer in _matching(call, after, chosen):
        if len(items) == size:
            more = True
            break
        items.append(customer_summary(customer))
        last = place
    cursor = make_cursor(s=last, n=wanted, f=chosen) if more else None
    return Answer(200, seek_page(call.ordered(items), "/v1/customers", call.query, cursor))


def _matching(call: Call, after: int, chosen: dict[str, str] | None) -> Iterator[tuple[int, Customer]]:
    places = (
        (place, call.world.customers[tid]) for place, tid in call.world.rosters[call.account].after(after)
    )
    if not chosen:
        yield from places
        return
    field, wanted = chosen["field"].lower(), chosen["value"].casefold()
    if field not in {"companyname", "domain"} or chosen["operator"].replace("_", "").lower() != "startswith":
        raise invalid("filter", "only CompanyName and Domain with the operator starts_with are supported")
    for place, customer in places:
        values = (customer.name,) if field == "companyname" else (customer.default_domain, customer.domain)
        if any(value.casefold().startswith(wanted) for value in values):
            yield place, customer


@route("GET", "/v1/customers/{customer_id}", "customers.get", group="customer", page="get-a-customer-by-id")
def get_customer(call: Call) -> Answer:
    """404 when it is not a customer of the caller."""
    tid = call.params["customer_id"].lower()
    customer = call.world.customers.get(tid)
    if customer is None or not call.world.sold_by(customer, call.account):
        raise customer_not_found(tid)
    return Answer(200, customer_body(call, customer))


@route("PATCH", "/v1/customers/{customer_id}", "customers.remove_relationship", group="customer", tokens=USER,
       page="remove-a-reseller-relationship-with-a-customer",
       note="refusal code for active subscriptions is an assumption (400/800002)")  # fmt: skip
def patch_customer(call: Call) -> Answer:
    """``relationshipToPartner: none`` ends the relationship; ``allowDelegatedAccess: false`` ends the old DAP."""
    customer, body = call.customer(), call.body()
    file = call.file(customer)
    if str(body.get("relationshiptopartner", "")).lower() == "none":
        billed = [i.id for i in file.subscriptions.values() if i.live and i.account == call.account]
        if billed:
            raise Refusal(
                400,
                800002,
                "The customer still has subscriptions with the partner; cancel them first.",
                billed[:5],
            )
        customer_actions.end_relationship(call.world, customer, call.account)
        call.effect = "changed"
        call.world.log_activity(
            call.account, customer, "partner_customer_relationship", "remove_partner_customer_relationship",
            {"relationshipToPartner": "none"}, actor=call.actor, correlation_id=call.headers.get("MS-CorrelationId"),
        )  # fmt: skip
        return Answer(200, pascal({
            "id": None, "commerceId": None, "companyProfile": None, "billingProfile": None,
            "relationshipToPartner": "none", "allowDelegatedAccess": None, "userCredentials": None,
            "customDomains": None, "associatedPartnerId": None, "attributes": {"objectType": "Customer"},
        }))  # fmt: skip
    if body.get("allowdelegatedaccess") is False:
        relationship = file.relationships[call.account]
        if relationship.dap:
            relationship.dap = False
            call.effect = "changed"
            call.world.queue_event(
                call.account, "dap-admin-relationship-terminated", None, "DapAdminRelationship"
            )
        return Answer(200, pascal({**customer_body(call, customer), "allowDelegatedAccess": False}))
    raise invalid("relationshipToPartner", "only none is supported here")


@route("GET", "/v1/customers/{customer_id}/profiles/company", "customers.company_profile", group="customer",
       page="get-a-customer-s-company-profile")  # fmt: skip
def company_profile(call: Call) -> Answer:
    """The company profile alone."""
    customer = call.customer()
    details = may_see_details(call, customer)
    return Answer(200, _detailed_company(customer, details))


@route("GET", "/v1/customers/{customer_id}/profiles/billing", "customers.billing_profile", group="customer",
       page="get-a-customer-s-billing-profile")  # fmt: skip
def get_billing_profile(call: Call) -> Answer:
    """The billing profile alone."""
    customer = call.customer()
    return Answer(200, billing_profile(customer, details=may_see_details(call, customer)))

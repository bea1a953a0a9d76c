"""New customers: free domain, valid address, tenant (§3.3); billing profile, qualifications."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from novation.emulator import customer_actions
from novation.emulator.clock import wire_time
from novation.emulator.customers import Contact, Customer, CustomerFile, Relationship
from novation.emulator.gdap import AdminRelationship
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.customers import billing_profile, customer_summary
from novation.emulator.http.routes import USER, route
from novation.emulator.names import COUNTRIES
from novation.emulator.refusals import Refusal, invalid
from novation.emulator.users import Directory, User

# §3.3: these countries want the organisation's registration number and a phone.
_NUMBER_NEEDED = frozenset({
    "AM", "AZ", "BY", "HU", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA", "IN", "BR", "ZA", "PL", "AE", "SA", "TR",
    "TH", "VN", "MM", "IQ", "SS", "VE",
})  # fmt: skip
_REVIEW = timedelta(days=1)
_SANDBOX_CUSTOMERS = 75
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,26}\.onmicrosoft\.com\Z")


@route("HEAD", "/v1/domains/{domain}", "domains.check", group="customer", page="verify-domain-availability")
def check_domain(call: Call) -> Answer:
    """404 is free, 200 is taken; no body."""
    return Answer(200 if call.params["domain"].lower() in call.world.by_domain else 404, raw=b"")


@route(
    "GET",
    "/v1/validations/checkdomainavailability/{prefix}",
    "domains.check_prefix",
    group="customer",
    page="verify-domain-availability",
)
def check_prefix(call: Call) -> Answer:
    """true when the prefix is free."""
    return Answer(200, f"{call.params['prefix'].lower()}.onmicrosoft.com" not in call.world.by_domain)


# Names of an address as answers have them, whatever the request's letters (page "validate-an-address").
_ADDRESS_NAMES = {
    name.lower(): name
    for name in (
        "addressLine1", "addressLine2", "addressLine3", "city", "state", "region", "postalCode", "country", "firstName",
        "middleName", "lastName", "phoneNumber",
    )
}  # fmt: skip


def _address(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise invalid(where, "it is required")
    address = {
        str(k): str(v) for k, v in value.items() if isinstance(v, str | int) and not isinstance(v, bool)
    }
    for name, longest in (("addressline1", 200), ("city", 128), ("country", 2)):
        if not 1 <= len(address.get(name, "")) <= longest:
            raise invalid(f"{where}.{name}", f"1 to {longest} characters are needed")
    return address


@route(
    "POST",
    "/v1/validations/address",
    "addresses.validate",
    group="customer",
    page="validate-an-address",
    write=False,
    note="knows the shape of an address, not the streets",
)
def validate_address(call: Call) -> Answer:
    """VerifiedShippable, NotValidated, or a refusal that names the member."""
    address = _address(call.body(), "address")
    value = {_ADDRESS_NAMES.get(name, name): member for name, member in call.body().items()}
    country = address["country"].upper()
    status = "VerifiedShippable" if country in COUNTRIES and address.get("postalcode") else "NotValidated"
    return Answer(200, {"originalAddress": value, "suggestedAddresses": [value] if status != "NotValidated" else [],
                        "status": status, "validationMessage": None})  # fmt: skip


@route("POST", "/v1/customers", "customers.create", group="customer", page="create-a-customer")
def create(call: Call) -> Answer:
    """A new tenant with a first admin, whose password is shown once."""
    body = call.body()
    company, billing = body.get("companyprofile"), body.get("billingprofile")
    if not isinstance(company, dict) or not isinstance(billing, dict):
        raise invalid("companyProfile", "companyProfile and billingProfile are required")
    knobs = call.world.faults.knobs
    if knobs.sandbox and len(call.world.rosters[call.account]) >= _SANDBOX_CUSTOMERS:
        raise Refusal(400, 900419, "The integration sandbox holds no more than 75 customers.")
    if body.get("usercredentials"):
        raise invalid("userCredentials", "a password cannot be chosen")
    domain = str(company.get("domain") or "").lower()
    if not _DOMAIN.match(domain):
        raise invalid("companyProfile.domain", "name.onmicrosoft.com is needed")
    if domain in call.world.by_domain:
        raise Refusal(400, 3000, "companyProfile.domain: the domain is taken.", [domain])
    for name in ("email", "culture", "language", "companyname"):
        if not isinstance(billing.get(name), str) or not billing[name]:
            raise invalid(f"billingProfile.{name}", "it is required")
    address = _address(billing.get("defaultaddress"), "billingProfile.defaultAddress")
    country = address["country"].upper()
    number = company.get("organizationregistrationnumber")
    if country in _NUMBER_NEEDED and not number:
        raise Refusal(400, 600049, "The organization registration number is missing.", [country])
    if country in _NUMBER_NEEDED and not address.get("phonenumber"):
        raise Refusal(400, 600051, "The phone number is missing.", [country])
    customer = _create_customer(call, billing, address, domain, country, number)
    call.effect, call.customer_id = "created", customer.tid
    shown = {
        **customer_summary(customer),
        "billingProfile": billing_profile(customer),
        "allowDelegatedAccess": False,
        "enableGDAPByDefault": bool(body.get("enablegdapbydefault", False)),
        "associatedPartnerId": body.get("associatedpartnerid"),
        "userCredentials": {"userName": "admin", "password": f"Aa1!{call.world.new_id()[:12]}"},
    }
    call.world.log_activity(
        call.account, customer, "customer", "add_customer", customer_summary(customer), actor=call.actor
    )
    return Answer(201, shown)


def _create_customer(
    call: Call, billing: dict[str, Any], address: dict[str, str], domain: str, country: str, number: Any
) -> Customer:
    world = call.world
    label = domain.removesuffix(".onmicrosoft.com")
    customer = Customer(
        index=len(world.customers),
        tid=world.new_id(),
        name=str(billing["companyname"]),
        country=country,
        sector="",
        domain=f"{label}.example",
        contact=Contact(
            str(billing.get("firstname") or address.get("firstname", "")),
            str(billing.get("lastname") or address.get("lastname", "")),
            str(billing["email"]),
            address.get("phonenumber", ""),
        ),
        city=address["city"],
        postal_code=address.get("postalcode", ""),
        street=address["addressline1"],
        seeded=False,
        culture=str(billing["culture"]),
        registration_number=str(number) if number else None,
    )
    gdap: dict[str, AdminRelationship] = {}
    file = CustomerFile(
        relationships={call.account: Relationship(since=world.now, dap=True)},
        subscriptions={},
        agreements=[],
        gdap=gdap,
    )
    admin = User(world.new_id(), customer.admin_upn, "Admin", customer.name[:40], customer.name, country)
    file.directory = Directory({admin.id: admin}, {"62e90394-69f5-4237-9190-012177145e10": [admin.id]})
    world.add_customer(customer, file, call.account)
    return customer


@route("DELETE", "/v1/customers/{customer_id}", "customers.delete", group="customer",
       page="delete-a-test-customer-account",
       note="only with the switch sandbox; how production refuses it is an assumption (403/900150)")  # fmt: skip
def delete(call: Call) -> Answer:
    """Takes a customer of the integration sandbox away, with everything the caller sold to it."""
    customer = call.customer()
    if not call.world.faults.knobs.sandbox:
        raise Refusal(403, 900150, "Customers can be deleted in the integration sandbox only.")
    for item in call.file(customer).subscriptions.values():
        if item.live and item.account == call.account:
            if item.transfer_id is not None:
                raise Refusal(409, 900278, "A subscription has a pending operation.", [item.id])
            item.end("cancel", "deleted", call.now)
    customer_actions.end_relationship(call.world, customer, call.account)
    call.world.log_activity(
        call.account, customer, "customer", "delete_tip_customer", {"id": customer.tid}, actor=call.actor
    )
    call.effect = "changed"
    return Answer(204)


@route("GET", "/v1/customers/{customer_id}/validationStatus", "customers.validation_status", group="customer",
       page="get-a-customer-s-validation-status", note="ASSUMPTION: names and words of the answer")  # fmt: skip
def validation_status(call: Call) -> Answer:
    """Whether the customer's account is vetted; here it always is."""
    customer = call.customer()
    kind = call.query.get("type", "account").lower()
    if kind not in ("account", "accountcompromise"):
        raise invalid("type", "Account is needed")
    since = wire_time(call.file(customer).relationships[call.account].since)
    return Answer(200, {"type": kind, "status": "allowed", "lastUpdateDateTime": since})


@route("PUT", "/v1/customers/{customer_id}/profiles/billing", "customers.update_billing_profile", group="customer",
       page="update-a-customer-s-billing-profile")  # fmt: skip
def update_billing_profile(call: Call) -> Answer:
    """The whole resource, with If-Match."""
    customer, body = call.customer(), call.body()
    etag = f"{customer.tid[:8]}.{customer.version}"
    call.check_tag(
        etag, stale=Refusal(412, 2055, "The billing profile was changed by somebody else."), required=True
    )
    address = _address(body.get("defaultaddress"), "defaultAddress")
    email = body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise invalid("email", "an e-mail address is needed")
    contact = customer.contact
    contact.email = email
    contact.first_name = str(body.get("firstname") or contact.first_name)
    contact.last_name = str(body.get("lastname") or contact.last_name)
    contact.phone = address.get("phonenumber", contact.phone)
    customer.street, customer.city = address["addressline1"], address["city"]
    customer.postal_code = address.get("postalcode", customer.postal_code)
    customer.version += 1
    call.effect = "changed"
    shown = billing_profile(customer)
    call.world.log_activity(
        call.account, customer, "customer", "update_customer_billing_profile", shown, actor=call.actor
    )
    return Answer(200, shown)


@route("GET", "/v1/customers/{customer_id}/qualifications", "customers.qualifications", group="customer",
       page="get-a-customer-s-qualification-asynchronous")  # fmt: skip
def qualifications(call: Call) -> Answer:
    """A bare array; a request is in review for a day."""
    customer = call.customer()
    return Answer(200, call.file(customer).qualifications)


@route(
    "POST",
    "/v1/customers/{customer_id}/qualifications",
    "customers.add_qualification",
    group="customer",
    tokens=USER,
    page="update-a-customer-s-qualification-asynchronous",
)
def add_qualification(call: Call) -> Answer:
    """Education, GovernmentCommunityCloud or StateOwnedEntity."""
    customer, body = call.customer(), call.body()
    kind = body.get("qualification")
    if kind not in ("Education", "GovernmentCommunityCloud", "StateOwnedEntity"):
        raise invalid("qualification", "Education, GovernmentCommunityCloud or StateOwnedEntity")
    if kind == "Education" and body.get("educationsegment") not in ("K12", "HigherEducation"):
        raise invalid("educationSegment", "K12 or HigherEducation")
    known = call.file(customer).qualifications
    if any(q["qualification"] == kind and q["vettingStatus"] != "Denied" for q in known):
        raise Refusal(409, 409, "The customer has this qualification, or it is in review.")
    entry = {"qualification": kind, "vettingStatus": "InReview", "vettingCreateDate": wire_time(call.now)}
    known.append(entry)

    def approve(_: object) -> None:
        entry["vettingStatus"] = "Approved"

    call.world.schedule(call.now + _REVIEW, approve)
    call.effect = "created"
    call.world.log_activity(
        call.account, customer, "customer", "update_customer_qualification", entry, actor=call.actor
    )
    return Answer(201, entry)

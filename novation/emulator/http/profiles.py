"""Profiles of the partner, country rules, service incidents, MFA reports: small reads that clients make."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from novation.emulator.clock import wire_time
from novation.emulator.http.calls import Answer, Call, collection, link
from novation.emulator.http.routes import TABLE, USER, route
from novation.emulator.names import COUNTRIES
from novation.emulator.refusals import not_found


def _address(call: Call) -> dict[str, str]:
    return {
        "country": call.partner.country, "city": "Berlin", "state": "", "addressLine1": "Invalidenstraße 1",
        "addressLine2": "", "postalCode": "10115", "firstName": "Service", "lastName": "Account",
        "phoneNumber": "+49 30 5550100",
    }  # fmt: skip


def _contact(call: Call) -> dict[str, str]:
    return {
        "firstName": "Service",
        "lastName": "Account",
        "email": call.partner.user_name,
        "phoneNumber": "+49 30 5550100",
    }


def _profile(call: Call, kind: str, object_type: str, members: dict[str, Any]) -> Answer:
    return Answer(
        200,
        {**members, "links": {"self": link(f"/profiles/{kind}")}, "attributes": {"objectType": object_type}},
    )


@route("GET", "/v1/profiles/mpn", "profiles.mpn", group="profile", page="get-partner-network-profile")
def mpn(call: Call) -> Answer:
    """The partner's network id."""
    members = {"mpnId": call.partner.mpn_id, "partnerName": call.partner.name, "profileType": "MpnProfile"}
    return _profile(call, "mpn", "MpnProfile", members)


@route(
    "GET", "/v1/profiles/legalbusiness", "profiles.legal", group="profile", page="get-legal-business-profile"
)
def legal(call: Call) -> Answer:
    """Name, address, vetting."""
    members = {
        "companyName": call.partner.name, "address": _address(call), "primaryContact": _contact(call),
        "companyApproverAddress": _address(call), "companyApproverEmail": call.partner.user_name,
        "vettingStatus": "authorized", "vettingSubStatus": "none", "profileType": "LegalBusinessProfile",
    }  # fmt: skip
    return _profile(call, "legalbusiness", "LegalBusinessProfile", members)


@route("GET", "/v1/profiles/support", "profiles.support", group="profile", page="get-support-profile")
def support(call: Call) -> Answer:
    """How customers reach the partner."""
    members = {"email": f"support@{call.partner.domain}", "telephone": "+49 30 5550100",
               "website": f"www.{call.partner.domain}", "profileType": "support_profile"}  # fmt: skip
    return _profile(call, "support", "PartnerSupportProfile", members)


@route("GET", "/v1/profiles/billing", "profiles.billing", group="profile", page="get-partner-billing-profile")
def billing(call: Call) -> Answer:
    """Where Microsoft sends its invoices."""
    members = {
        "companyName": call.partner.name, "address": _address(call), "primaryContact": _contact(call),
        "purchaseOrderNumber": "", "taxId": "", "billingCurrency": call.partner.currency, "billingDay": 8,
        "profileType": "BillingProfile",
    }  # fmt: skip
    return _profile(call, "billing", "PartnerBillingProfile", members)


@route(
    "GET",
    "/v1/profiles/organization",
    "profiles.organization",
    group="profile",
    page="get-organization-profile",
)
def organization(call: Call) -> Answer:
    """The tenant of the partner."""
    members = {
        "id": call.partner.tenant_id, "companyName": call.partner.name, "defaultAddress": _address(call),
        "tenantId": call.partner.tenant_id, "domain": call.partner.domain, "email": call.partner.user_name,
        "language": "de", "culture": "de-DE", "profileType": "OrganizationProfile",
    }  # fmt: skip
    return _profile(call, "organization", "OrganizationProfile", members)


@route(
    "GET",
    "/v1/countryvalidationrules/{country}",
    "countries.rules",
    group="profile",
    page="get-address-formatting-rules-by-market",
)
def country_rules(call: Call) -> Answer:
    """How an address of a country is written."""
    country = call.params["country"].upper()
    if country not in COUNTRIES:
        raise not_found("The country")
    language, culture, calling, _ = COUNTRIES[country]
    return Answer(
        200,
        {
            "iso2Code": country,
            "defaultCulture": culture,
            "isStateRequired": country == "US",
            "supportedStatesList": ["NY", "ID"] if country == "US" else [],
            "supportedLanguagesList": ["en", language],
            "supportedCulturesList": [culture, "en-US"],
            "isPostalCodeRequired": True,
            "postalCodeRegex": "^.{2,10}$",
            "isCityRequired": True,
            "isVatIdSupported": country != "US",
            "phoneNumberRegex": "^[0-9 +()/.-]{5,25}$",
            "taxIdFormat": f"{country}#########",
            "vatIdRegex": f"^{country}[\\d]{{8,12}}$",
            "isTaxIdSupported": False,
            "isTaxIdOptional": True,
            "countryCallingCodesList": [calling],
            "attributes": {"objectType": "CountryValidationRules"},
        },
    )


@route("GET", "/v1/customers/{customer_id}/managedservices", "customers.managed_services", group="customer",
       page="get-a-list-of-customer-managed-services", tokens=USER)  # fmt: skip
def managed_services(call: Call) -> Answer:
    """Services that the partner may manage for the customer."""
    customer = call.customer()
    items = [
        {
            "id": name, "name": name, "groupName": "Office",
            "links": {
                kind: link(f"{call.base}/AdminPortal/Home?tenant={customer.tid}&service={name}&kind={kind}")
                for kind in ("adminService", "serviceHealth", "serviceTicket")
            },
            "attributes": {"objectType": "ManagedService"},
        }
        for name in ("Exchange", "Sharepoint")
    ]  # fmt: skip
    return Answer(200, collection(items))


def _template(name: str, path: str) -> str:
    """The path as that answer writes it: ``/v{version}/customers/{customer_id}``."""
    found = next((entry.template for entry in TABLE if entry.name == name), path)
    return found.replace("/v1/", "/v{version}/", 1)


@route("GET", "/v1/partnerRequests", "mfa.partner_requests", group="profile", page="get-api-request-details",
       note="from the call record: app+user writes of the last 7 days")  # fmt: skip
def partner_requests(call: Call) -> Answer:
    """App+user calls and whether they carried the MFA claim; the newest first, 10,000 at most."""
    since = wire_time(call.now - timedelta(days=7))
    items = [
        {
            "requestId": e.request_id, "correlationId": e.correlation_id,
            "operationName": f"{e.method.capitalize()} {_template(e.operation, e.path)}",
            "requestDateTime": e.at[:23].rstrip("Z"), "ipAddress": e.address, "objectId": call.partner.user_id,
            "tenantId": call.partner.tenant_id, "upn": e.actor,
            "applicationId": call.partner.client_id, "mfaCompliant": True,
        }
        for e in reversed(call.world.call_record.entries)
        if e.account == call.account and e.actor and e.at >= since
    ]  # fmt: skip
    return Answer(200, collection(items[:10_000]))

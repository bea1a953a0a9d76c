"""Customers: list, read, create, profiles, qualifications, and the end of the reseller relationship."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Sender


class Relationship(Word):
    """``relationshipToPartner`` (page ``customer-resources``)."""

    NONE = "none"
    RESELLER = "reseller"
    ADVISOR = "advisor"
    SYNDICATION = "syndication"
    MICROSOFT_SUPPORT = "microsoft_support"
    UNKNOWN = "unknown"


class AddressStatus(Word):
    """What ``validate-an-address`` says. Only ``VERIFIED`` and ``VERIFIED_SHIPPABLE`` may be used unseen."""

    VERIFIED = "Verified"
    VERIFIED_SHIPPABLE = "VerifiedShippable"
    INTERACTION_REQUIRED = "InteractionRequired"
    STREET_PARTIAL = "StreetPartial"
    PREMISES_PARTIAL = "PremisesPartial"
    MULTIPLE = "Multiple"
    NONE = "None"
    NOT_VALIDATED = "NotValidated"


class Address(Part, frozen=True, kw_only=True, rename="camel"):
    """A postal address. ``country`` is ISO 3166-1 alpha-2."""

    country: str | None = None
    city: str | None = None
    state: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    postal_code: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None


class CompanyProfile(Resource, frozen=True, kw_only=True, rename="camel"):
    """Tenant id, primary domain and name. Without rights in the tenant the address and e-mail are absent."""

    tenant_id: str | None = None
    domain: str | None = None
    company_name: str | None = None
    email: str | None = None
    address: Address | None = None
    organization_registration_number: str | None = None


class BillingProfile(Resource, frozen=True, kw_only=True, rename="camel"):
    """Billing contact; an update takes the whole resource and its etag."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    culture: str | None = None
    language: str | None = None
    company_name: str | None = None
    default_address: Address | None = None

    @property
    def etag(self) -> str:
        """The tag for ``If-Match``; empty if the answer had none."""
        return etag_of(self.raw)


class Credentials(Part, frozen=True, kw_only=True, rename="camel"):
    """The first admin of a new tenant, shown by the API once. The password is left out of the repr."""

    user_name: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Credentials(user_name={self.user_name!r}, password=…)"


class Customer(Resource, frozen=True, kw_only=True, rename="camel"):
    """A customer tenant. ``raw`` of a new one holds its first password: do not log it."""

    id: str | None = None
    commerce_id: str | None = None
    company_profile: CompanyProfile | None = None
    billing_profile: BillingProfile | None = None
    relationship_to_partner: Relationship | None = None
    allow_delegated_access: bool | None = None
    custom_domains: list[str] | None = None
    associated_partner_id: str | None = None
    enable_gdap_by_default: bool | None = msgspec.field(default=None, name="enableGDAPByDefault")
    user_credentials: Credentials | None = None

    @property
    def company_name(self) -> str | None:
        """Name in the company profile."""
        return self.company_profile.company_name if self.company_profile else None

    @property
    def domain(self) -> str | None:
        """Primary domain in the company profile."""
        return self.company_profile.domain if self.company_profile else None

    @property
    def relationship(self) -> Relationship | None:
        """What the customer is to the calling partner."""
        return self.relationship_to_partner


class Qualification(Resource, frozen=True, kw_only=True, rename="camel"):
    """One qualification; vetting takes its time (page ``get-customer-qualification-asynchronous``)."""

    qualification: str | None = None
    vetting_status: str | None = None
    vetting_reason: str | None = None
    vetting_create_date: datetime | None = None


class AddressCheck(Resource, frozen=True, kw_only=True, rename="camel"):
    """Answer of an address validation."""

    original_address: Address | None = None
    suggested_addresses: list[Address] | None = None
    status: AddressStatus | None = None
    validation_message: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the address may be used without asking anybody."""
        return self.status in (AddressStatus.VERIFIED, AddressStatus.VERIFIED_SHIPPABLE)


def etag_of(raw: Mapping[str, Any]) -> str:
    """The etag in ``attributes`` of a decoded resource; empty if there is none."""
    attributes = raw.get("attributes") or raw.get("Attributes") or {}
    tag = attributes.get("etag") or attributes.get("Etag") if isinstance(attributes, dict) else None
    return str(tag) if tag else ""


def if_match(etag: str) -> dict[str, str]:
    """The ``If-Match`` header, value in double quotes as page ``headers`` asks; nothing for an empty tag."""
    if not etag:
        return {}
    return {"If-Match": etag if etag.startswith(('"', 'W/"')) else f'"{etag}"'}


class Customers:
    """Pages ``get-a-list-of-customers``, ``get-a-customer-by-id``, ``create-a-customer`` and their kin."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self, *, page_size: int = 500, starts_with: str | None = None, field: str = "CompanyName"
    ) -> Listing[Customer]:
        """Return all customers; list items hold id, company profile and relationship only.

        ``starts_with`` filters on ``field``, which is ``CompanyName`` or ``Domain`` (page
        ``get-a-customer-by-name``: no other operator).
        """
        condition = None
        if starts_with is not None:
            condition = json.dumps({"Field": field, "Value": starts_with, "Operator": "starts_with"})
        request = self._sender.request("customers.list", query={"size": page_size, "filter": condition})
        return make_listing(self._sender, request, Customer)

    async def get(self, tenant_id: str) -> Customer:
        """Return one customer. Raises ``NotFound`` or ``NoRelationship``."""
        request = self._sender.request("customers.get", {"tenant_id": tenant_id})
        return await self._sender.fetch(request, Customer, asked=tenant_id)

    async def create(
        self, customer: Mapping[str, Any], *, check: bool = True, call: Call | None = None
    ) -> Outcome[Customer]:
        """Create a new tenant. ``customer`` has ``companyProfile`` and ``billingProfile`` as on page
        ``create-a-customer``; the answer's ``user_credentials`` are shown this once.

        First the domain and the address are checked (pages ``check-domain-availability``, ``validate-an-address``); a
        domain that is taken, or an address that a person has to look at, gives ``NotDone(Invalid)``. ``check=False``
        leaves that to the caller, who has looked.
        """
        profile, billing = customer.get("companyProfile") or {}, customer.get("billingProfile")
        if customer.get("userCredentials") or _has_member(customer, "password"):
            return _not_sent("a password must not be sent with a new customer")
        if not profile.get("domain") or not billing:
            return _not_sent("companyProfile.domain and billingProfile are required")
        try:
            problem = await self._problem(str(profile["domain"]), billing) if check else None
        except errors.PartnerCenterError as failed:
            return NotDone(failed)
        if problem is not None:
            return _not_sent(problem)
        request = self._sender.request("customers.create", body=dict(customer))
        return await self._sender.write(request, call, lambda answer: parse_as(Customer, answer.body))

    async def _problem(self, domain: str, billing: Mapping[str, Any]) -> str | None:
        if await self.domain_taken(domain):
            return f"the domain {domain} is taken"
        found = await self.validate_address(billing.get("defaultAddress") or {})
        if not found.usable:
            return f"the address is {found.status or 'not judged'}: somebody has to look at it"
        return None

    async def remove_relationship(self, tenant_id: str, *, call: Call | None = None) -> Outcome[Customer]:
        """End the reseller relationship. Refused while a subscription is active or a reservation exists."""
        body = {"relationshipToPartner": "none", "attributes": {"objectType": "Customer"}}
        request = self._sender.request("customers.remove_relationship", {"tenant_id": tenant_id}, body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(Customer, answer.body or {}))

    async def delete_from_sandbox(self, tenant_id: str, *, call: Call | None = None) -> Outcome[None]:
        """Delete a customer of the integration sandbox. Production refuses this."""
        request = self._sender.request("customers.delete_from_sandbox", {"tenant_id": tenant_id})
        return await self._sender.write(request, call, lambda _answer: None)

    async def company_profile(self, tenant_id: str) -> CompanyProfile:
        """Return the company profile."""
        request = self._sender.request("customers.company_profile", {"tenant_id": tenant_id})
        return await self._sender.fetch(request, CompanyProfile)

    async def billing_profile(self, tenant_id: str) -> BillingProfile:
        """Return the billing profile."""
        request = self._sender.request("customers.billing_profile", {"tenant_id": tenant_id})
        return await self._sender.fetch(request, BillingProfile)

    async def update_billing_profile(
        self, tenant_id: str, profile: Mapping[str, Any], *, etag: str, call: Call | None = None
    ) -> Outcome[BillingProfile]:
        """Replace the billing profile. ``profile`` is the whole resource, ``etag`` the one it was read
        with."""
        if not etag:
            return _not_sent("the billing profile can only be replaced with its etag")
        request = self._sender.request(
            "customers.update_billing_profile",
            {"tenant_id": tenant_id},
            headers=if_match(etag),
            body=dict(profile),
        )
        return await self._sender.write(request, call, lambda answer: parse_as(BillingProfile, answer.body))

    async def domain_taken(self, domain: str) -> bool:
        """Whether an ``onmicrosoft.com`` domain is in use (page ``check-domain-availability``: 404 is
        free)."""
        try:
            await self._sender.read(self._sender.request("customers.domain_taken", {"domain": domain}))
        except errors.NotFound:
            return False
        return True

    async def validate_address(self, address: Mapping[str, str]) -> AddressCheck:
        """Have an address checked. It changes nothing, so it is tried again like a read."""
        request = self._sender.request("customers.validate_address", body=dict(address))
        return await self._sender.fetch(request, AddressCheck)

    async def country_rules(self, country: str) -> Resource:
        """Formatting rules of a market (``country`` is ISO 3166-1 alpha-2); see ``raw``."""
        request = self._sender.request("customers.country_rules", {"country": country})
        return await self._sender.fetch(request, Resource)

    def qualifications(self, tenant_id: str) -> Listing[Qualification]:
        """Return the qualifications (a bare array on the wire)."""
        request = self._sender.request("customers.qualifications", {"tenant_id": tenant_id})
        return make_listing(self._sender, request, Qualification)

    async def add_qualification(
        self,
        tenant_id: str,
        qualification: str,
        *,
        education_segment: str | None = None,
        code: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Qualification]:
        """Ask for a qualification: ``Education`` (with a segment), ``GovernmentCommunityCloud`` (with
        ``code``)…"""
        body = {"qualification": qualification}
        if education_segment:
            body["educationSegment"] = education_segment
        request = self._sender.request(
            "customers.add_qualification", {"tenant_id": tenant_id}, query={"code": code}, body=body
        )
        return await self._sender.write(request, call, lambda answer: parse_as(Qualification, answer.body))

    def managed_services(self, tenant_id: str) -> Listing[Resource]:
        """Services that the partner manages for the customer; see ``raw``."""
        request = self._sender.request("customers.managed_services", {"tenant_id": tenant_id})
        return make_listing(self._sender, request, Resource)

    async def validation_status(self, tenant_id: str, kind: str = "Account") -> Resource:
        """Vetting status of the customer account; see ``raw``."""
        request = self._sender.request(
            "customers.validation_status", {"tenant_id": tenant_id}, query={"type": kind}
        )
        return await self._sender.fetch(request, Resource)


def _has_member(value: Any, name: str) -> bool:
    """Whether some object inside ``value`` has a member of this name."""
    if isinstance(value, Mapping):
        return any(str(key).lower() == name or _has_member(inner, name) for key, inner in value.items())
    return isinstance(value, list) and any(_has_member(inner, name) for inner in value)


def _not_sent(sentence: str) -> NotDone:
    return NotDone(errors.Invalid(sentence))

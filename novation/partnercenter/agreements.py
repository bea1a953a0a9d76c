"""The Microsoft Customer Agreement: what is on record, and the enhanced attestation of 2026."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, normalised, parse_as
from novation.partnercenter.sending import Answer, Sender

CUSTOMER_AGREEMENT = "MicrosoftCustomerAgreement"


class AttestationStatus(Word):
    """States of an attestation. Not published by Microsoft; vendors report these words."""

    CREATED = "created"
    PENDING = "pending"
    ACCEPTED = "accepted"
    FINALISED = "finalised"
    VALID = "valid"
    EXPIRED = "expired"


class Contact(Part, frozen=True, kw_only=True, rename="camel"):
    """The person at the customer who accepted."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None


class Agreement(Resource, frozen=True, kw_only=True, rename="camel"):
    """One confirmation made by the calling partner."""

    template_id: str | None = None
    type: str | None = None
    date_agreed: datetime | None = None
    primary_contact: Contact | None = None
    user_id: str | None = None
    agreement_link: str | None = None

    @property
    def agreed_at(self) -> datetime | None:
        """When the person agreed (UTC)."""
        return self.date_agreed

    @property
    def contact(self) -> Contact | None:
        """Who agreed."""
        return self.primary_contact


class AgreementTemplate(Resource, frozen=True, kw_only=True, rename="camel"):
    """A kind of agreement; the template id changes over the years, so it is looked up each time."""

    template_id: str | None = None
    agreement_type: str | None = None
    agreement_link: str | None = None
    version_rank: int | None = None


class AgreementDocument(Resource, frozen=True, kw_only=True, rename="camel"):
    """Where the text can be read. Both addresses work for five minutes only."""

    display_uri: str | None = None
    download_uri: str | None = None
    language: str | None = None
    country: str | None = None


class _DirectSigned(Resource, frozen=True, kw_only=True, rename="camel"):
    is_signed: bool


class Attestation(Resource, frozen=True, kw_only=True, rename="camel"):
    """An enhanced attestation. Only ``id`` is certain; the rest is read if it comes."""

    id: str
    url: str | None = None
    expires_at: datetime | None = None
    status: AttestationStatus | None = None


# Names under which the undocumented answer may give the id, the address and the expiry.
_ID_NAMES = ("id", "attestationId")
_URL_NAMES = ("url", "attestationUrl", "link", "componentUrl")
_EXPIRY_NAMES = ("expiresAt", "expirationTime", "expiryDate", "expirationDate", "linkExpirationDate")


# What a bare string must look like, with a digit in it, to be taken for an id and not for a stray word.
_ID = re.compile(r"[0-9A-Za-z-]+")


def _parse_attestation(answer: Answer) -> Attestation:
    bare = (
        isinstance(answer.body, str)
        and _ID.fullmatch(answer.body)
        and any(c in "0123456789" for c in answer.body)
    )
    body = {"id": answer.body} if bare else answer.body
    plain = normalised(body) if isinstance(body, dict) else {}
    found: dict[str, Any] = {}
    for field, names in (("id", _ID_NAMES), ("url", _URL_NAMES), ("expiresAt", _EXPIRY_NAMES)):
        found[field] = next((plain[name] for name in names if plain.get(name)), None)
    return parse_as(
        Attestation, body, default={name: value for name, value in found.items() if value is not None}
    )


class Agreements:
    """Pages ``get-confirmation-of-customer-agreement``, ``integrate-sandbox-confirm-customer-accept``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def metadata(self, agreement_type: str = CUSTOMER_AGREEMENT) -> Listing[AgreementTemplate]:
        """Return the templates of one type (``*`` for all)."""
        request = self._sender.request("agreements.metadata", query={"agreementType": agreement_type})
        return make_listing(self._sender, request, AgreementTemplate)

    async def document(self, template_id: str, *, language: str, country: str) -> AgreementDocument:
        """Return links to the text. ``language`` like ``en-US``, ``country`` like ``US``; case matters."""
        request = self._sender.request(
            "agreements.document",
            {"template_id": template_id},
            query={"language": language, "country": country},
        )
        return await self._sender.fetch(request, AgreementDocument)

    def list(self, tenant_id: str, *, agreement_type: str = CUSTOMER_AGREEMENT) -> Listing[Agreement]:
        """Return all confirmations by this partner. The type is always named: the server's own default
        hides the Microsoft Customer Agreement. An empty list is no proof that there is none."""
        request = self._sender.request(
            "agreements.list", {"tenant_id": tenant_id}, query={"agreementType": agreement_type}
        )
        return make_listing(self._sender, request, Agreement)

    async def direct_signed(self, tenant_id: str) -> bool:
        """Whether the customer accepted the agreement itself. Says neither when nor who."""
        request = self._sender.request("agreements.direct_signed", {"tenant_id": tenant_id})
        return (await self._sender.fetch(request, _DirectSigned)).is_signed

    async def create_attestation(
        self,
        *,
        country: str,
        language: str,
        company_name: str,
        first_name: str,
        last_name: str,
        email: str,
        phone: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Attestation]:
        """Start an attestation for a person at the customer, who then accepts on Microsoft's component.

        App-only. ``country`` is ISO 3166-1 alpha-2. The same person again gives ``NotDone(AlreadyExists)``.
        """
        names = self._sender.uncertain
        body: dict[str, Any] = {
            "country": country,
            "language": language,
            "companyName": company_name,
            "signatoryFirstName": first_name,
            "signatoryLastName": last_name,
            names.attestation_email: email,
        }
        if phone:
            body[names.attestation_phone] = phone
        request = self._sender.request("agreements.create_attestation", body=body)
        return await self._sender.write(request, call, _parse_attestation)

    async def attestation(self, attestation_id: str) -> Attestation:
        """Read an attestation. The path is a setting (``Uncertain.attestation_path``)."""
        request = self._sender.request(
            "agreements.attestation",
            {"attestation_id": attestation_id},
            path=self._sender.uncertain.attestation_path,
        )
        return await self._sender.read_as(request, _parse_attestation)

    async def create(
        self, tenant_id: str, *, attestation_id: str, call: Call | None = None
    ) -> Outcome[Agreement]:
        """Turn an accepted attestation into the customer's agreement. (400, 600061) is ``AlreadyExists``:
        read the agreements before anything else."""
        name = self._sender.uncertain.agreement_attestation_id
        request = self._sender.request(
            "agreements.create", {"tenant_id": tenant_id}, body={name: attestation_id}
        )
        return await self._sender.write(request, call, lambda answer: parse_as(Agreement, answer.body or {}))

    async def confirm_legacy(
        self,
        tenant_id: str,
        *,
        template_id: str,
        agreed_at: datetime,
        first_name: str,
        last_name: str,
        email: str,
        phone: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Agreement]:
        """The confirmation of before January 2026 (page ``confirm-customer-agreement``).

        Off unless ``Uncertain.legacy_agreements`` is set. ``agreed_at`` is aware and in the past.
        """
        if not self._sender.uncertain.legacy_agreements:
            return NotDone(errors.Invalid("the old confirmation was retired in January 2026; it is off"))
        contact = {"firstName": first_name, "lastName": last_name, "email": email, "phoneNumber": phone}
        body = {
            "primaryContact": {key: value for key, value in contact.items() if value},
            "templateId": template_id,
            "dateAgreed": msgspec.to_builtins(agreed_at),
            "type": CUSTOMER_AGREEMENT,
        }
        request = self._sender.request("agreements.confirm_legacy", {"tenant_id": tenant_id}, body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(Agreement, answer.body or {}))

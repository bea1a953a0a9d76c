"""Agreements and the attestation flow of 2026 (§5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from novation.emulator import agreements as mca
from novation.emulator.agreements import Agreement, Attestation
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call, collection
from novation.emulator.http.routes import APP, USER, route
from novation.emulator.refusals import Refusal, invalid, not_found

_TEMPLATES = ((mca.MCA_TEMPLATE, mca.MCA), (mca.CLOUD_TEMPLATE, mca.CLOUD))
_LINK = "https://docs.microsoft.com/en-us/partner-center/agreements"


@route(
    "GET",
    "/v1/agreements",
    "agreements.metadata",
    group="agreement",
    tokens=USER,
    page="get-customer-agreement-metadata",
)
def metadata(call: Call) -> Answer:
    """Templates. The default type is the old Cloud Agreement; ``*`` means all."""
    wanted = call.query.get("agreementtype", mca.CLOUD)
    items = [
        {"templateId": template, "agreementType": kind, "agreementLink": _LINK, "versionRank": 0}
        for template, kind in _TEMPLATES
        if wanted in ("*", kind)
    ]
    return Answer(200, collection(items, "/agreements"))


@route("GET", "/v1/agreementtemplates/{template_id}/document", "agreements.document", group="agreement", tokens=USER,
       page="get-customer-agreement-template-link")  # fmt: skip
def document(call: Call) -> Answer:
    """Links to the text; they are good for five minutes. The template id is case-sensitive."""
    if call.params["template_id"] not in dict(_TEMPLATES):
        raise not_found("The agreement template")
    language, country = call.query.get("language", "en-US"), call.query.get("country", "US")
    until = int((call.now + timedelta(minutes=5)).timestamp())
    uri = f"{call.base}/documents/{call.params['template_id']}?language={language}&country={country}&until={until}"
    return Answer(
        200,
        {"displayUri": uri, "downloadUri": f"{uri}&download=true", "language": language, "country": country},
    )


@route("GET", "/documents/{template_id}", "agreements.document text", service="page", group="pages",
       page="get-customer-agreement-template-link", note="stands for Microsoft's document")  # fmt: skip
def document_text(call: Call) -> Answer:
    """The document behind the link, while it is good."""
    until = call.query.get("until", "0")
    if not until.isdigit() or call.now.timestamp() > int(until):
        raise Refusal(403, "expired", "The link has expired.")
    return Answer(
        200,
        raw=b"The emulator does not carry Microsoft's document.",
        content_type="text/plain; charset=utf-8",
    )


def agreement_body(customer: Customer, agreement: Agreement) -> dict[str, Any]:
    """A record as the list shows it."""
    return {
        "primaryContact": {
            "firstName": agreement.first_name,
            "lastName": agreement.last_name,
            "email": agreement.email,
            "phoneNumber": agreement.phone,
        },
        "templateId": agreement.template_id,
        "type": agreement.kind,
        "dateAgreed": wire_time(agreement.agreed_at),
        "userId": agreement.user_id,
        "agreementLink": _LINK,
        **({"attestationId": agreement.attestation_id} if agreement.attestation_id else {}),
    }


@route("GET", "/v1/customers/{customer_id}/agreements", "agreements.list", group="agreement", tokens=USER,
       page="get-confirmation-of-customer-consent")  # fmt: skip
def list_agreements(call: Call) -> Answer:
    """Confirmations by the caller. Without a type only the old Cloud Agreement is listed."""
    customer = call.customer()
    wanted = call.query.get("agreementtype", mca.CLOUD)
    items = [
        agreement_body(customer, a)
        for a in call.file(customer).agreements
        if a.account == call.account and wanted in ("*", a.kind)
    ]
    return Answer(200, collection(call.ordered(items)))


@route("GET", "/v1/customers/{customer_id}/directSignedMicrosoftCustomerAgreementStatus", "agreements.direct_signed",
       group="agreement", tokens=USER, page="get-direct-signed-customer-agreement-status",
       note="counts a direct acceptance under any partner; a switch can turn that off")  # fmt: skip
def direct_signed(call: Call) -> Answer:
    """Yes or no; no date and no person."""
    customer = call.customer()
    file = call.file(customer)
    direct = mca.is_directly_signed(file.agreements)
    if direct and not call.world.faults.knobs.direct_acceptance_travels:
        since = file.relationships[call.account].since
        direct = any(a.current and a.account is None and a.agreed_at >= since for a in file.agreements)
    return Answer(200, {"isSigned": direct})


@route(
    "POST",
    "/v1/customers/{customer_id}/agreements",
    "agreements.create",
    group="agreement",
    page="confirm-customer-consent",
    note="with attestationId (ASSUMPTION: name of the field); the body of before 2026 needs legacy_attestation",
)
def create_agreement(call: Call) -> Answer:
    """Records an acceptance: from an accepted attestation, or (switched on) on the partner's word."""
    customer, body = call.customer(), call.body()
    attestation_id = body.get("attestationid")
    agreement = (
        _from_attestation(call, customer, str(attestation_id))
        if attestation_id
        else _from_partners_word(call)
    )
    file = call.file(customer)
    if any(
        a.account == call.account and a.kind == agreement.kind and a.person == agreement.person
        for a in file.agreements
    ):
        raise _already_exists()
    file.agreements.append(agreement)
    if attestation_id:
        attestation = call.world.attestations[str(attestation_id)]
        attestation.status, attestation.customer_id = "finalised", customer.tid
    call.effect = "created"
    record = agreement_body(customer, agreement)
    call.world.log_activity(call.account, customer, "agreement", "create_agreement", record, actor=call.actor)
    return Answer(201, record)


def _already_exists() -> Refusal:
    return Refusal(
        400, 600061, "A confirmation with the same contact exists already.",
        errorName="PartnerConfirmedAgreementAlreadyExists", isRetryable=False,
        message="A confirmation with the same contact exists already.", parameters={}, errorMessageExtended="",
    )  # fmt: skip


def _from_attestation(call: Call, customer: Customer, attestation_id: str) -> Agreement:
    attestation = call.world.attestations.get(attestation_id)
    if attestation is None or attestation.account != call.account:
        raise not_found("The attestation")
    state = attestation.state_at(call.now)
    if state == "finalised":
        raise _already_exists()
    if state != "accepted" or attestation.accepted_at is None:
        raise invalid("attestationId", f"the attestation is {state}, not accepted")
    return Agreement(
        call.account, mca.MCA_TEMPLATE, mca.MCA, attestation.first_name, attestation.last_name, attestation.email,
        attestation.phone, attestation.accepted_at, call.partner.user_id if call.actor else None, attestation.id,
    )  # fmt: skip


def _from_partners_word(call: Call) -> Agreement:
    if call.grant is not None and call.grant.app_only:
        raise Refusal(403, 900329, "App-only access is not supported for this resource.")
    if not call.world.faults.knobs.legacy_attestation:
        raise Refusal(
            400,
            800002,
            "Confirming an acceptance without an attestation was retired on 2026-01-05. Give an attestationId.",
        )
    contact = call.body().get("primarycontact")
    if not isinstance(contact, dict):
        raise invalid("primaryContact", "it is required")
    kind, template = call.text("type"), call.text("templateId")
    if dict(_TEMPLATES).get(template) != kind:
        raise invalid("templateId", "it does not belong to the type")
    agreed: datetime = call.time("dateAgreed")
    if agreed > call.now:
        raise invalid("dateAgreed", "it lies in the future")
    for name in ("firstname", "lastname", "email"):
        if not isinstance(contact.get(name), str) or not contact[name]:
            raise invalid(f"primaryContact.{name}", "it is required")
    return Agreement(
        call.account, template, kind, contact["firstname"], contact["lastname"], contact["email"],
        str(contact.get("phonenumber") or ""), agreed, call.partner.user_id,
    )  # fmt: skip


@route("POST", "/v1/attestations/enhanced", "attestations.create", group="agreement", tokens=APP,
       page="integrate-sandbox-confirm-customer-accept",
       note="ASSUMPTION: names of e-mail, phone and lifetime fields, the whole answer")  # fmt: skip
def create_attestation(call: Call) -> Answer:
    """Asks for an acceptance; the answer carries the address of the component."""
    body = call.body()
    email = body.get("signatoryemail") or body.get("signatoryemailaddress") or body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise invalid("signatoryEmail", "an e-mail address is required")
    phone = body.get("signatoryphone") or body.get("signatoryphonenumber") or body.get("phone") or ""
    minutes = body.get("linklifetimeinminutes", 10_080)
    if not isinstance(minutes, int) or not 5 <= minutes <= 10_080:
        raise invalid("linkLifetimeInMinutes", "5 to 10080")
    attestation = Attestation(
        id=call.world.new_id(),
        account=call.account,
        country=call.text("country", longest=2).upper(),
        language=call.text("language", longest=10),
        company_name=call.text("companyName"),
        first_name=call.text("signatoryFirstName", longest=50),
        last_name=call.text("signatoryLastName", longest=50),
        email=email,
        phone=str(phone),
        created_at=call.now,
        expires_at=call.now + timedelta(minutes=minutes),
    )
    world = call.world
    twin = world.attestations.get(world.latest_attestation.get(attestation.subject, ""))
    if twin is not None and twin.state_at(call.now) != "created":
        twin = None
    world.attestations[attestation.id] = attestation
    world.latest_attestation[attestation.subject] = attestation.id
    call.effect = "repeated" if twin else "created"
    call.detail = f"the same attestation is open as {twin.id}" if twin else None
    return Answer(201, _attestation_body(call, attestation))


@route("GET", "/v1/attestations/enhanced/{attestation_id}", "attestations.get", group="agreement",
       page="(none)", note="ASSUMPTION: Microsoft's status endpoint is not known")  # fmt: skip
def get_attestation(call: Call) -> Answer:
    """created, accepted, finalised, refused or expired."""
    attestation = call.world.attestations.get(call.params["attestation_id"])
    if attestation is None or attestation.account != call.account:
        raise not_found("The attestation")
    return Answer(200, _attestation_body(call, attestation))


def _attestation_body(call: Call, attestation: Attestation) -> dict[str, Any]:
    return {
        "id": attestation.id,
        "status": attestation.state_at(call.now),
        "url": f"{call.base}/attestation/{attestation.id}",
        "country": attestation.country,
        "language": attestation.language,
        "companyName": attestation.company_name,
        "signatoryFirstName": attestation.first_name,
        "signatoryLastName": attestation.last_name,
        "signatoryEmail": attestation.email,
        "signatoryPhone": attestation.phone,
        "createdAt": wire_time(attestation.created_at),
        "expiresAt": wire_time(attestation.expires_at),
        "acceptedAt": wire_time(attestation.accepted_at) if attestation.accepted_at else None,
        "attributes": {"objectType": "EnhancedAttestation"},
    }

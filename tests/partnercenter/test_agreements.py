"""Agreements: always by name, app-only attestation, and names that are settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from novation.partnercenter import AttestationStatus, Done, NotDone, PartnerCenter, Uncertain, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

AGREEMENTS = f"/v1/customers/{CUSTOMER}/agreements"
ENHANCED = "/v1/attestations/enhanced"
PERSON = {
    "country": "DE",
    "language": "de",
    "company_name": "Kunde",
    "first_name": "Ada",
    "last_name": "Lang",
    "email": "ada@kunde.example",
}


def test_the_type_is_always_named() -> None:
    script = StandIn()
    record = {
        "primaryContact": {"firstName": "Ada", "lastName": "Lang", "email": "ada@kunde.example"},
        "dateAgreed": "2023-03-01T00:00:00",
        "templateId": "t",
        "type": "MicrosoftCustomerAgreement",
    }
    script.on("GET", AGREEMENTS, Reply({"items": [record]}))
    (agreement,) = run(script, lambda pc: pc.agreements.list(CUSTOMER))
    assert script.seen[0].query == {"agreementType": "MicrosoftCustomerAgreement"}
    assert agreement.agreed_at == datetime(2023, 3, 1, tzinfo=UTC)
    assert agreement.contact.email == "ada@kunde.example"


@pytest.mark.parametrize("said", [True, False])
def test_the_direct_signed_status_is_a_plain_yes_or_no(said: bool) -> None:
    script = StandIn()
    path = f"/v1/customers/{CUSTOMER}/directSignedMicrosoftCustomerAgreementStatus"
    script.on("GET", path, Reply({"isSigned": said}))
    assert run(script, lambda pc: pc.agreements.direct_signed(CUSTOMER)) is said


def test_a_direct_signed_answer_without_the_field_is_no_no() -> None:
    script = StandIn()
    path = f"/v1/customers/{CUSTOMER}/directSignedMicrosoftCustomerAgreementStatus"
    script.on("GET", path, Reply({"attributes": {}}))
    with pytest.raises(errors.BadAnswer):
        run(script, lambda pc: pc.agreements.direct_signed(CUSTOMER))


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a-1", "url": "https://x.example/a-1", "expiresAt": "2026-11-30T08:00:00Z"},
        {
            "attestationId": "a-1",
            "attestationUrl": "https://x.example/a-1",
            "expirationDate": "2026-11-30T08:00:00Z",
        },
        {"Id": "a-1", "Link": "https://x.example/a-1", "ExpirationTime": "2026-11-30T08:00:00Z"},
    ],
)
def test_an_attestation_is_app_only_and_read_leniently(body: Any) -> None:
    script = StandIn()
    script.on("POST", ENHANCED, Reply(body, 201))
    outcome = run(script, lambda pc: pc.agreements.create_attestation(**PERSON, phone="+49 30 1"))
    assert isinstance(outcome, Done)
    assert (outcome.value.id, outcome.value.url) == ("a-1", "https://x.example/a-1")
    assert outcome.value.expires_at == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert script.seen[0].headers["authorization"] == "Bearer app-token-for-api"
    assert script.seen[0].body == {
        "country": "DE",
        "language": "de",
        "companyName": "Kunde",
        "signatoryFirstName": "Ada",
        "signatoryLastName": "Lang",
        "signatoryEmail": "ada@kunde.example",
        "signatoryPhoneNumber": "+49 30 1",
    }


def test_undocumented_names_are_settings() -> None:
    script = StandIn()
    script.on("POST", ENHANCED, Reply({"id": "a-1"}, 201))
    script.on("GET", "/v1/elsewhere/a-1", Reply({"id": "a-1", "status": "Accepted"}))
    script.on("POST", AGREEMENTS, Reply({"templateId": "t"}, 201))
    names = Uncertain(
        attestation_email="mail",
        attestation_path="/v1/elsewhere/{attestation_id}",
        agreement_attestation_id="theAttestation",
    )

    async def work(pc: PartnerCenter) -> Any:
        await pc.agreements.create_attestation(**PERSON)
        found = await pc.agreements.attestation("a-1")
        await pc.agreements.create(CUSTOMER, attestation_id="a-1")
        return found

    found = run(script, work, uncertain=names)
    assert found.status is AttestationStatus.ACCEPTED
    assert script.calls("POST", ENHANCED)[0].body["mail"] == "ada@kunde.example"
    assert script.calls("POST", AGREEMENTS)[0].body == {"theAttestation": "a-1"}


def test_the_same_contact_again_is_already_exists() -> None:
    script = StandIn()
    body = {"code": "600061", "description": "x", "errorName": "PartnerConfirmedAgreementAlreadyExists"}
    script.on("POST", AGREEMENTS, Reply(body, 400))
    outcome = run(script, lambda pc: pc.agreements.create(CUSTOMER, attestation_id="a-1"))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.AlreadyExists)


def test_the_retired_confirmation_is_off_unless_switched_on() -> None:
    script = StandIn()
    script.on("POST", AGREEMENTS, Reply({"templateId": "t"}, 201))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.agreements.confirm_legacy(
            CUSTOMER,
            template_id="t",
            agreed_at=datetime(2025, 1, 1, tzinfo=UTC),
            first_name="Ada",
            last_name="Lang",
            email="ada@kunde.example",
        )

    assert isinstance(run(script, work), NotDone)
    assert script.seen == []
    assert isinstance(run(script, work, uncertain=Uncertain(legacy_agreements=True)), Done)
    assert script.seen[0].body["dateAgreed"] == "2025-01-01T00:00:00Z"
    assert script.seen[0].body["type"] == "MicrosoftCustomerAgreement"

"""Agreements: attestation, direct acceptance, the switch for the old call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.running import Bench, code, decoded

MCA = {"agreementType": "MicrosoftCustomerAgreement"}


def _body(**changes: Any) -> dict[str, Any]:
    return {
        "country": "DE", "language": "de-DE", "companyName": "Bäckerei Müller GmbH", "signatoryFirstName": "Käthe",
        "signatoryLastName": "Müller", "signatoryEmail": "kaethe@mueller.example", **changes,
    }  # fmt: skip


def _attest(bench: Bench, **changes: Any) -> dict[str, Any]:
    answer = bench.call("POST", "/v1/attestations/enhanced", "target", _body(**changes), kind="app")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = decoded(answer)
    return made


def _state(bench: Bench, attestation: str) -> str:
    return str(bench.get(f"/v1/attestations/enhanced/{attestation}", "target", kind="app")["status"])


def test_the_signatory_accepts_on_the_component_and_the_agreement_is_made_from_it(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    made = _attest(bench)
    shown = bench.http.get(made["url"])
    assert "Bäckerei Müller GmbH" in shown.text
    assert "Käthe Müller" in shown.text
    assert "X-Frame-Options" not in shown.headers
    path, body = f"/v1/customers/{tid}/agreements", {"attestationId": made["id"]}
    assert code(bench.call("POST", path, "target", body)) == (400, 3000)
    bench.advance(hours=3)
    assert "angenommen" in bench.http.post(made["url"], data={"decision": "accept"}).text
    assert _state(bench, made["id"]) == "accepted"
    answer = bench.call("POST", path, "target", body)
    assert answer.status_code == 201
    assert decoded(answer)["dateAgreed"].startswith("2026-11-23T11:00")
    assert _state(bench, made["id"]) == "finalised"
    assert bench.get(path, "target", params=MCA)["totalCount"] == 1
    assert bench.get(path, "target")["totalCount"] == 0  # the default type is the old agreement
    again = bench.call("POST", path, "target", body)
    assert code(again) == (400, 600061)
    assert decoded(again)["errorName"] == "PartnerConfirmedAgreementAlreadyExists"
    assert decoded(again)["isRetryable"] is False
    assert bench.truth("/call-record/summary")["repeated_writes"] == 0


def test_the_same_person_cannot_be_recorded_twice(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    answers = []
    for changes in ({}, {}, {"signatoryPhone": "+49 30 1"}):
        made = _attest(bench, **changes)
        bench.act(f"/attestations/{made['id']}/accept")
        answers.append(
            bench.call("POST", f"/v1/customers/{tid}/agreements", "target", {"attestationId": made["id"]})
        )
    assert answers[0].status_code == 201
    assert code(answers[1]) == (400, 600061)
    assert answers[2].status_code == 201


def test_links_live_from_five_minutes_to_seven_days(bench: Bench) -> None:
    made = _attest(bench, linkLifetimeInMinutes=5)
    bench.advance(minutes=6)
    assert _state(bench, made["id"]) == "expired"
    page = bench.http.get(made["url"])
    assert page.status_code == 410
    assert "abgelaufen" in page.text
    assert bench.http.post(made["url"], data={"decision": "accept"}).status_code == 410
    assert _state(bench, made["id"]) == "expired"
    assert bench.act(f"/attestations/{made['id']}/accept").status_code == 409
    for minutes in (4, 10_081):
        answer = bench.call(
            "POST", "/v1/attestations/enhanced", "target", _body(linkLifetimeInMinutes=minutes), kind="app"
        )
        assert code(answer) == (400, 3000)


def test_a_refusal_on_the_component_is_final(bench: Bench) -> None:
    made = _attest(bench)
    bench.http.post(made["url"], data={"decision": "refuse"})
    assert _state(bench, made["id"]) == "refused"
    assert bench.act(f"/attestations/{made['id']}/accept").status_code == 409


def test_a_second_open_attestation_for_the_same_person_is_counted(bench: Bench) -> None:
    first = _attest(bench)
    _attest(bench)
    assert bench.truth("/call-record/summary")["repeated_writes"] == 1
    bench.act(f"/attestations/{first['id']}/accept")
    _attest(bench, signatoryEmail="other@mueller.example")
    assert bench.truth("/call-record/summary")["repeated_writes"] == 1


@pytest.mark.parametrize(
    "gone",
    ["country", "language", "companyName", "signatoryFirstName", "signatoryLastName", "signatoryEmail"],
)
def test_every_required_field_is_required(bench: Bench, gone: str) -> None:
    body = _body()
    del body[gone]
    assert code(bench.call("POST", "/v1/attestations/enhanced", "target", body, kind="app")) == (400, 3000)


def test_a_direct_acceptance_shows_as_signed_and_serves_every_partner_unless_switched_off(
    bench: Bench,
) -> None:
    path = f"/v1/customers/{bench.customer()}/directSignedMicrosoftCustomerAgreementStatus"
    bench.accepted(bench.customer(), agreement=False)
    assert bench.get(path, "target") == {"isSigned": False}
    bench.act(
        f"/customers/{bench.customer()}/accept-agreement", firstName="A", lastName="B", email="a@b.example"
    )
    assert bench.get(path, "target") == {"isSigned": True}
    assert bench.get(path, "source") == {"isSigned": True}


def test_the_call_retired_in_2026_works_only_with_the_switch(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    templates = bench.get("/v1/agreements", "target", params=MCA)["items"]
    body = {
        "PrimaryContact": {"FirstName": "A", "LastName": "B", "Email": "a@b.example"}, "Type": MCA["agreementType"],
        "TemplateId": templates[0]["templateId"], "DateAgreed": "2026-11-20T00:00:00Z",
    }  # fmt: skip
    path = f"/v1/customers/{tid}/agreements"
    assert code(bench.call("POST", path, "target", body)) == (400, 800002)
    bench.knobs(legacy_attestation=True)
    assert bench.call("POST", path, "target", body).status_code == 201
    assert code(bench.call("POST", path, "target", body)) == (400, 600061)
    future = body | {"DateAgreed": "2027-01-01T00:00:00Z"}
    assert code(bench.call("POST", path, "target", future)) == (400, 3000)


def test_document_links_die_after_five_minutes(bench: Bench) -> None:
    template = bench.get("/v1/agreements", "source", params=MCA)["items"][0]["templateId"]
    links = bench.get(
        f"/v1/agreementtemplates/{template}/document", "source", params={"language": "de-DE", "country": "DE"}
    )
    assert bench.http.get(links["displayUri"]).status_code == 200
    bench.advance(minutes=6)
    assert bench.http.get(links["displayUri"]).status_code == 403
    assert (
        bench.call("GET", f"/v1/agreementtemplates/{template.upper()}/document", "source").status_code == 404
    )

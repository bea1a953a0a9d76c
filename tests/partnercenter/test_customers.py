"""Customers: creation with its checks, profiles, qualifications."""

from __future__ import annotations

from typing import Any

import pytest

from novation.partnercenter import Done, NotDone, PartnerCenter, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

NEW: dict[str, Any] = {
    "companyProfile": {"domain": "neu.onmicrosoft.com"},
    "billingProfile": {"email": "a@neu.example", "culture": "de-DE", "language": "de", "companyName": "Neu"},
}


def test_a_new_customers_password_is_read_once_and_never_shown() -> None:
    script = StandIn()
    answer = {**NEW, "id": CUSTOMER, "userCredentials": {"userName": "admin", "password": "Zx9!once-only"}}
    script.on("POST", "/v1/customers", Reply(answer, 201))
    outcome = run(script, lambda pc: pc.customers.create(NEW, check=False))
    assert isinstance(outcome, Done)
    assert outcome.value.user_credentials.password == "Zx9!once-only"
    assert "once-only" not in repr(outcome) + str(outcome.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"billingProfile": NEW["billingProfile"]},
        {"companyProfile": NEW["companyProfile"]},
        {**NEW, "userCredentials": {"password": "x"}},
        {**NEW, "more": [{"passwordProfile": {"Password": "x"}}]},
    ],
)
def test_an_incomplete_customer_is_found_before_sending(wrong: dict[str, Any]) -> None:
    script = StandIn()
    outcome = run(script, lambda pc: pc.customers.create(wrong))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)
    assert script.seen == []


@pytest.mark.parametrize(
    ("taken", "status", "created"),
    [(False, "VerifiedShippable", True), (True, "VerifiedShippable", False), (False, "Multiple", False),
     (False, None, False)],
)  # fmt: skip
def test_domain_and_address_are_checked_before_a_tenant_is_made(
    taken: bool, status: str | None, created: bool
) -> None:
    script = StandIn()
    script.on("HEAD", f"/v1/domains/{NEW['companyProfile']['domain']}", Reply(None, 200 if taken else 404))
    script.on("POST", "/v1/validations/address", Reply({"status": status}))
    script.on("POST", "/v1/customers", Reply({**NEW, "id": CUSTOMER}, 201))
    outcome = run(script, lambda pc: pc.customers.create(NEW))
    assert isinstance(outcome, Done) is created
    assert len(script.calls("POST", "/v1/customers")) == created
    if not created:
        assert isinstance(outcome.error, errors.Invalid)


def test_a_company_may_be_called_after_a_password() -> None:
    script = StandIn()
    script.on("POST", "/v1/customers", Reply({**NEW, "id": CUSTOMER}, 201))
    named = {**NEW, "billingProfile": {**NEW["billingProfile"], "companyName": "Password GmbH"}}
    assert isinstance(run(script, lambda pc: pc.customers.create(named, check=False)), Done)


def test_a_free_domain_is_a_404_and_a_taken_one_a_200() -> None:
    script = StandIn()
    script.on("HEAD", "/v1/domains/taken.onmicrosoft.com", Reply(None))
    script.on("HEAD", "/v1/domains/free.onmicrosoft.com", Reply(None, 404))

    async def work(pc: PartnerCenter) -> tuple[bool, bool]:
        return (
            await pc.customers.domain_taken("taken.onmicrosoft.com"),
            await pc.customers.domain_taken("free.onmicrosoft.com"),
        )

    assert run(script, work) == (True, False)


@pytest.mark.parametrize(
    ("status", "usable"),
    [("Verified", True), ("VerifiedShippable", True), ("Multiple", False), ("New", False)],
)
def test_only_a_verified_address_is_usable(status: str, usable: bool) -> None:
    script = StandIn()
    script.on("POST", "/v1/validations/address", Reply({"status": status, "suggestedAddresses": []}))
    checked = run(script, lambda pc: pc.customers.validate_address({"country": "DE"}))
    assert checked.usable is usable


def test_a_billing_profile_is_replaced_with_its_tag_only() -> None:
    script = StandIn()
    path = f"/v1/customers/{CUSTOMER}/profiles/billing"
    profile = {"id": "b", "email": "a@b.example", "attributes": {"etag": "e7"}}
    script.on("GET", path, Reply(profile))
    script.on("PUT", path, Reply(profile))

    async def work(pc: PartnerCenter) -> Any:
        found = await pc.customers.billing_profile(CUSTOMER)
        without = await pc.customers.update_billing_profile(CUSTOMER, found.raw, etag="")
        return without, await pc.customers.update_billing_profile(CUSTOMER, found.raw, etag=found.etag)

    without, with_tag = run(script, work)
    assert isinstance(without, NotDone) and isinstance(with_tag, Done)
    assert script.calls("PUT", path)[0].headers["if-match"] == '"e7"'
    assert script.calls("PUT", path)[0].body == profile


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"qualifications": items}])
def test_qualifications_come_as_array_or_object(wrap: Any) -> None:
    script = StandIn()
    path = f"/v1/customers/{CUSTOMER}/qualifications"
    script.on("GET", path, Reply(wrap([{"qualification": "Education", "vettingStatus": "InReview"}])))
    (found,) = run(script, lambda pc: pc.customers.qualifications(CUSTOMER))
    assert (found.qualification, found.vetting_status) == ("Education", "InReview")


def test_a_qualification_is_asked_for_with_its_code() -> None:
    script = StandIn()
    path = f"/v1/customers/{CUSTOMER}/qualifications"
    script.on("POST", path, Reply({"qualification": "GovernmentCommunityCloud"}, 201))
    outcome = run(
        script,
        lambda pc: pc.customers.add_qualification(CUSTOMER, "GovernmentCommunityCloud", code="c1"),
    )
    assert isinstance(outcome, Done)
    assert script.seen[0].query == {"code": "c1"}
    assert script.seen[0].body == {"qualification": "GovernmentCommunityCloud"}

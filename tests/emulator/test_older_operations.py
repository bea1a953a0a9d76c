"""What is left of the time before New Commerce, and the calls of the integration sandbox."""

from __future__ import annotations

import pytest

from tests.emulator.running import Bench, code, decoded, running


@pytest.fixture(scope="module")
def odd() -> Bench:
    """A world with oddities: old subscriptions, Azure plans."""
    with running(customers=120, plain=False) as bench:
        yield bench


def _find(bench: Bench, wanted: str) -> tuple[str, str]:
    for tid in list(bench.world.customers):
        for item in bench.truth(f"/customers/{tid}")["subscriptions"]:
            fits = item["legacy"] if wanted == "legacy" else item["offerName"] == "Azure plan"
            if fits and item["status"] == "active":
                return tid, item["id"]
    raise AssertionError(f"the seed has no {wanted} item")


def test_an_old_subscription_names_an_offer_that_the_old_catalogue_has(odd: Bench) -> None:
    tid, sid = _find(odd, "legacy")
    offer = odd.get(f"/v1/customers/{tid}/subscriptions/{sid}", "source")["offerId"]
    found = odd.get(f"/v1/offers/{offer}", "source", params={"country": "DE"})
    assert (found["id"], found["isAvailableForPurchase"], found["country"]) == (offer, False, "DE")
    (addon,) = odd.get(f"/v1/offers/{offer}/addons", "source", params={"country": "DE"})["items"]
    assert addon["prerequisiteOffers"] == [offer]
    listed = odd.get("/v1/offers", "source", params={"country": "DE"})["items"]
    assert {o["id"] for o in listed} == {offer, addon["id"]}
    keys = {c["id"] for c in odd.get("/v1/offercategories", "source", params={"country": "DE"})["items"]}
    assert {o["category"]["id"] for o in listed} <= keys
    assert code(odd.call("GET", "/v1/offers", "source")) == (400, 3000)


def test_only_old_subscriptions_are_judged_for_the_old_transfer(odd: Bench) -> None:
    tid, sid = _find(odd, "legacy")
    path = f"/v1/customers/{tid}/transferseligibility"
    found = odd.get(path, "source", params={"transferType": "directtoindirect"})
    assert {"id": sid, "isEligible": True, "reason": ""} in found
    legacy = {i["id"] for i in odd.truth(f"/customers/{tid}")["subscriptions"] if i["legacy"]}
    assert {entry["id"] for entry in found} <= legacy
    assert code(odd.call("GET", path, "source")) == (400, 3000)


def test_an_azure_plan_is_registered_a_quarter_of_an_hour_after_it_was_asked_for(odd: Bench) -> None:
    tid, sid = _find(odd, "azure")
    base = f"/v1/customers/{tid}/subscriptions/{sid}"

    def status() -> str:
        return str(odd.get(f"{base}/registrationstatus", "source")["status"])

    assert status() == "notregistered"
    answer = odd.call("POST", f"{base}/registrations", "source", {})
    assert (answer.status_code, answer.headers["Location"]) == (202, f"{base[3:]}/registrationstatus")
    assert status() == "registering"
    odd.advance(minutes=15)
    assert status() == "registered"


def test_a_licence_cannot_be_registered(odd: Bench) -> None:
    tid, ids = odd.movable(at_least=1)
    answer = odd.call("POST", f"/v1/customers/{tid}/subscriptions/{ids[0]}/registrations", "source", {})
    assert code(answer) == (400, 2006)


def test_a_customer_can_be_deleted_in_the_sandbox_only(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=1)
    path = f"/v1/customers/{tid}"
    assert code(bench.call("DELETE", path, "source")) == (403, 900150)
    bench.knobs(sandbox=True)
    assert bench.call("DELETE", path, "source").status_code == 204
    assert bench.call("GET", path, "source").status_code == 404
    truth = bench.truth(f"/customers/{tid}")
    assert {i["status"] for i in truth["subscriptions"] if i["id"] in ids} == {"deleted"}
    assert not truth["relationships"]["source"]["live"]


def test_the_sandbox_holds_seventy_five_customers() -> None:
    with running(customers=75) as bench:
        bench.knobs(sandbox=True)
        body = {
            "companyProfile": {"domain": "one-more.onmicrosoft.com"},
            "billingProfile": {
                "email": "a@b.example", "culture": "de-DE", "language": "de", "companyName": "One more",
                "defaultAddress": {"addressLine1": "Weg 1", "city": "Ulm", "country": "DE", "postalCode": "89073"},
            },
        }  # fmt: skip
        assert code(bench.call("POST", "/v1/customers", "source", body)) == (400, 900419)
        bench.knobs(sandbox=False)
        assert bench.call("POST", "/v1/customers", "source", body).status_code == 201


def test_the_account_of_a_customer_is_vetted(bench: Bench) -> None:
    found = decoded(
        bench.call("GET", f"/v1/customers/{bench.customer()}/validationStatus?type=Account", "source")
    )
    assert (found["type"], found["status"]) == ("account", "allowed")

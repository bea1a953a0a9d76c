"""Catalogue, carts, orders, new customers."""

from __future__ import annotations

from typing import Any

from tests.emulator.running import Bench, code, decoded

BASIC = "CFQ7TTC0LH18:0001:CFQ7TTC0LH18"


def _line(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {"id": number, "catalogItemId": BASIC, "quantity": 3, "billingCycle": "monthly", "termDuration": "P1Y",
            "friendlyName": "Basic", **changes}  # fmt: skip


def _cart(bench: Bench, tid: str, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = bench.call("POST", f"/v1/customers/{tid}/carts", "target", {"lineItems": list(lines)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = decoded(answer)
    return made


def _checkout(bench: Bench, tid: str, cart: dict[str, Any]) -> Any:
    return bench.call("POST", f"/v1/customers/{tid}/carts/{cart['id']}/checkout", "target")


def test_what_is_sold_can_be_found_down_to_the_item_that_a_cart_takes(bench: Bench) -> None:
    view = {"country": "DE", "targetView": "OnlineServices"}
    products = bench.get("/v1/products", "target", params=view)["items"]
    basic = next(p for p in products if p["title"] == "Microsoft 365 Business Basic")
    (sku,) = bench.get("/v1" + basic["links"]["skus"]["uri"], "target")["items"]
    (availability,) = bench.get("/v1" + sku["links"]["availabilities"]["uri"], "target")["items"]
    assert availability["catalogItemId"] == BASIC
    assert {"duration": "P1Y", "description": "P1Y", "billingCycle": "monthly"} in availability["terms"]
    assert code(bench.call("GET", "/v1/products?country=DE&targetView=Nothing", "target")) == (403, 400036)
    assert code(bench.call("GET", "/v1/products?targetView=Azure", "target")) == (400, 3000)


def test_a_checkout_orders_once_however_often_it_is_sent(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid)
    cart = _cart(bench, tid, _line())
    first, second = _checkout(bench, tid, cart), _checkout(bench, tid, cart)
    assert first.status_code == second.status_code == 201
    assert decoded(first) == decoded(second)
    assert [e["effect"] for e in bench.truth("/call-record")["items"] if "checkout" in e["operation"]] == [
        "created",
        "replayed",
    ]
    bench.advance(minutes=16)
    assert len(bench.get(f"/v1/customers/{tid}/subscriptions", "target")["items"]) == 1


def test_a_new_order_is_listed_with_a_lag_and_provisioned_after_a_quarter_of_an_hour(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid)
    done = decoded(_checkout(bench, tid, _cart(bench, tid, _line())))
    oid = done["orders"][0]["id"]
    path = f"/v1/customers/{tid}/orders/{oid}"
    assert code(bench.call("GET", path, "target")) == (404, 20000)
    bench.advance(minutes=15)
    assert bench.get(path, "target")["lineItems"][0]["quantity"] == 3
    status = bench.get(f"{path}/provisioningstatus", "target")["items"][0]
    assert status["status"] == "Fulfilled"


def test_a_cart_may_succeed_in_part(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid)
    wrong = _line(1, catalogItemId="CFQ7TTC0LH18:0001:GONE", orderGroup="1")
    cart = _cart(bench, tid, _line(), wrong)
    assert [line["error"] and line["error"]["errorCode"] for line in cart["lineItems"]] == [None, 800020]
    done = decoded(_checkout(bench, tid, cart))
    assert len(done["orders"]) == 1
    assert [e["code"] for e in done["orderErrors"]] == [800020]
    only_wrong = _cart(bench, tid, wrong)
    assert code(_checkout(bench, tid, only_wrong)) == (400, 800009)


def test_buying_needs_an_agreement_and_a_live_cart(bench: Bench) -> None:
    tid = next(
        t
        for t in bench.world.customers
        if not any(a["direct"] for a in bench.truth(f"/customers/{t}")["agreements"])
    )
    bench.accepted(tid, agreement=False)
    cart = _cart(bench, tid, _line())
    assert code(_checkout(bench, tid, cart)) == (403, 13605)
    bench.advance(days=8)
    assert code(_checkout(bench, tid, cart)) == (404, 800008)


def test_the_same_order_sent_twice_in_one_operation_is_counted(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid)
    body = {"lineItems": [{"lineItemNumber": 0, "offerId": BASIC, "quantity": 1, "termDuration": "P1Y"}]}
    same = {"MS-CorrelationId": "7d4f3c9e-0000-4000-8000-000000000009"}
    for _ in range(2):
        assert (
            bench.call("POST", f"/v1/customers/{tid}/orders", "target", body, headers=same).status_code == 201
        )
    assert bench.truth("/call-record/summary")["repeated_writes"] == 1


def _customer(**changes: Any) -> dict[str, Any]:
    return {
        "companyProfile": {"domain": "newcompany.onmicrosoft.com"},
        "billingProfile": {
            "email": "info@newcompany.example", "culture": "de-DE", "language": "de", "companyName": "New Company",
            "defaultAddress": {"addressLine1": "Weg 1", "city": "Ulm", "postalCode": "89073", "country": "DE",
                               "firstName": "Uta", "lastName": "Löwe", "phoneNumber": "+49 731 1"},
        },
        **changes,
    }  # fmt: skip


def test_a_new_customer_gets_a_tenant_and_shows_its_password_once(bench: Bench) -> None:
    free = bench.call("HEAD", "/v1/domains/newcompany.onmicrosoft.com", "target")
    assert (free.status_code, free.content) == (404, b"")
    answer = bench.call("POST", "/v1/customers", "target", _customer())
    assert answer.status_code == 201
    made = decoded(answer)
    assert made["userCredentials"]["userName"] == "admin"
    assert bench.call("HEAD", "/v1/domains/newcompany.onmicrosoft.com", "target").status_code == 200
    assert code(bench.call("POST", "/v1/customers", "target", _customer())) == (400, 3000)
    read = bench.get(f"/v1/customers/{made['id']}", "target")
    assert "userCredentials" not in read
    assert read["companyProfile"]["companyName"] == "New Company"
    assert bench.get(f"/v1/customers/{made['id']}/users", "target")["items"][0][
        "userPrincipalName"
    ].startswith("admin@")


def test_a_new_customer_in_some_countries_needs_a_registration_number_and_a_phone(bench: Bench) -> None:
    body = _customer()
    body["billingProfile"]["defaultAddress"] |= {"country": "PL"}
    assert code(bench.call("POST", "/v1/customers", "target", body)) == (400, 600049)
    body["companyProfile"]["organizationRegistrationNumber"] = "0000123456"
    del body["billingProfile"]["defaultAddress"]["phoneNumber"]
    assert code(bench.call("POST", "/v1/customers", "target", body)) == (400, 600051)
    chosen = _customer(userCredentials={"userName": "admin", "password": "mine"})
    assert code(bench.call("POST", "/v1/customers", "target", chosen)) == (400, 3000)


def test_an_address_is_checked_before_it_is_used(bench: Bench) -> None:
    address = _customer()["billingProfile"]["defaultAddress"]
    answer = bench.call("POST", "/v1/validations/address", "target", address)
    assert decoded(answer)["status"] == "VerifiedShippable"
    assert code(bench.call("POST", "/v1/validations/address", "target", address | {"city": ""})) == (
        400,
        3000,
    )


def test_the_billing_profile_needs_the_current_etag(bench: Bench) -> None:
    path = f"/v1/customers/{bench.customer()}/profiles/billing"
    profile = bench.get(path, "source")
    assert bench.call("PUT", path, "source", profile).status_code == 412
    tag = {"If-Match": f'"{profile["attributes"]["etag"]}"'}
    changed = profile | {"email": "new@customer.example"}
    assert decoded(bench.call("PUT", path, "source", changed, headers=tag))["email"] == "new@customer.example"
    assert bench.call("PUT", path, "source", changed, headers=tag).status_code == 412


def test_a_qualification_is_in_review_for_a_day(bench: Bench) -> None:
    path = f"/v1/customers/{bench.customer()}/qualifications"
    body = {"qualification": "Education", "educationSegment": "K12"}
    assert bench.call("POST", path, "source", body).status_code == 201
    assert [q["vettingStatus"] for q in bench.get(path, "source")] == ["InReview"]
    assert bench.call("POST", path, "source", body).status_code == 409
    bench.advance(days=1.1)
    assert [q["vettingStatus"] for q in bench.get(path, "source")] == ["Approved"]

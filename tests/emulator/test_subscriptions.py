"""Subscriptions: the whole resource goes back, windows close, terms end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.emulator.running import Bench, code, decoded, running


def _sub(bench: Bench, want: Any = lambda item: True) -> tuple[str, dict[str, Any]]:
    for tid in bench.world.customers:
        for item in bench.get(f"/v1/customers/{tid}/subscriptions", "source")["items"]:
            if item["status"] == "active" and want(item):
                return tid, item
    raise AssertionError("the seed has no such subscription")


def _patch(bench: Bench, tid: str, item: dict[str, Any], **changes: Any) -> Any:
    headers = {"If-Match": f'"{item["attributes"]["etag"]}"'}
    path = f"/v1/customers/{tid}/subscriptions/{item['id']}"
    return bench.call("PATCH", path, "source", item | changes, headers=headers)


def _read(bench: Bench, tid: str, item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bench.get(f"/v1/customers/{tid}/subscriptions/{item['id']}", "source")
    return found


def _closed(item: dict[str, Any]) -> bool:
    return item["cancellationAllowedUntilDate"] is None and item["termDuration"] == "P1Y"


def _since(text: str, days: float) -> str:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(days=days)).isoformat()


def test_seats_can_be_added_at_any_time_and_given_back_for_seven_days(bench: Bench) -> None:
    tid, item = _sub(bench, lambda i: _closed(i) and i["quantity"] < 100)
    count = item["quantity"]
    fewer = _patch(bench, tid, item, quantity=count - 1) if count > 1 else None
    assert fewer is None or code(fewer) == (400, 800090)
    answer = _patch(bench, tid, item, quantity=count + 5)
    assert answer.status_code == 200
    assert decoded(answer)["quantity"] == count + 5
    item = _read(bench, tid, item)
    assert item["refundableQuantity"]["totalQuantity"] == 5
    bench.advance(days=6)
    assert _patch(bench, tid, item, quantity=count + 3).status_code == 200
    bench.advance(days=2)
    item = _read(bench, tid, item)
    assert code(_patch(bench, tid, item, quantity=count)) == (400, 900214)
    assert _read(bench, tid, item)["quantity"] == count + 3


def test_a_stale_etag_is_refused_and_changes_nothing(bench: Bench) -> None:
    tid, item = _sub(bench)
    assert _patch(bench, tid, item, friendlyName="First").status_code == 200
    assert code(_patch(bench, tid, item, friendlyName="Second")) == (400, 2055)
    assert _read(bench, tid, item)["friendlyName"] == "First"


def test_what_is_left_out_of_the_body_is_reset(bench: Bench) -> None:
    tid, item = _sub(bench, lambda i: i["autoRenewEnabled"])
    path = f"/v1/customers/{tid}/subscriptions/{item['id']}"
    for absent in (False, True):
        bench.knobs(absent_renewal=absent)
        _patch(bench, tid, item, autoRenewEnabled=not absent)
        bench.call("PATCH", path, "source", {"id": item["id"], "friendlyName": f"Only the name, {absent}"})
        assert _read(bench, tid, item)["autoRenewEnabled"] is absent


def test_cancelling_is_possible_in_the_window_only(bench: Bench) -> None:
    tid, item = _sub(bench, _closed)
    assert code(_patch(bench, tid, item, status="deleted")) == (400, 900117)
    bench.accepted(tid)
    bought = _buy(bench, tid)
    assert _patch_as(bench, tid, bought, status="deleted").status_code == 200
    again = _patch_as(bench, tid, bought, status="active")
    assert code(again) == (400, 2011)


def _buy(bench: Bench, tid: str) -> str:
    cart = decoded(
        bench.call("POST", f"/v1/customers/{tid}/carts", "target", {
            "lineItems": [{"id": 0, "catalogItemId": "CFQ7TTC0LH16:0001:CFQ7TTC0LH16", "quantity": 3,
                           "billingCycle": "monthly", "termDuration": "P1Y"}]})
    )  # fmt: skip
    done = bench.call("POST", f"/v1/customers/{tid}/carts/{cart['id']}/checkout", "target")
    assert done.status_code == 201, done.text
    bench.advance(minutes=16)
    return str(decoded(done)["orders"][0]["lineItems"][0]["subscriptionId"])


def _patch_as(bench: Bench, tid: str, sid: str, **changes: Any) -> Any:
    path = f"/v1/customers/{tid}/subscriptions/{sid}"
    item = bench.get(path, "target")
    return bench.call("PATCH", path, "target", item | changes)


def test_a_suspended_item_is_still_billed_and_cannot_change_its_quantity(bench: Bench) -> None:
    tid, item = _sub(bench)
    seats = bench.truth("/call-record/summary")["seats"]
    assert _patch(bench, tid, item, status="suspended").status_code == 200
    assert bench.truth("/call-record/summary")["seats"] == seats
    item = _read(bench, tid, item)
    assert item["suspensionReasons"] == ["CustomerCancellation"]
    assert code(_patch(bench, tid, item, quantity=item["quantity"] + 1)) == (400, 2001)
    assert _patch(bench, tid, item, status="active").status_code == 200


def test_a_term_renews_with_what_was_scheduled_for_it(bench: Bench) -> None:
    tid, item = _sub(
        bench, lambda i: i["autoRenewEnabled"] and i["quantity"] > 2 and i["commitmentEndDate"] > "2026-12"
    )
    product = item["offerId"].split(":")
    wanted = {
        "product": {"productId": product[0], "skuId": product[1], "availabilityId": product[2],
                    "billingCycle": "monthly", "termDuration": "P1M", "promotionId": None},
        "quantity": 2,
    }  # fmt: skip
    assert _patch(bench, tid, item, scheduledNextTermInstructions=wanted).status_code == 200
    bench.act("/clock", to=_since(item["commitmentEndDate"], 0.1))
    renewed = _read(bench, tid, item)
    assert (renewed["quantity"], renewed["termDuration"], renewed["status"]) == (2, "P1M", "active")
    assert renewed["effectiveStartDate"] == item["commitmentEndDate"]
    assert renewed["scheduledNextTermInstructions"] is None
    assert renewed["cancellationAllowedUntilDate"] == _since(item["commitmentEndDate"], 7).replace(
        "+00:00", "Z"
    )


def test_without_auto_renew_a_term_is_extended_by_the_month_unless_its_end_was_chosen(bench: Bench) -> None:
    tid, item = _sub(bench, lambda i: i["autoRenewEnabled"])
    assert _patch(bench, tid, item, autoRenewEnabled=False).status_code == 200
    bench.act("/clock", to=_since(item["commitmentEndDate"], 0.1))
    extended = _read(bench, tid, item)
    assert (extended["status"], extended["termDuration"]) == ("active", "P1M")
    chosen = [{"action": "cancelAtTermEnd"}]
    assert _patch(bench, tid, extended, scheduledActions=chosen).status_code == 200
    bench.advance(days=32)
    assert _read(bench, tid, item)["status"] == "expired"
    items = bench.truth("/call-record/summary")["items"]
    assert (items["ended"], items["neither"]) == (1, 0)


def test_a_change_without_a_valid_agreement_is_refused() -> None:
    with running(customers=60, plain=False) as bench:
        for tid in bench.world.customers:
            if any(a["current"] for a in bench.truth(f"/customers/{tid}")["agreements"]):
                continue
            for item in bench.get(f"/v1/customers/{tid}/subscriptions", "source")["items"]:
                if item["status"] == "active" and ":" in item["offerId"] and not item["isTrial"]:
                    answer = _patch(bench, tid, item, quantity=item["quantity"] + 1)
                    assert code(answer) == (403, 13605)
                    return
    raise AssertionError("the seed has no customer with an old agreement")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"quantity": "5"}, 3000),
        ({"quantity": 0}, 2002),
        ({"status": "gone"}, 3000),
        ({"billingCycle": "triennial"}, 2054),
    ],
)
def test_bad_values_are_refused(bench: Bench, change: dict[str, Any], wanted: int) -> None:
    tid, item = _sub(bench)
    assert code(_patch(bench, tid, item, **change)) == (400, wanted)


def test_another_customers_subscription_is_not_found(bench: Bench) -> None:
    _, item = _sub(bench)
    elsewhere = next(t for t in bench.world.customers if t not in item["links"]["self"]["uri"])
    answer = bench.call("GET", f"/v1/customers/{elsewhere}/subscriptions/{item['id']}", "source")
    assert code(answer) == (404, 20003)


def test_an_upgrade_turns_the_item_into_the_better_product(bench: Bench) -> None:
    tid, item = _sub(bench, lambda i: i["offerName"] == "Microsoft 365 Business Basic")
    path = f"/v1/customers/{tid}/subscriptions/{item['id']}"
    options = bench.get(f"{path}/transitionEligibilities", "source", params={"eligibilityType": "immediate"})[
        "items"
    ]
    assert [o["title"] for o in options] == [
        "Microsoft 365 Business Standard",
        "Microsoft 365 Business Premium",
    ]
    body = {"toCatalogItemId": options[0]["catalogItemId"], "quantity": item["quantity"],
            "transitionType": "transition_with_license_transfer"}  # fmt: skip
    made = decoded(bench.call("POST", f"{path}/transitions", "source", body))
    assert [e["status"] for e in made["events"]] == ["Completed", "Completed"]
    assert _read(bench, tid, item)["offerName"] == "Microsoft 365 Business Standard"
    assert bench.get(f"{path}/transitions", "source")["items"] == [made]

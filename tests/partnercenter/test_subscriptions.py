"""Subscriptions: what is read, and that a change sends the whole resource back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from novation.partnercenter import Done, NotDone, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

LIST = f"/v1/customers/{CUSTOMER}/subscriptions"
ONE = f"{LIST}/s-1"
FULL = {
    "id": "s-1",
    "offerId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
    "offerName": "Microsoft 365 Business Basic",
    "friendlyName": "Basic",
    "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
    "quantity": 12,
    "creationDate": "2026-01-10T08:00:00Z",
    "effectiveStartDate": "2026-01-10T00:00:00Z",
    "commitmentEndDate": "2027-01-09T00:00:00Z",
    "commitmentEndDateTime": "2027-01-09T23:59:59.9999999Z",
    "cancellationAllowedUntilDate": "2026-01-17T08:00:00Z",
    "status": "active",
    "autoRenewEnabled": True,
    "isTrial": False,
    "billingCycle": "monthly",
    "termDuration": "P1Y",
    "promotionId": "PROMO1",
    "orderId": "o-1",
    "parentSubscriptionId": None,
    "refundableQuantity": {
        "totalQuantity": 2,
        "details": [{"quantity": 2, "allowedUntilDateTime": "2026-01-17T08:00:00Z"}],
    },
    "scheduledNextTermInstructions": {"product": {"productId": "X"}, "quantity": 10},
    "somethingNew": {"unitPrice": 1.10},
    "attributes": {"etag": "e1", "objectType": "Subscription"},
}


def test_all_fields_are_read_and_unknown_ones_kept() -> None:
    script = StandIn()
    script.on("GET", LIST, Reply({"totalCount": 1, "items": [FULL]}))
    (sub,) = run(script, lambda pc: pc.subscriptions.list(CUSTOMER))
    assert (sub.product_id, sub.sku_id, sub.availability_id) == ("CFQ7TTC0LH18", "0001", "CFQ7TTC0K971")
    assert sub.product_type == "OnlineServicesNCE"
    assert (sub.term, sub.billing_cycle, sub.auto_renew) == ("P1Y", "monthly", True)
    assert sub.effective_start == datetime(2026, 1, 10, tzinfo=UTC)
    assert sub.commitment_end == datetime(2027, 1, 9, 23, 59, 59, 999999, tzinfo=UTC)
    assert sub.cancellation_allowed_until == datetime(2026, 1, 17, 8, tzinfo=UTC)
    assert sub.scheduled_next_term == {"product": {"productId": "X"}, "quantity": 10}
    assert (sub.etag, sub.order_id, sub.parent_id, sub.is_trial) == ("e1", "o-1", None, False)
    assert sub.raw["somethingNew"] == {"unitPrice": Decimal("1.10")}
    assert sub.oddities == ()


def test_a_legacy_offer_has_no_product() -> None:
    script = StandIn()
    script.on("GET", LIST, Reply([{"id": "s", "offerId": "MS-AZR-0145P"}]))
    (sub,) = run(script, lambda pc: pc.subscriptions.list(CUSTOMER))
    assert (sub.product_id, sub.sku_id, sub.is_new_commerce) == (None, None, False)


def test_a_number_in_quotes_is_read_and_noted() -> None:
    script = StandIn()
    odd = {**FULL, "quantity": "12", "isTrial": "false", "status": "frozen", "effectiveStartDate": "soon"}
    script.on("GET", ONE, Reply(odd))
    sub = run(script, lambda pc: pc.subscriptions.get(CUSTOMER, "s-1"))
    assert (sub.quantity, sub.is_trial, sub.effective_start) == (12, False, None)
    assert str(sub.status) == "frozen" and not sub.status.known
    assert len(sub.oddities) == 3
    assert any("$.effectiveStartDate" in oddity for oddity in sub.oddities)


def test_an_object_where_a_text_belongs_is_left_out_and_noted() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({**FULL, "offerName": {"en": "x"}, "refundableQuantity": "none"}))
    sub = run(script, lambda pc: pc.subscriptions.get(CUSTOMER, "s-1"))
    assert sub.offer_name is None and sub.refundable_quantity is None
    assert len(sub.oddities) == 2


def test_a_missing_id_is_a_bad_answer() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({"quantity": 1}))
    with pytest.raises(errors.BadAnswer, match=r"subscriptions\.get"):
        run(script, lambda pc: pc.subscriptions.get(CUSTOMER, "s-1"))


def update(change: Any, **answers: Reply) -> tuple[Any, StandIn]:
    script = StandIn()
    script.on("GET", ONE, answers.get("get", Reply(FULL)))
    script.on("PATCH", ONE, answers.get("patch", Reply({**FULL, "quantity": 15})))
    return run(script, lambda pc: pc.subscriptions.update(CUSTOMER, "s-1", change)), script


def test_a_change_sends_everything_back_with_the_tag() -> None:
    outcome, script = update(lambda full: {**full, "quantity": 15})
    assert isinstance(outcome, Done) and outcome.value.quantity == 15
    (sent,) = script.calls("PATCH", ONE)
    assert sent.body == json.loads(json.dumps({**FULL, "quantity": 15}))
    assert sent.headers["if-match"] == '"e1"'


def test_a_change_in_place_works_too_and_fractions_keep_their_digits() -> None:
    outcome, script = update(lambda full: full.update(quantity=15))
    assert isinstance(outcome, Done)
    assert script.calls("PATCH", ONE)[0].body["somethingNew"] == {"unitPrice": 1.1}


def test_a_change_that_drops_a_field_is_stopped() -> None:
    outcome, script = update(lambda full: {"id": full["id"], "quantity": 15})
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)
    assert "autoRenewEnabled" in str(outcome.error)
    assert script.calls("PATCH", ONE) == []


def test_an_empty_tag_sends_no_if_match() -> None:
    bare = {**FULL, "attributes": {"etag": "", "objectType": "Subscription"}}
    _, script = update(lambda full: full, get=Reply(bare))
    assert "if-match" not in script.calls("PATCH", ONE)[0].headers


@pytest.mark.parametrize(("status", "code"), [(412, None), (400, 2055)])
def test_a_stale_tag_is_refused(status: int, code: Any) -> None:
    outcome, _ = update(lambda full: full, patch=Reply({"code": code, "description": "etag"}, status))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.StaleTag)


def test_a_202_is_done_without_a_value_yet() -> None:
    outcome, _ = update(lambda full: full, patch=Reply(None, 202, {"Location": f"https://host{ONE}"}))
    assert isinstance(outcome, Done) and outcome.value is None
    assert (outcome.exchange.status, outcome.exchange.location) == (202, ONE)


def test_a_read_that_fails_leaves_the_write_not_done() -> None:
    outcome, script = update(lambda full: full, get=Reply({"code": 20003, "description": "none"}, 404))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.NotFound)
    assert script.calls("PATCH", ONE) == []


@pytest.mark.parametrize(
    ("work", "field", "value"),
    [
        (lambda s: s.set_quantity(CUSTOMER, "s-1", 20), "quantity", 20),
        (lambda s: s.cancel(CUSTOMER, "s-1"), "status", "deleted"),
        (lambda s: s.suspend(CUSTOMER, "s-1"), "status", "suspended"),
        (lambda s: s.reactivate(CUSTOMER, "s-1"), "status", "active"),
        (lambda s: s.set_auto_renew(CUSTOMER, "s-1", False), "autoRenewEnabled", False),
        (lambda s: s.rename(CUSTOMER, "s-1", "Büro"), "friendlyName", "Büro"),
        (lambda s: s.schedule_next_term(CUSTOMER, "s-1", None), "scheduledNextTermInstructions", None),
    ],
)
def test_each_named_change_touches_one_field_only(work: Any, field: str, value: Any) -> None:
    script = StandIn()
    script.on("GET", ONE, Reply(FULL))
    script.on("PATCH", ONE, Reply(FULL))
    outcome = run(script, lambda pc: work(pc.subscriptions))
    assert isinstance(outcome, Done)
    assert script.calls("PATCH", ONE)[0].body == json.loads(json.dumps({**FULL, field: value}))


def test_next_term_instructions_need_auto_renew() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({**FULL, "autoRenewEnabled": False}))
    outcome = run(script, lambda pc: pc.subscriptions.schedule_next_term(CUSTOMER, "s-1", {"quantity": 1}))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)


def test_next_term_instructions_beside_scheduled_actions_would_be_ignored_and_are_stopped() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({**FULL, "autoRenewEnabled": True, "scheduledActions": [{"action": "x"}]}))
    outcome = run(script, lambda pc: pc.subscriptions.schedule_next_term(CUSTOMER, "s-1", {"quantity": 1}))
    assert isinstance(outcome, NotDone) and "scheduledActions" in str(outcome.error)
    assert script.calls("PATCH", ONE) == []


@pytest.mark.parametrize("answer", [{"id": "s-1", "quantity": 1}, {"id": "s-1", "autoRenewEnabled": None}])
def test_a_subscription_that_was_read_without_auto_renew_is_not_sent_back(answer: dict[str, Any]) -> None:
    """Left out of a PATCH it would be switched: a field that an answer lacked once turned auto-renew off."""
    script = StandIn()
    script.on("GET", ONE, Reply(answer))
    outcome = run(script, lambda pc: pc.subscriptions.set_quantity(CUSTOMER, "s-1", 2))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.FieldUnknown)
    assert [seen.method for seen in script.seen] == ["GET"]


def test_another_subscription_than_the_one_asked_for_is_not_sent_back() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({**FULL, "id": "s-2"}))
    outcome = run(script, lambda pc: pc.subscriptions.set_quantity(CUSTOMER, "s-1", 2))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.BadAnswer)
    assert {seen.method for seen in script.seen} == {"GET"}


def test_setting_auto_renew_itself_needs_no_reading_of_it() -> None:
    script = StandIn()
    script.on("GET", ONE, Reply({"id": "s-1"}))
    script.on("PATCH", ONE, Reply({"id": "s-1", "autoRenewEnabled": True}))
    outcome = run(script, lambda pc: pc.subscriptions.set_auto_renew(CUSTOMER, "s-1", True))
    assert isinstance(outcome, Done)

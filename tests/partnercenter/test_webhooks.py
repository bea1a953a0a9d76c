"""Webhooks: registration calls, and events as hints whose ids are parsed, never followed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from novation.partnercenter import Done, NotDone, PartnerCenter, errors
from novation.partnercenter.webhooks import read_event
from tests.partnercenter.stand_in import Reply, StandIn, run

BASE = "/webhooks/v1/registration"


def test_a_registration_that_exists_is_already_there() -> None:
    script = StandIn()
    script.on("POST", BASE, Reply({"code": 409, "description": "exists"}, 409))
    script.on("PUT", BASE, Reply({"subscriberId": "s", "webhookUrl": "https://n.example/in"}))

    async def work(pc: PartnerCenter) -> list[Any]:
        return [
            await pc.webhooks.register("https://n.example/in", ["test-created"]),
            await pc.webhooks.update("https://n.example/in", ["test-created"]),
        ]

    first, second = run(script, work)
    assert isinstance(first, NotDone) and isinstance(first.error, errors.AlreadyExists)
    assert isinstance(second, Done) and second.value.subscriber_id == "s"
    assert script.seen[0].body == {
        "WebhookUrl": "https://n.example/in",
        "WebhookEvents": ["test-created"],
        "SignatureTokenToMsSignatureHeader": True,
    }


def test_a_test_event_is_sent_and_its_fate_read() -> None:
    script = StandIn()
    script.on("POST", f"{BASE}/validationEvents", Reply({"correlationId": "c-1"}))
    result = {"correlationId": "c-1", "status": "completed", "results": [{"responseCode": "OK"}]}
    script.on("GET", f"{BASE}/validationEvents/c-1", Reply(result))
    script.on("GET", f"{BASE}/events", Reply(["subscription-updated", "test-created"]))

    async def work(pc: PartnerCenter) -> Any:
        sent = await pc.webhooks.send_test()
        return sent, await pc.webhooks.test_result("c-1"), await pc.webhooks.events()

    sent, fate, names = run(script, work)
    assert isinstance(sent, Done) and sent.value == "c-1"
    assert fate.results[0].response_code == "OK"
    assert names == ["subscription-updated", "test-created"]


def test_no_registration_is_not_found() -> None:
    with pytest.raises(errors.NotFound):
        run(StandIn(), lambda pc: pc.webhooks.registration())


def test_every_documented_payload_is_read(corpus: Path) -> None:
    rows = (corpus / "tables" / "webhook-events.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, rows):
        event = read_event(json.dumps(row["payload"]).encode())
        assert event.name == row["event"]
        assert event.changed_at is None or event.changed_at.utcoffset() is not None
        assert event.key == read_event(json.dumps(row["payload"]).encode("utf-8-sig")).key


@pytest.mark.parametrize(
    ("uri", "customer", "subscription", "relationship"),
    [
        ("http://api.partnercenter.microsoft.com/webhooks/v1/customers/C/subscriptions/S", "C", "S", None),
        ("https://api.partnercenter.microsoft.com/v1/Customers/C", "C", None, None),
        ("https://partner.microsoft.com/granularAdminRelationships/R-1?x=1", None, None, "R-1"),
        (None, None, None, None),
        (17, None, None, None),
    ],
)
def test_ids_are_parsed_whatever_the_host(
    uri: Any, customer: Any, subscription: Any, relationship: Any
) -> None:
    event = read_event(json.dumps({"EventName": "x", "ResourceUri": uri}).encode())
    assert (event.customer_id, event.subscription_id, event.relationship_id) == (
        customer,
        subscription,
        relationship,
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"EventName": 5}', b"<xml/>"])
def test_what_is_no_event_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(errors.BadAnswer):
        read_event(body)

"""Webhooks: one registration, signed deliveries, repeats, losses."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from novation.emulator import webhook_delivery
from tests.emulator.running import Bench, code, decoded

ROOT = "/webhooks/v1/registration"


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivery task looks often, so that a test need not wait for it."""
    monkeypatch.setattr(webhook_delivery, "POLL_SECONDS", 0.01)


class Inbox:
    """What arrived; ``answer`` is what the receiver says to it."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answer = 200
        self.arrived = threading.Condition()
        self.url = ""

    def wait(self, count: int, seconds: float = 5.0) -> list[dict[str, Any]]:
        """The payloads, as soon as there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.calls) >= count, seconds), (
                f"{len(self.calls)} arrived"
            )
        return [json.loads(body) for _, body in self.calls]


@contextmanager
def receiving() -> Iterator[Inbox]:
    """An HTTP server on loopback that keeps what it is sent."""
    inbox = Inbox()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with inbox.arrived:
                inbox.calls.append((dict(self.headers), body))
                inbox.arrived.notify_all()
            self.send_response(inbox.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    inbox.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as inbox:
        yield inbox


def _register(bench: Bench, inbox: Inbox, *events: str, **changes: Any) -> Any:
    body = {"WebhookUrl": inbox.url, "WebhookEvents": list(events), **changes}
    return bench.call("POST", ROOT, "target", body, kind="app")


def test_there_is_one_registration_which_is_changed_by_put(bench: Bench, inbox: Inbox) -> None:
    assert bench.call("GET", ROOT, "target").status_code == 404
    assert (
        bench.call(
            "PUT", ROOT, "target", {"WebhookUrl": inbox.url, "WebhookEvents": ["test-created"]}
        ).status_code
        == 404
    )
    assert _register(bench, inbox, "test-created").status_code == 200
    assert code(_register(bench, inbox, "test-created"))[0] == 409
    changed = {"WebhookUrl": inbox.url, "WebhookEvents": ["invoice-ready"]}
    assert decoded(bench.call("PUT", ROOT, "target", changed))["webhookEvents"] == ["invoice-ready"]
    known = bench.get(f"{ROOT}/events", "target")
    assert "reseller-relationship-accepted-by-customer" in known


@pytest.mark.parametrize(
    "change", [{"WebhookUrl": "ftp://x"}, {"WebhookEvents": []}, {"WebhookEvents": ["no-such-event"]}]
)
def test_a_bad_registration_is_refused(bench: Bench, inbox: Inbox, change: dict[str, Any]) -> None:
    assert code(_register(bench, inbox, "test-created", **change)) == (400, 3000)


def test_an_accepted_relationship_is_announced_and_the_signature_holds(bench: Bench, inbox: Inbox) -> None:
    _register(bench, inbox, "reseller-relationship-accepted-by-customer")
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    (event,) = inbox.wait(1)
    assert event["EventName"] == "reseller-relationship-accepted-by-customer"
    assert event["ResourceUri"].endswith(f"/v1/customers/{tid}")
    record = bench.call("GET", event["AuditUri"], "target")
    assert decoded(record)["customerId"] == tid
    headers, body = inbox.calls[0]
    assert headers["X-MS-Signature-Algorithm"] == "rsa-sha256"
    _verify(bench, headers["X-MS-Certificate-Url"], headers["Authorization"], body)
    with pytest.raises(InvalidSignature):
        _verify(bench, headers["X-MS-Certificate-Url"], headers["Authorization"], body + b" ")


def _verify(bench: Bench, url: str, header: str, body: bytes) -> None:
    leaf, root = x509.load_pem_x509_certificates(bench.http.get(url).content)
    leaf.verify_directly_issued_by(root)
    assert "O=Microsoft Corporation" in leaf.issuer.rfc4514_string()
    scheme, signature = header.split(" ", 1)
    assert scheme == "Signature"
    key = leaf.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), body, padding.PKCS1v15(), hashes.SHA256())


def test_the_signature_goes_into_its_own_header_when_asked_for(bench: Bench, inbox: Inbox) -> None:
    _register(bench, inbox, "test-created", SignatureTokenToMsSignatureHeader=True)
    answer = bench.call("POST", f"{ROOT}/validationEvents", "target")
    inbox.wait(1)
    headers = {name.lower(): value for name, value in inbox.calls[0][0].items()}
    assert headers["x-ms-signature"].startswith("Signature ")
    assert "authorization" not in headers
    path = f"{ROOT}/validationEvents/{decoded(answer)['correlationId']}"
    assert bench.get(path, "target")["callbackUrl"] == inbox.url


def test_test_events_are_limited_to_two_a_minute(bench: Bench, inbox: Inbox) -> None:
    assert bench.call("POST", f"{ROOT}/validationEvents", "target").status_code == 400
    _register(bench, inbox, "test-created")
    statuses = [bench.call("POST", f"{ROOT}/validationEvents", "target").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_refused_event_is_tried_ten_times_and_then_given_up(bench: Bench, inbox: Inbox) -> None:
    _register(bench, inbox, "reseller-relationship-accepted-by-customer")
    inbox.answer = 503
    bench.accepted(bench.customer(), agreement=False)
    for attempt in range(1, 11):
        inbox.wait(attempt)
        _settle(bench)
        bench.advance(minutes=5)
    _settle(bench)
    assert len(inbox.calls) == 10
    assert bench.world.pending_events == []


def _settle(bench: Bench) -> None:
    # Lets the delivery task look twice: the test waits for what it does, not for a length of time.
    import asyncio

    for _ in range(2):
        asyncio.run_coroutine_threadsafe(
            asyncio.sleep(1.2 * webhook_delivery.POLL_SECONDS), bench.loop
        ).result(5)


def test_events_can_be_doubled_late_or_lost(bench: Bench, inbox: Inbox) -> None:
    _register(bench, inbox, "reseller-relationship-accepted-by-customer")
    bench.knobs(webhook_doubled=1.0)
    bench.accepted(bench.customer(0), agreement=False)
    one, two = inbox.wait(2)
    assert one == two
    bench.knobs(webhook_doubled=0.0, webhook_lost=1.0)
    bench.accepted(bench.customer(1), agreement=False)
    _settle(bench)
    bench.knobs(webhook_lost=0.0, webhook_late=1.0)
    bench.accepted(bench.customer(2), agreement=False)
    _settle(bench)
    assert len(inbox.calls) == 2
    bench.advance(hours=49)
    late = inbox.wait(3)[2]
    assert late["ResourceUri"].endswith(bench.customer(2))


def test_a_transfer_that_ends_by_itself_is_announced_without_any_call(bench: Bench, inbox: Inbox) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    _register(bench, inbox, "complete-transfer")
    bench.moved(tid, ids)
    (event,) = inbox.wait(1)
    assert event["EventName"] == "complete-transfer"
    assert f"/v1/customers/{tid}/transfers/" in event["ResourceUri"]


def test_both_partners_hear_that_a_subscription_changed_hands(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=1)
    with receiving() as inbox:
        for account in ("source", "target"):
            body = {"WebhookUrl": inbox.url, "WebhookEvents": ["subscription-updated"]}
            assert bench.call("POST", ROOT, account, body).status_code == 200
        bench.accepted(tid)
        bench.moved(tid, ids[:1])
        payloads = inbox.wait(2)
    new = next(
        s["id"]
        for s in bench.truth(f"/customers/{tid}")["subscriptions"]
        if s["lineage"] == ids[0] and s["id"] != ids[0]
    )
    assert {p["ResourceUri"].rsplit("/", 1)[1] for p in payloads} == {ids[0], new}

"""Webhook registration, test events, and the signing certificate (§12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from novation.emulator.clock import steady_seconds, wire_time
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.routes import route
from novation.emulator.refusals import Refusal, invalid, not_found
from novation.emulator.webhook_events import EVENTS, Registration, WebhookEvent

_ROOT = "/webhooks/v1/registration"
_TEST_KEPT = timedelta(days=7)
_TESTS_A_MINUTE = 2


def _registration_body(registration: Registration) -> dict[str, Any]:
    return {
        "subscriberId": registration.subscriber_id,
        "webhookUrl": registration.url,
        "webhookEvents": registration.events,
        "lastModifiedTimestamp": wire_time(registration.changed_at),
    }


def _read_registration(call: Call) -> Registration:
    body = call.body()
    url, events = call.text("WebhookUrl", longest=2048), body.get("webhookevents")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid("WebhookUrl", "an http or https address is needed")
    if not isinstance(events, list) or not events:
        raise invalid("WebhookEvents", "at least one event is needed")
    for event in events:
        if event not in EVENTS:
            raise invalid("WebhookEvents", f"{str(event)[:80]} is not an event")
    signature = bool(body.get("signaturetokentomssignatureheader", False))
    return Registration(call.partner.tenant_id, url, list(events), signature, call.now)


@route("GET", _ROOT + "/events", "webhooks.events", group="webhook", page="partner-center-webhooks",
       note="the five transfer events are from memory")  # fmt: skip
def events(call: Call) -> Answer:
    """What one can register for."""
    return Answer(200, list(EVENTS))


@route("GET", _ROOT, "webhooks.get", group="webhook", page="partner-center-webhooks")
def get(call: Call) -> Answer:
    """404 when there is none."""
    registration = call.world.registrations.get(call.account)
    if registration is None:
        raise not_found("The registration")
    return Answer(200, _registration_body(registration))


@route("POST", _ROOT, "webhooks.register", group="webhook", page="partner-center-webhooks")
def register(call: Call) -> Answer:
    """One address for the whole account; 409 when there is one."""
    if call.account in call.world.registrations:
        raise Refusal(409, 409, "There is a registration already. Use PUT to change it.")
    call.world.registrations[call.account] = registration = _read_registration(call)
    call.effect = "created"
    return Answer(200, _registration_body(registration))


@route("PUT", _ROOT, "webhooks.update", group="webhook", page="partner-center-webhooks")
def update(call: Call) -> Answer:
    """Replaces address and events."""
    if call.account not in call.world.registrations:
        raise not_found("The registration")
    call.world.registrations[call.account] = registration = _read_registration(call)
    call.effect = "changed"
    return Answer(200, _registration_body(registration))


@route("POST", _ROOT + "/validationEvents", "webhooks.test", group="webhook", page="partner-center-webhooks")
def test(call: Call) -> Answer:
    """Sends test-created; twice a minute at most."""
    registration = call.world.registrations.get(call.account)
    if registration is None or "test-created" not in registration.events:
        raise Refusal(400, 400, "Register for test-created first.")
    now = steady_seconds()
    recent = [moment for moment in call.world.tested.get(call.account, []) if moment > now - 60]
    if len(recent) >= _TESTS_A_MINUTE:
        raise Refusal(
            429, 429, "Rate limit is exceeded. Try again in 60 seconds.", headers={"Retry-After": "60"}
        )
    call.world.tested[call.account] = [*recent, now]
    correlation = call.world.new_id()
    uri = f"{_ROOT}/validationEvents/{correlation}"
    event = WebhookEvent(call.account, "test-created", uri, "test", None, call.now, call.now, correlation)
    call.world.pending_events.append(event)
    call.world.tests[correlation] = event
    call.effect = "created"
    return Answer(200, {"correlationId": correlation})


@route("GET", _ROOT + "/validationEvents/{correlation_id}", "webhooks.test_status", group="webhook",
       page="partner-center-webhooks")  # fmt: skip
def test_status(call: Call) -> Answer:
    """What became of a test event; kept for seven days."""
    event = call.world.tests.get(call.params["correlation_id"].lower())
    if event is None or event.account != call.account or call.now > event.at + _TEST_KEPT:
        raise not_found("The test event")
    registration = call.world.registrations.get(call.account)
    return Answer(
        200,
        {
            "correlationId": event.correlation_id,
            "partnerId": call.partner.tenant_id,
            "status": "completed" if event.results else "pending",
            "callbackUrl": registration.url if registration else None,
            "results": event.results,
        },
    )


@route("GET", "/webhooks/certificate.pem", "webhooks.certificate", service="page", group="webhook",
       page="partner-center-webhooks", note="the emulator's own test authority")  # fmt: skip
def certificate(call: Call) -> Answer:
    """The signing certificate, then its authority."""
    if call.world.webhook_certificate is None:
        raise Refusal(404, 404, "Webhooks are not running.")
    return Answer(200, raw=call.world.webhook_certificate(), content_type="application/x-pem-file")

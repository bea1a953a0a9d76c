"""Webhooks: the registration calls, and what an event says.

One registration, and so one address, per partner tenant. An event is a hint: look the resource up. Whether it
is from Microsoft is decided in ``signatures``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from novation.partnercenter.answers import decode
from novation.partnercenter.errors import BadAnswer
from novation.partnercenter.outcomes import Call, Done, Outcome
from novation.partnercenter.resources import Part, Resource, parse_as, parse_time
from novation.partnercenter.sending import Answer, Sender


class Registration(Resource, frozen=True, kw_only=True, rename="camel"):
    """Where events go, and which."""

    subscriber_id: str | None = None
    webhook_url: str | None = None
    webhook_events: list[str] | None = None
    last_modified_timestamp: datetime | None = None


class Delivery(Part, frozen=True, kw_only=True, rename="camel"):
    """One try to deliver a test event."""

    response_code: str | int | None = None
    response_message: str | None = None
    system_error: bool | None = None
    date_time_utc: datetime | None = None


class TestResult(Resource, frozen=True, kw_only=True, rename="camel"):
    """How a test event fared; kept for seven days."""

    __test__ = False

    correlation_id: str | None = None
    partner_id: str | None = None
    status: str | None = None
    callback_url: str | None = None
    results: list[Delivery] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A callback. ``key`` tells doubles apart: there is no event id and no order.

    ``customer_id`` and the other ids are parsed out of the resource address, which is never followed.
    """

    name: str
    resource_name: str
    changed_at: datetime | None
    customer_id: str | None
    subscription_id: str | None
    relationship_id: str | None
    resource_path: str
    audit_id: str | None
    raw: dict[str, Any]

    @property
    def key(self) -> tuple[str, str, str]:
        """(name, resource address, time) as sent."""
        return (
            self.name,
            str(self.raw.get("ResourceUri") or ""),
            str(self.raw.get("ResourceChangeUtcDate") or ""),
        )


def read_event(body: bytes) -> Event:
    """Read a callback's body. Raises ``BadAnswer`` if it is not an event."""
    raw = decode(200, {}, body)
    if not isinstance(raw, dict):
        raise BadAnswer("a webhook body that is not an object")
    plain = {str(k)[:1].upper() + str(k)[1:]: v for k, v in raw.items()}
    name = plain.get("EventName")
    if not isinstance(name, str) or not name or not name.isprintable():
        raise BadAnswer("a webhook body without EventName")
    path = _path(plain.get("ResourceUri"))
    audit = _path(plain.get("AuditUri") or plain.get("AuditUrl"))
    return Event(
        name=name,
        resource_name=str(plain.get("ResourceName") or ""),
        changed_at=parse_time(str(plain.get("ResourceChangeUtcDate") or "")),
        customer_id=_id_after("customers", path),
        subscription_id=_id_after("subscriptions", path),
        relationship_id=_id_after("granularAdminRelationships", path)
        or _id_after("delegatedAdminRelationships", path),
        resource_path=path,
        audit_id=_id_after("auditrecords", audit),
        raw=plain,
    )


class Webhooks:
    """Pages ``register-to-receive-events``, ``send-a-test-event``, ``partner-center-webhook-events``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def events(self) -> list[str]:
        """Return the event names that can be registered for now."""
        return await self._sender.read_as(self._sender.request("webhooks.events"), _parse_names)

    async def registration(self) -> Registration:
        """Return the registration. Raises ``NotFound`` if there is none."""
        return await self._sender.fetch(self._sender.request("webhooks.registration"), Registration)

    async def register(
        self,
        url: str,
        event_names: Sequence[str],
        *,
        signature_in_own_header: bool = True,
        call: Call | None = None,
    ) -> Outcome[Registration]:
        """Register for the first time. A registration that exists gives ``NotDone(AlreadyExists)``:
        update."""
        body = _registration(url, event_names, signature_in_own_header)
        request = self._sender.request("webhooks.register", body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(Registration, answer.body))

    async def update(
        self,
        url: str,
        event_names: Sequence[str],
        *,
        signature_in_own_header: bool = True,
        call: Call | None = None,
    ) -> Outcome[Registration]:
        """Replace the registration."""
        body = _registration(url, event_names, signature_in_own_header)
        request = self._sender.request("webhooks.update", body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(Registration, answer.body))

    async def send_test(self, *, call: Call | None = None) -> Outcome[str]:
        """Ask for a ``test-created`` event; the value is its correlation id. Two a minute."""
        outcome = await self._sender.write(
            self._sender.request("webhooks.send_test"), call, lambda answer: parse_as(TestResult, answer.body)
        )
        if isinstance(outcome, Done):
            return Done(outcome.value.correlation_id or "", outcome.exchange)
        return outcome

    async def test_result(self, correlation_id: str) -> TestResult:
        """Return how the test event fared."""
        request = self._sender.request("webhooks.test_result", {"correlation_id": correlation_id})
        return await self._sender.fetch(request, TestResult)


def _registration(url: str, event_names: Sequence[str], own_header: bool) -> dict[str, Any]:
    return {
        "WebhookUrl": url,
        "WebhookEvents": list(event_names),
        "SignatureTokenToMsSignatureHeader": own_header,
    }


def _parse_names(answer: Answer) -> list[str]:
    if not isinstance(answer.body, list) or not all(isinstance(name, str) for name in answer.body):
        raise BadAnswer("expected a list of event names", status=answer.status)
    return list(answer.body)


def _path(address: Any) -> str:
    if not isinstance(address, str):
        return ""
    try:
        return urlsplit(address).path
    except ValueError:
        raise BadAnswer("a webhook body with an address that is none") from None


def _id_after(word: str, path: str) -> str | None:
    found = re.search(rf"/{word}/([^/?#]+)", path, re.IGNORECASE)
    if found is None or not (len(found.group(1)) <= 100 and found.group(1).isprintable()):
        return None  # no id of Microsoft's, and nothing that a database need take
    return found.group(1)

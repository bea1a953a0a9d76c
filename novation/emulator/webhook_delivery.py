"""Brings webhook events to the registered address: signed, repeated when refused, late, doubled or lost on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta
from typing import Any

import aiohttp

from novation.emulator.certificates import Signer
from novation.emulator.clock import wire_time
from novation.emulator.webhook_events import ATTEMPTS, WebhookEvent
from novation.emulator.world import World

POLL_SECONDS = 0.1  # wall seconds
RETRY_AFTER = timedelta(minutes=5)  # virtual; the real interval is not documented
LONGEST_DELAY = timedelta(hours=48)
ANSWER_TIMEOUT_SECONDS = 5.0


class Delivery:
    """A task beside the server. ``base`` is the address of the API, for the certificate's URL."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base
        self._signer: Signer | None = None
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def signer(self) -> Signer:
        """Made at the first use: an RSA key takes a moment."""
        if self._signer is None:
            self._signer = Signer()
        return self._signer

    def start(self) -> None:
        """Begins to look for events."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stops; what was not delivered stays undelivered."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._session is not None:
            await self._session.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            world = self.world
            if not world.registrations:
                continue
            world.run_due(world.clock.now())
            due = [event for event in world.pending_events if event.next_at <= world.now]
            if due:
                world.pending_events = [event for event in world.pending_events if event.next_at > world.now]
                await asyncio.gather(*(self._handle(event) for event in due))

    async def _handle(self, event: WebhookEvent) -> None:
        if event.attempts == 0 and not event.decided:
            event.decided = True
            if not self._decide_fate(event):
                return
        await self._send(event)

    def _decide_fate(self, event: WebhookEvent) -> bool:
        # The fate of an event is decided once, when it is first due.
        faults, subject = self.world.faults, f"{event.event} {event.uri} {wire_time(event.at)}"
        if event.event == "test-created":
            return True
        if faults.should_inject("webhook_lost", subject):
            self.world.call_record.count_fault("webhook_lost")
            return False
        if faults.should_inject("webhook_doubled", subject):
            self.world.call_record.count_fault("webhook_doubled")
            self.world.pending_events.append(event.duplicate())
        if faults.should_inject("webhook_late", subject):
            self.world.call_record.count_fault("webhook_late")
            event.next_at = self.world.now + LONGEST_DELAY * (1 + len(subject) % 10) / 10
            self.world.pending_events.append(event)
            return False
        return True

    async def _send(self, event: WebhookEvent) -> None:
        registration = self.world.registrations.get(event.account)
        if registration is None:
            return
        payload: dict[str, Any] = {
            "EventName": event.event,
            "ResourceUri": f"{self.base}{event.uri}" if event.uri else None,
            "ResourceName": event.name,
            "AuditUri": f"{self.base}/auditactivity/v1/auditrecords/{event.audit_id}"
            if event.audit_id
            else None,
            "ResourceChangeUtcDate": wire_time(event.at),
        }
        body = json.dumps(payload).encode()
        scheme = "x-ms-signature" if registration.x_ms_signature else "Authorization"
        headers = {
            "Content-Type": "application/json",
            scheme: f"Signature {self.signer.sign(body)}",
            "X-MS-Certificate-Url": f"{self.base}/webhooks/certificate.pem",
            "X-MS-Signature-Algorithm": "rsa-sha256",
        }
        status, text, fault = await self._post(registration.url, body, headers)
        event.attempts += 1
        event.results.append(
            {"responseCode": str(status or ""), "responseMessage": text, "systemError": fault,
             "dateTimeUtc": wire_time(self.world.now)}
        )  # fmt: skip
        if not 200 <= status < 300 and event.attempts < ATTEMPTS and event.event != "test-created":
            event.next_at = self.world.now + RETRY_AFTER
            self.world.pending_events.append(event)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bool]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_SECONDS))
        try:
            async with self._session.post(
                url, data=body, headers=headers, ssl=False, allow_redirects=False
            ) as answer:
                return answer.status, answer.reason or "", False
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return 0, type(error).__name__, True

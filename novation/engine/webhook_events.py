"""Follows hints of webhooks: checks who signed them, and lets what they speak of be read now.

A hint that is lost, late, doubled or replayed does no harm: readings by date find the same, only later.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from pathlib import Path

import httpx2
from cryptography import x509
from django.conf import settings

from novation.clock import Clock
from novation.customers.models import Hint
from novation.engine.context import EngineContext
from novation.engine.periodic import Periodic
from novation.moves.services import webhook_events
from novation.partnercenter.signatures import (
    LARGEST_CERTIFICATE,
    Claim,
    SignatureRefused,
    load_certificates,
    verify,
)
from novation.partnercenter.webhooks import read_event

log = logging.getLogger(__name__)

#: Real seconds between looks; one look without hints is one query on a small index.
EVERY = 2.0
#: Hints in one look.
GROUP = 50
#: Real seconds for which a fetched certificate is used again, and a failed fetch is not tried again.
FRESH, SORRY = 3600.0, 30.0


class Certificates:
    """The signing certificates, fetched from the listed hosts alone and kept for an hour."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, list[x509.Certificate] | None]] = {}

    async def of(self, url: str) -> list[x509.Certificate] | None:
        """The chain at this address; None when it cannot be had now.

        Raises:
            SignatureRefused: what lies there is no certificate.
        """
        until, chain = self._kept.get(url, (0.0, None))
        if time.monotonic() >= until:
            data = await self.fetch(url)
            chain = load_certificates(data) if data is not None else None
            if len(self._kept) > 100:
                self._kept.clear()  # addresses come from outside: their number must not grow without bound
            self._kept[url] = (time.monotonic() + (FRESH if chain else SORRY), chain)
        return chain

    async def fetch(self, url: str) -> bytes | None:
        """The bytes at this address, at most as many as a certificate may have."""
        try:
            async with (
                httpx2.AsyncClient(timeout=10.0, follow_redirects=False) as http,
                http.stream("GET", url) as answer,
            ):
                if answer.status_code != 200:
                    return None
                data = b""
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > LARGEST_CERTIFICATE:
                        return data  # too large: `load_certificates` says so
                return data
        except httpx2.HTTPError as error:
            log.info("No certificate from %s: %s", url, type(error).__name__, extra={"action": "hint_waits"})
            return None


def roots() -> list[x509.Certificate]:
    """The anchors that we trust: those of a file when one is named, else those of the system."""
    if settings.NOVATION_WEBHOOK_ROOTS:
        return x509.load_pem_x509_certificates(Path(settings.NOVATION_WEBHOOK_ROOTS).read_bytes())
    found = []
    for raw in ssl.create_default_context().get_ca_certs(binary_form=True):
        with contextlib.suppress(ValueError):
            found.append(x509.load_der_x509_certificate(raw))
    return found


def job(context: EngineContext) -> Periodic:
    """Follows hints again and again."""
    certificates = Certificates()
    anchors: list[x509.Certificate] = []

    async def run() -> None:
        waiting = await context.db(lambda: list(Hint.objects.filter(state=Hint.State.NEW)[:GROUP]))
        if waiting and not anchors:
            anchors.extend(roots())
        for hint in waiting:
            await follow(context, certificates, anchors, hint)

    return Periodic("webhook-events", EVERY, run)


async def follow(
    context: EngineContext, certificates: Certificates, anchors: list[x509.Certificate], hint: Hint
) -> None:
    """Checks one hint and follows it; it waits when the certificate cannot be had now."""
    body = bytes(hint.body)
    claim = Claim(bytes(hint.signature), hint.certificate_url, hint.algorithm)
    try:
        chain = await certificates.of(hint.certificate_url)
        if chain is None:
            return
        # Certificates hold in real time, whatever the time of a rehearsal.
        verify(body, claim, chain, roots=anchors, now=Clock().now())
    except SignatureRefused as reason:
        log.warning("A webhook was refused: %s", reason, extra={"action": "hint_refused", "hint": hint.pk})
        await context.db(webhook_events.settle, hint, Hint.State.REFUSED, str(reason))
        return
    event = read_event(body)
    await context.db(
        webhook_events.follow,
        hint,
        tenant=event.customer_id or "",
        relationship=event.relationship_id or "",
        now=context.clock.now(),
    )

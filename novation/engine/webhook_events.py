"""Follows hints of webhooks: checks who signed them, and lets what they speak of be read now.

A hint that is lost, late, doubled or replayed does no harm: readings by date find the same, only later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from django.conf import settings

from novation.clock import Clock
from novation.customers.models import WebhookEvent
from novation.engine.context import EngineContext
from novation.engine.db_retry import is_connection_lost
from novation.engine.periodic import Periodic
from novation.moves.services import webhook_events
from novation.partnercenter.signatures import (
    LARGEST_CERTIFICATE,
    Claim,
    SignatureRefused,
    check_address,
    load_certificates,
    verify,
)
from novation.partnercenter.webhooks import read_event

log = logging.getLogger(__name__)

#: Real seconds between looks; one look without hints is one query on a small index.
EVERY = 2.0
#: Hints in one look, and certificates that are fetched in it at most: addresses come from anybody, and each costs a
#: call in our name.
GROUP, FETCHES = 50, 4
#: Real seconds for which a fetched certificate is used again, and a failed fetch is not tried again.
FRESH, SORRY = 3600.0, 30.0
#: Real seconds that one fetch may take as a whole.
LONGEST = 10.0
#: Certificates kept at most.
MOST = 100
#: Real seconds between two looks for hints to forget.
FORGETTING = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lay at an address.

    Args:
        until: monotonic seconds until which this counts.
        chain: empty when it could not be had, or was none.
        refused: why what lies there is no certificate.
    """

    until: float
    chain: tuple[x509.Certificate, ...] = ()
    refused: str = ""


class Certificates:
    """The signing certificates, fetched from the listed hosts alone and kept for an hour."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def known(self) -> list[str]:
        """The addresses whose certificate is at hand."""
        now = time.monotonic()
        return [url for url, kept in self._kept.items() if kept.chain and kept.until > now]

    def answered(self, url: str) -> bool:
        """Whether `of` can say without a call what is to be had at this address."""
        kept = self._kept.get(url)
        return kept is not None and kept.until > time.monotonic()

    async def of(self, url: str) -> list[x509.Certificate] | None:
        """The chain at this address; None when it cannot be had now.

        Raises:
            SignatureRefused: the address is not allowed, or what lies there is no certificate.
        """
        check_address(url, hosts=settings.NOVATION_WEBHOOK_HOSTS)
        if not self.answered(url):
            self._make_room()
            self._kept[url] = await self._look(url)
        kept = self._kept[url]
        if kept.refused:
            raise SignatureRefused(kept.refused)
        return list(kept.chain) or None

    async def _look(self, url: str) -> _Kept:
        data = await self.fetch(url)
        if data is None:
            return _Kept(time.monotonic() + SORRY)
        try:
            return _Kept(time.monotonic() + FRESH, tuple(load_certificates(data)))
        except SignatureRefused as reason:
            return _Kept(time.monotonic() + SORRY, refused=str(reason))

    def _make_room(self) -> None:
        # Addresses come from outside: their number must not grow without bound, and junk must not displace what is
        # used.
        if len(self._kept) >= MOST:
            worst = min(self._kept.items(), key=lambda one: (bool(one[1].chain), one[1].until))
            del self._kept[worst[0]]

    async def fetch(self, url: str) -> bytes | None:
        """The bytes at this address, at most as many as a certificate may have; None when it cannot be had now."""
        try:
            async with (
                asyncio.timeout(LONGEST),
                httpx2.AsyncClient(timeout=LONGEST, follow_redirects=False) as http,
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
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError) as error:
            log.info("No certificate from %s: %s", url, type(error).__name__, extra={"action": "hint_waits"})
            return None


def roots() -> list[x509.Certificate]:
    """The anchors that we trust: those of a file when one is named, else those of the system."""
    if settings.NOVATION_WEBHOOK_ROOTS:
        return x509.load_pem_x509_certificates(Path(settings.NOVATION_WEBHOOK_ROOTS).read_bytes())
    found = []
    with warnings.catch_warnings():
        # Some systems carry old anchors with a serial number that is not positive. They are no concern of ours.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for raw in ssl.create_default_context().get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                found.append(x509.load_der_x509_certificate(raw))
    return found


def job(context: EngineContext) -> Periodic:
    """Follows hints again and again."""
    certificates = Certificates()
    anchors: list[x509.Certificate] = []
    forgot = -FORGETTING

    async def run() -> None:
        nonlocal forgot
        clock = context.clock
        if time.monotonic() - forgot >= FORGETTING:
            forgot = time.monotonic()
            await context.db(lambda: webhook_events.forget_old(now=clock.now(), clock=clock))
        waiting = await context.db(
            lambda: webhook_events.due(now=clock.now(), known=certificates.known(), most=GROUP)
        )
        if waiting and not anchors:
            anchors.extend(roots())
        await look(context, certificates, anchors, waiting)

    return Periodic("webhook events", EVERY, run)


async def look(
    context: EngineContext,
    certificates: Certificates,
    anchors: list[x509.Certificate],
    waiting: Sequence[WebhookEvent],
) -> None:
    """Follows some webhook_events. Those whose certificate would be one fetch too many stay for the next look."""
    wanted = list(dict.fromkeys(hint.certificate_url for hint in waiting))
    fetched = set([url for url in wanted if not certificates.answered(url)][:FETCHES])
    await asyncio.gather(*(_fetched(certificates, url) for url in fetched))
    for hint in waiting:
        if hint.certificate_url in fetched or certificates.answered(hint.certificate_url):
            await follow(context, certificates, anchors, hint)


async def _fetched(certificates: Certificates, url: str) -> None:
    # What goes wrong is said, and settled, when the hint is followed.
    with contextlib.suppress(Exception):
        await certificates.of(url)


async def follow(
    context: EngineContext, certificates: Certificates, anchors: list[x509.Certificate], hint: WebhookEvent
) -> None:
    """Checks one hint and follows it; it waits when the certificate cannot be had now.

    Whatever goes wrong with one hint settles that hint: what anybody may send must never keep the others waiting.

    Raises:
        django.db.Error: the database cannot be had, which says nothing about the hint.
    """
    try:
        await _follow(context, certificates, anchors, hint)
    except SignatureRefused as reason:
        log.warning("A webhook was refused: %s", reason, extra={"action": "hint_refused", "hint": hint.pk})
        await context.db(webhook_events.settle, hint, WebhookEvent.State.REFUSED, str(reason))
    except Exception as error:
        if is_connection_lost(error):
            raise
        log.exception("A webhook could not be followed.", extra={"action": "hint_bug", "hint": hint.pk})
        await context.db(
            webhook_events.settle, hint, WebhookEvent.State.REFUSED, f"{type(error).__name__} in our own code"
        )


async def _follow(
    context: EngineContext, certificates: Certificates, anchors: list[x509.Certificate], hint: WebhookEvent
) -> None:
    body = bytes(hint.body)
    claim = Claim(bytes(hint.signature), hint.certificate_url, hint.algorithm)
    chain = await certificates.of(hint.certificate_url)
    if chain is None:
        note, now = "its certificate could not be had", context.clock.now()
        await context.db(webhook_events.not_checked, hint, note, now=now, clock=context.clock)
        return
    # Certificates hold in real time, whatever the time of a rehearsal.
    verify(body, claim, chain, roots=anchors, now=Clock().now())
    event = read_event(body)
    await context.db(
        webhook_events.follow,
        hint,
        tenant=event.customer_id or "",
        relationship=event.relationship_id or "",
        now=context.clock.now(),
    )

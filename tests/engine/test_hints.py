"""Webhooks are hints: signed ones let the engine look sooner; forged, doubled, late and lost ones change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from django.test import Client

from novation.customers.models import WebhookEvent
from novation.emulator.certificates import Signer
from novation.engine import webhook_events
from novation.moves.models import Move
from novation.moves.services import webhook_events as stored
from tests.engine.rehearsal import Rehearsal

URL = "https://crl.microsoft.com/signing.pem"
PAGE = "/hooks/partner-center/target/"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def anchors(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[x509.Certificate]]:
    async def fetch(self: object, url: str) -> bytes:
        return signer.pem

    monkeypatch.setattr(webhook_events.Certificates, "fetch", fetch)
    yield [signer.authority.certificate]


def said(tenant: str, name: str = "reseller-relationship-accepted-by-customer") -> bytes:
    uri = f"https://api.partnercenter.microsoft.com/v1/customers/{tenant}"
    body = {"EventName": name, "ResourceUri": uri, "ResourceName": "Customer", "AuditUri": None,
            "ResourceChangeUtcDate": "2026-11-24T10:00:00Z"}  # fmt: skip
    return json.dumps(body).encode()


def post(body: bytes, signature: str, **changes: str) -> int:
    headers = {"x-ms-signature": f"Signature {signature}", "x-ms-certificate-url": URL,
               "x-ms-signature-algorithm": "rsa-sha256", **changes}  # fmt: skip
    return Client().post(PAGE, body, content_type="application/json", headers=headers).status_code


def followed(house: Rehearsal, anchors: list[x509.Certificate]) -> None:
    certificates = webhook_events.Certificates()
    for hint in WebhookEvent.objects.filter(state=WebhookEvent.State.NEW):
        house.run(webhook_events.follow(house.engine.context, certificates, anchors, hint))


def waiting(house: Rehearsal) -> Move:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    house.idle()
    assert Move.objects.get(pk=move.pk).relationship_state == "waiting"
    return Move.objects.select_related("customer").get(pk=move.pk)


def test_a_signed_hint_is_looked_at_and_what_was_read_counts(
    house: Rehearsal, signer: Signer, anchors: list[Any]
) -> None:
    move = waiting(house)
    tenant, body = move.customer.tenant_id, said(move.customer.tenant_id)
    house._quietly("POST", f"/customers/{tenant}/accept-relationship", partner="target", person="Jana")
    assert post(body, signer.sign(body)) == 204
    assert Move.objects.get(pk=move.pk).relationship_state == "waiting", "the page believes nothing"
    followed(house, anchors)
    house.idle()
    assert Move.objects.get(pk=move.pk).relationship_state == "accepted"


def test_a_hint_of_something_that_is_not_so_changes_nothing(
    house: Rehearsal, signer: Signer, anchors: list[Any]
) -> None:
    move = waiting(house)
    body = said(move.customer.tenant_id)
    post(body, signer.sign(body))
    followed(house, anchors)
    house.idle()
    assert Move.objects.get(pk=move.pk).relationship_state == "waiting"


def test_a_doubled_or_replayed_hint_is_kept_once(
    house: Rehearsal, signer: Signer, anchors: list[Any]
) -> None:
    move = waiting(house)
    body = said(move.customer.tenant_id)
    assert [post(body, signer.sign(body)) for _ in range(3)] == [204] * 3
    followed(house, anchors)
    assert post(body, signer.sign(body)) == 204
    assert [hint.state for hint in WebhookEvent.objects.all()] == ["followed"]


def test_a_forged_hint_wakes_nobody(house: Rehearsal, signer: Signer, anchors: list[Any]) -> None:
    move = waiting(house)
    before = Move.objects.get(pk=move.pk).relationship_read_at
    body = said(move.customer.tenant_id)
    assert post(body, Signer().sign(body)) == 204
    followed(house, anchors)
    (hint,) = WebhookEvent.objects.all()
    assert (hint.state, "signature" in hint.note) == ("refused", True)
    assert Move.objects.get(pk=move.pk).relationship_read_at == before
    # The forgery does not keep the true one out.
    assert post(body, signer.sign(body)) == 204
    assert WebhookEvent.objects.count() == 2


def test_what_cannot_be_microsofts_is_turned_away_at_the_door(house: Rehearsal, signer: Signer) -> None:
    body = said("11111111-1111-4111-8111-111111111111")
    good = signer.sign(body)
    assert post(body, good, **{"x-ms-certificate-url": "https://evil.example/cert.pem"}) == 401
    assert post(body, good, **{"x-ms-certificate-url": "http://crl.microsoft.com/cert.pem"}) == 401
    assert post(body, good, **{"x-ms-signature-algorithm": "md5"}) == 401
    assert post(body, "not base64!") == 401
    assert post(b"{}", good) == 400
    assert post(b"x" * 20_000, good) == 413
    assert Client().get(PAGE).status_code == 405
    assert not WebhookEvent.objects.exists()


def test_too_many_at_once_are_asked_to_come_again(
    house: Rehearsal, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST", 1)
    one, other = said("1" * 8), said("2" * 8)
    assert post(one, signer.sign(one)) == 204
    assert post(other, signer.sign(other)) == 503


def test_without_its_certificate_a_hint_waits(
    house: Rehearsal, signer: Signer, anchors: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = said("1" * 8)
    post(body, signer.sign(body))

    async def nothing(self: object, url: str) -> None:
        return None

    monkeypatch.setattr(webhook_events.Certificates, "fetch", nothing)
    followed(house, anchors)
    assert WebhookEvent.objects.get().state == "new"

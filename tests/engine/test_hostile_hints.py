"""Whatever anybody posts to the webhook page: the engine settles it or keeps it, and goes on."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from novation.customers.models import WebhookEvent
from novation.emulator.certificates import Signer
from novation.engine import webhook_events as following
from novation.moves.services import webhook_events as hints
from novation.partnercenter.signatures import SignatureRefused, check_address
from tests.engine.rehearsal import Rehearsal

PAGE = "/hooks/partner-center/source/"
POISON = "https://a.microsoft.com:x/"
GOOD = "https://crl.microsoft.com/signing.pem"

#: Addresses that an HTTP client, or a reader of addresses, was seen to stumble over.
NASTY = [
    POISON, "https://[", "https://a.microsoft.com/\x01", "https://a.microsoft.com/\x7f", "https://\u00e9.microsoft.com/",
    "https://xn--a.microsoft.com/", f"https://{'1' * 300}.microsoft.com/", "https://127.0.0.1\\@a.microsoft.com/",
    "https://u:p@a.microsoft.com/", "https://a.microsoft.com#@b/", "https://a%2emicrosoft.com/", "https://.microsoft.com/",
    "https://a..microsoft.com/", "https://a.microsoft.com./", "https://a.microsoft.com:443/", "https://a.microsoft.com",
    "https://-a.microsoft.com/", "https://a_b.microsoft.com/", "https://a.microsoft.com/ x", "HTTPS://a.microsoft.com/\n",
    f"https://a.microsoft.com/{'x' * 500}", "http://a.microsoft.com/", "https://a.microsoft.com/\u202e",
]  # fmt: skip


def post(url: str, body: bytes, *, address: str = "192.0.2.1", signature: str = "AAAA") -> int:
    headers = {"x-ms-signature": f"Signature {signature}", "x-ms-certificate-url": url,
               "x-ms-signature-algorithm": "rsa-sha256"}  # fmt: skip
    client = Client(raise_request_exception=True, REMOTE_ADDR=address)
    return client.post(PAGE, body, content_type="application/json", headers=headers).status_code


def event(number: int = 0, name: str = "subscription-updated") -> bytes:
    return json.dumps({"EventName": name, "ResourceUri": f"https://x.example/v1/customers/{number}"}).encode()


def kept(url: str, number: int = 0) -> WebhookEvent:
    """A hint as an older version may have kept it: nothing about it was checked."""
    return WebhookEvent.objects.create(
        digest=f"{url}{number}"[:64], account="source", body=event(number), signature=b"x", certificate_url=url[:500],
        algorithm="rsa-sha256", event="x", received_at="2026-11-24T10:00Z", next_try_at="2026-11-24T10:00Z",
    )  # fmt: skip


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What lies at addresses outside; anything else is not found. No call leaves this process."""
    pages: dict[str, bytes] = {}
    real = httpx2.AsyncClient

    def answer(request: httpx2.Request) -> httpx2.Response:
        data = pages.get(str(request.url))
        return httpx2.Response(404) if data is None else httpx2.Response(200, content=data)

    def client(**options: Any) -> httpx2.AsyncClient:
        return real(**options, transport=httpx2.MockTransport(answer))

    monkeypatch.setattr(following.httpx2, "AsyncClient", client)
    yield pages


def look(house: Rehearsal, certificates: following.Certificates | None = None, anchors: Any = ()) -> None:
    """One look of the engine, with time gone by since the last."""
    certificates = certificates or following.Certificates()
    WebhookEvent.objects.filter(state="new").update(next_try_at=house.clock.now())
    waiting = hints.due(now=house.clock.now(), known=certificates.known(), most=following.GROUP)
    house.run(following.look(house.engine, certificates, list(anchors), waiting))


@pytest.mark.parametrize("url", NASTY, ids=[str(number) for number in range(len(NASTY))])
def test_an_address_that_is_none_is_turned_away_and_an_old_row_with_it_is_settled(
    house: Rehearsal, outside: dict[str, bytes], url: str
) -> None:
    with pytest.raises(SignatureRefused):
        check_address(url)
    if url.isprintable() and url.isascii():  # what can be sent as a header at all
        assert post(url, event()) == 401
    assert not WebhookEvent.objects.exists()
    kept(url)
    for _ in range(3):
        look(house)
    assert WebhookEvent.objects.get().state == "refused"


_hosts = st.sampled_from(
    ["a.microsoft.com", "microsoft.com", "3psostorageacct.blob.core.windows.net", "b.c.microsoft.com"]
)
_urls = st.one_of(
    st.builds("https://{}{}".format, _hosts, st.text(max_size=30)),
    st.builds("https://{}/{}".format, _hosts, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)),
    st.builds("https://{}{}/".format, st.text(max_size=20), _hosts),
    st.sampled_from(NASTY),
    st.text(max_size=40),
)  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
_bodies = st.one_of(
    st.binary(max_size=200),
    st.fixed_dictionaries(
        {"EventName": st.text(max_size=90) | st.just("relationship-accepted")},
        optional={
            "ResourceUri": st.text(max_size=40) | _json
            | st.builds("https://x/customers/{}".format, st.text(max_size=20)),
            "AuditUri": _json, "ResourceChangeUtcDate": st.text(max_size=30) | _json, "ResourceName": _json,
        },
    ).map(lambda one: json.dumps(one).encode()),
)  # fmt: skip
_pages = st.one_of(st.none(), st.binary(max_size=300), st.just(Signer().pem))


@given(url=_urls, body=_bodies, page=_pages, signature=st.binary(min_size=1, max_size=64))
@example(url=POISON, body=b'{"EventName":"x"}', page=None, signature=b"\0\0\0")
@example(url=GOOD, body=b'{"EventName":"x","ResourceUri":"https://[/x"}', page=None, signature=b"\0")
@example(url=GOOD, body=b'{"EventName":"x\\u0000"}', page=None, signature=b"\0")
@example(url=GOOD, body=b'{"EventName":"\\ud800"}', page=None, signature=b"\0")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_the_page_kept_is_settled_or_kept_without_raising(
    house: Rehearsal, outside: dict[str, bytes], url: str, body: bytes, page: bytes | None, signature: bytes
) -> None:
    WebhookEvent.objects.all().delete()
    outside.clear()
    if page is not None:
        outside[url] = page
    sendable = url.encode("latin-1", "ignore").decode("latin-1").replace("\n", "").replace("\r", "")
    status = post(sendable, body, signature=base64.b64encode(signature).decode())
    assert status in (204, 400, 401)
    assert WebhookEvent.objects.exists() == (status == 204)
    for _ in range(3):
        look(house)
    assert not WebhookEvent.objects.filter(state="new").exists(), "three failures settle it"


def test_a_bug_of_ours_settles_the_hint_that_found_it_and_is_logged(
    house: Rehearsal,
    outside: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    signer = Signer()
    outside[GOOD] = signer.pem
    for number in (1, 2):
        assert post(GOOD, event(number), signature=signer.sign(event(number))) == 204
    real = hints.follow

    def follow(hint: WebhookEvent, **rest: Any) -> int:
        if hint.pk == 1:
            raise ZeroDivisionError
        return real(hint, **rest)

    monkeypatch.setattr(hints, "follow", follow)
    look(house, anchors=[signer.authority.certificate])
    assert list(WebhookEvent.objects.values_list("state", flat=True)) == ["refused", "followed"]
    assert any(record.exc_info for record in caplog.records if record.levelname == "ERROR")


def test_a_database_that_is_gone_settles_nothing(
    house: Rehearsal, outside: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hint = kept(GOOD)

    def gone(*_given: Any, **_named: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("novation.engine.db_retry.BACKOFF_SECONDS", ())
    monkeypatch.setattr(hints, "not_checked", gone)
    with pytest.raises(OperationalError):
        house.run(following.follow(house.engine, following.Certificates(), [], hint))
    assert WebhookEvent.objects.get().state == "new"


def test_junk_of_one_network_does_not_starve_another(house: Rehearsal, outside: dict[str, bytes]) -> None:
    signer = Signer()
    outside[GOOD] = signer.pem
    for number in range(60):
        assert post(f"https://a.microsoft.com/{number}", event(number), address="203.0.113.9") == 204
    assert post(GOOD, event(99), signature=signer.sign(event(99))) == 204
    certificates = following.Certificates()
    look(house, certificates, [signer.authority.certificate])
    assert WebhookEvent.objects.filter(state="followed").count() == 1, "its turn comes in the first look"
    assert certificates.known() == [GOOD]
    # From then on its certificate is at hand, so that even the same network waits no longer.
    assert post(GOOD, event(100), address="203.0.113.9", signature=signer.sign(event(100))) == 204
    look(house, certificates, [signer.authority.certificate])
    assert WebhookEvent.objects.filter(state="followed").count() == 2


def test_a_look_fetches_few_certificates(
    house: Rehearsal, outside: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    async def fetch(self: object, url: str) -> None:
        fetched.append(url)

    monkeypatch.setattr(following.Certificates, "fetch", fetch)
    for number in range(20):
        kept(f"https://a.microsoft.com/{number}", number)
    look(house)
    assert len(fetched) == following.FETCHES
    assert WebhookEvent.objects.filter(tries=1).count() == following.FETCHES, (
        "the others did not fail, they wait"
    )


def test_one_network_cannot_fill_the_queue(
    house: Rehearsal, outside: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "MOST_OF_ONE", 3)
    monkeypatch.setattr(hints, "MOST", 5)
    said = [post(GOOD, event(number), address="203.0.113.9") for number in range(4)]
    assert said == [204, 204, 204, 503]
    # The queue as a whole is full: the network with the most makes room, the oldest first.
    said = [post(GOOD, event(number), address=f"192.0.{number}.1") for number in range(10, 14)]
    assert said == [204] * 4
    assert WebhookEvent.objects.count() == 5
    assert b'customers/0"' not in b"".join(bytes(hint.body) for hint in WebhookEvent.objects.all())


def test_what_is_old_is_forgotten_whether_or_not_anything_was_followed(house: Rehearsal) -> None:
    now = house.clock.now()
    old, new = kept(GOOD, 1), kept(GOOD, 2)
    WebhookEvent.objects.filter(pk=old.pk).update(received_at=now - hints.KEPT * 1.1)
    WebhookEvent.objects.filter(pk=new.pk).update(received_at=now)
    refused = kept(GOOD, 3)
    hints.settle(refused, WebhookEvent.State.REFUSED, "")
    WebhookEvent.objects.filter(pk=refused.pk).update(received_at=now - hints.REFUSED_KEPT * 1.1)
    assert hints.forget_old(now=now, clock=house.clock) == 2
    assert WebhookEvent.objects.get() == new


def test_a_large_body_is_refused_before_it_is_read(house: Rehearsal) -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("it was read")

        readline = read

    headers = {
        "x-ms-signature": "Signature AAAA",
        "x-ms-certificate-url": GOOD,
        "x-ms-signature-algorithm": "rsa-sha256",
    }
    answer = Client().generic(
        "POST", PAGE, b"", headers=headers, CONTENT_LENGTH="20000", **{"wsgi.input": Unread()}
    )
    assert answer.status_code == 413

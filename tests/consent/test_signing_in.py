"""Attribution A2: the person signs in with the customer's own tenant, at the emulator's sign-in service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from novation import clock
from novation.consent import identity
from novation.consent.models import Identity
from novation.consent.services import as_kept
from novation.emulator.http import customer_signin
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Decision, Move
from tests.consent.visitor import Visitor
from tests.emulator.running import Bench, running
from tests.telling import NOW, contact_of, make_move

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench(settings: Any) -> Iterator[Bench]:
    with running() as bench:
        settings.NOVATION_LOGIN_URL = bench.ready["login"]
        settings.NOVATION_SIGNIN_CLIENT = customer_signin.CLIENT_ID
        settings.NOVATION_SIGNIN_SECRET = customer_signin.CLIENT_SECRET
        yield bench


@pytest.fixture
def move(bench: Bench) -> Move:
    """A customer that exists at Microsoft."""
    move = make_move(notice="sent", decision="asked")
    move.customer.tenant_id = bench.customer(0)
    move.customer.save()
    return move


def link_on(visitor: Visitor) -> str:
    found = re.search(r'href="(http[^"]*/authorize[^"]*)"', visitor.text())
    assert found, "the page offers no sign-in"
    return found.group(1).replace("&amp;", "&")


def back_from_microsoft(address: str, user: str) -> str:
    """What a person does at Microsoft: reads the page, picks an account; returns where it is sent."""
    form = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    shown = httpx2.get(address)
    assert shown.status_code == 200 and f'value="{user}"' in shown.text
    answer = httpx2.post(address.partition("?")[0], data={**form, "user": user}, follow_redirects=False)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def sign_in(visitor: Visitor, move: Move, user: str = "admin", kind: str = "mandate") -> None:
    visitor.arrive(move)
    visitor.choose(decision=kind)
    visitor.get(back_from_microsoft(link_on(visitor), user))


def test_an_administrator_of_the_tenant_decides_without_a_code(visitor: Visitor, move: Move) -> None:
    sign_in(visitor, move)
    assert "You are back from Microsoft" in visitor.words()
    assert not Identity.objects.exists()  # GET changed nothing
    visitor.submit("/my/signin/")
    assert visitor.address().startswith("/my/check/")
    assert "You have proven who you are" in visitor.words() and 'name="code"' not in visitor.text()
    shown = as_kept(visitor.page.content)
    visitor.confirm()
    assert visitor.address() == "/my/receipt/"
    decision = Decision.objects.get()
    assert (decision.level, decision.email) == ("A2", contact_of(move).email)
    assert decision.code_check.startswith("sign-in ")
    assert bytes(Document.objects.get(sha256=decision.shown_sha256).content) == shown


def test_the_kept_record_is_microsofts_own_signature_over_a_page_that_is_kept_too(
    visitor: Visitor, move: Move
) -> None:
    sign_in(visitor, move)
    visitor.submit("/my/signin/")
    visitor.confirm()
    proven = json.loads(bytes(Event.objects.get(tag=Tag.IDENTITY_PROVEN).body))["data"]
    kept = {name: bytes(Document.objects.get(sha256=name).content) for name in proven["documents"]}
    record = next(json.loads(content) for content in kept.values() if content.startswith(b"{"))
    page = next(content for content in kept.values() if not content.startswith(b"{"))
    key = jwt.PyJWKSet.from_dict(record["jwks"]).keys[0].key
    claims = jwt.decode(record["id_token"], key, algorithms=["RS256"], audience=customer_signin.CLIENT_ID)
    assert claims["tid"] == move.customer.tenant_id == proven["tenant"]
    assert claims["nonce"] == proven["nonce"] and claims["nonce"].encode() in page
    decided = json.loads(bytes(Event.objects.get(tag=Tag.DECISION_MANDATE).body))["data"]
    assert set(decided["documents"]) & set(proven["documents"])
    assert claims["name"] not in json.dumps(proven)  # a person's name is under a commitment


@pytest.mark.parametrize(
    ("user", "words", "reason"),
    [
        ("stranger", "another company’s account", "tenant"),
        ("user", "not an administrator", "role"),
    ],
)
def test_a_wrong_account_gets_a_clear_page_and_nothing_else_is_kept(
    visitor: Visitor, move: Move, user: str, words: str, reason: str
) -> None:
    sign_in(visitor, move, user)
    answer = visitor.submit("/my/signin/")
    assert answer.status_code == 403 and words in visitor.words()
    assert not Identity.objects.exists() and not Decision.objects.exists()
    event = Event.objects.get(tag=Tag.IDENTITY_REFUSED)
    assert event.personal == {} and f'"{reason}"'.encode() in bytes(event.body)
    assert not Document.objects.exclude(kind="shown").exists()


def test_who_cancels_at_microsoft_comes_back_to_the_choice(visitor: Visitor, move: Move) -> None:
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    address = link_on(visitor)
    form = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = httpx2.post(address.partition("?")[0], data={**form, "user": "cancel"}, follow_redirects=False)
    parts = urlsplit(answer.headers["Location"])
    assert visitor.get(f"{parts.path}?{parts.query}").status_code == 403
    assert "You did not sign in" in visitor.words()
    assert not Event.objects.filter(tag__startswith="identity").exists()


def test_a_code_is_good_once_and_in_the_browser_where_it_began(visitor: Visitor, move: Move) -> None:
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    back = back_from_microsoft(link_on(visitor), "admin")
    other = Visitor(visitor.sink)
    other.arrive(make_move(notice="sent", decision="asked"))
    assert other.get(back).status_code == 404  # somebody else's browser
    visitor.get(back)
    before = visitor.page
    visitor.submit("/my/signin/")
    visitor.page = before
    visitor.submit("/my/signin/")
    assert visitor.address().startswith("/my/check/") and Identity.objects.count() == 1
    visitor.confirm()
    visitor.get(back)
    assert visitor.page.status_code == 404 and Decision.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    ["", "?state=x&code=y", "?state=" + "0" * 32 + "&code=y", "?code=" + "y" * 9000, "?error=x&state=%00"],
)
def test_an_invented_way_back_leads_nowhere(visitor: Visitor, move: Move, query: str) -> None:
    visitor.arrive(move)
    assert visitor.get(f"/my/signin/{query}").status_code == 404
    assert not Event.objects.filter(tag__startswith="identity").exists()


def test_a_guessed_code_is_refused_and_counts(visitor: Visitor, move: Move) -> None:
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    back = back_from_microsoft(link_on(visitor), "admin")
    state = parse_qs(urlsplit(back).query)["state"][0]
    visitor.get(f"/my/signin/?code=guessed&state={state}")
    assert visitor.submit("/my/signin/").status_code == 403
    assert "cannot be used" in visitor.words() and not Identity.objects.exists()


def test_a_sign_in_serves_one_choice_for_two_hours(visitor: Visitor, move: Move) -> None:
    sign_in(visitor, move)
    visitor.submit("/my/signin/")
    address = visitor.address()
    visitor.choose(decision="declined")
    assert "You have proven" not in visitor.words()
    clock.use_clock(clock.FixedClock(NOW + timedelta(hours=3)))
    visitor.get(address)
    assert "You have proven" not in visitor.words()


def test_without_an_app_the_page_offers_the_code_alone(visitor: Visitor, settings: Any) -> None:
    settings.NOVATION_SIGNIN_CLIENT = ""
    visitor.arrive(make_move(notice="sent", decision="asked"))
    visitor.choose(decision="mandate")
    assert "authorize" not in visitor.text() and "First: have a code sent" in visitor.words()
    assert visitor.get("/my/signin/?code=a&state=b").status_code == 404


def test_when_microsoft_does_not_answer_nothing_is_lost(visitor: Visitor, move: Move, settings: Any) -> None:
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    visitor.get(back_from_microsoft(link_on(visitor), "admin"))
    settings.NOVATION_LOGIN_URL = "http://127.0.0.1:9"
    assert visitor.submit("/my/signin/").status_code == 503
    assert "does not answer" in visitor.words()


TENANT, NONCE = "11111111-1111-4111-8111-111111111111", "n"
GLOBAL, BILLING = identity.ROLES


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"wids": [BILLING]}, ""),
        ({"wids": ["b79fbf4d-3ef9-4689-8143-76b194e85509"]}, "role"),
        ({"wids": []}, "unknown-role"),
        ({"wids": None}, "unknown-role"),
        ({"wids": "all"}, "unknown-role"),
        ({"tid": "22222222-2222-4222-8222-222222222222"}, "tenant"),
        ({"tid": TENANT.upper()}, ""),
        ({"nonce": "another"}, "invalid"),
    ],
)
def test_claims_are_judged_by_tenant_role_and_nonce(change: dict[str, Any], reason: str) -> None:
    claims = {"tid": TENANT, "nonce": NONCE, "wids": [GLOBAL], **change}
    try:
        identity.judge(claims, tenant=TENANT, nonce=NONCE)
    except identity.NotProven as refused:
        assert refused.reason == reason
    else:
        assert reason == ""


def test_a_token_counts_only_with_the_right_key_audience_issuer_and_time(settings: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    settings.NOVATION_SIGNIN_CLIENT, settings.NOVATION_LOGIN_URL = "us", "https://login.example"
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k", "use": "sig"}
    good = {"aud": "us", "iss": f"https://login.example/{TENANT}/v2.0", "tid": TENANT, "nonce": NONCE}
    good |= {"iat": 1_700_000_000, "exp": 4_000_000_000}

    def reads(key: Any, alg: str = "RS256", kid: str = "k", **change: Any) -> bool:
        token = jwt.encode({**good, **change}, key, algorithm=alg, headers={"kid": kid})
        try:
            return bool(identity.read(token, {"keys": [public]}))
        except identity.NotProven:
            return False

    assert reads(key)
    assert not reads(other)
    assert not reads(key, kid="unknown")
    assert not reads("x" * 40, alg="HS256")
    assert not reads("", alg="none")
    assert not reads(key, aud="somebody else")
    assert not reads(key, iss="https://login.example/other/v2.0")
    assert not reads(key, exp=1_700_000_100)
    assert not reads(key, iat=3_999_999_999)

"""Tokens: the right kind for each operation, one request for many callers, rotation, early renewal."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from novation.partnercenter import NotDone, PartnerCenter, SignedIn, errors
from tests.partnercenter.stand_in import (
    CUSTOMER,
    REFRESH,
    SECRET,
    SOURCE,
    FakeClock,
    Reply,
    StandIn,
    account,
    run,
)


def script_with_customer() -> StandIn:
    script = StandIn()
    script.on("GET", f"/v1/customers/{CUSTOMER}", Reply({"id": CUSTOMER}))
    script.on("GET", "/v1/customers/relationshiprequests", Reply({"url": "https://example.com/?a=1&amp;b=2"}))
    script.on("GET", f"/v1/customers/{CUSTOMER}/subscribedskus", Reply({"items": []}))
    script.on("GET", "/v1.0/tenantRelationships/delegatedAdminRelationships", Reply({"value": []}))
    return script


def test_each_operation_goes_out_with_its_kind_of_token_and_audience() -> None:
    script = script_with_customer()

    async def work(pc: PartnerCenter) -> None:
        await pc.customers.get(CUSTOMER)
        await pc.users.subscribed_skus(CUSTOMER)
        _ = [r async for r in pc.gdap.list()]

    run(script, work)
    bearers = [seen.headers["authorization"] for seen in script.seen]
    assert bearers == [
        "Bearer app-token-for-api",
        "Bearer user-token-for-api",
        "Bearer user-token-for-graph",
    ]


def test_an_account_without_refresh_token_is_told_before_anything_is_sent() -> None:
    script = script_with_customer()

    async def work(pc: PartnerCenter) -> Any:
        with pytest.raises(errors.WrongTokenKind):
            await pc.relationships.invitation()
        return await pc.customers.remove_relationship(CUSTOMER)

    outcome = run(script, work, acc=account(refresh_token=None))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.WrongTokenKind)
    assert script.seen == [] and script.tokens == []


def test_many_callers_share_one_request_for_a_token() -> None:
    script = script_with_customer()

    async def work(pc: PartnerCenter) -> None:
        await asyncio.gather(*(pc.customers.get(CUSTOMER) for _ in range(20)))

    run(script, work)
    assert len(script.tokens) == 1
    assert len(script.seen) == 20


def test_a_rotated_refresh_token_is_stored_and_used_next() -> None:
    script = script_with_customer()
    stored: list[str] = []

    def rotate(form: dict[str, str]) -> Reply:
        number = len(script.tokens)
        return Reply({"access_token": f"t{number}", "expires_in": "3599", "refresh_token": f"new-{number}"})

    script.token_reply = rotate

    async def work(pc: PartnerCenter) -> None:
        await pc.relationships.invitation()
        _ = [r async for r in pc.gdap.list()]

    run(script, work, acc=account(on_refresh_token=stored.append))
    assert [form["refresh_token"] for form in script.tokens] == [REFRESH, "new-1"]
    assert stored == ["new-1", "new-2"]


def test_an_awaitable_keeper_of_refresh_tokens_is_awaited() -> None:
    script = script_with_customer()
    stored: list[str] = []

    async def keep(value: str) -> None:
        await asyncio.sleep(0)
        stored.append(value)

    script.token_reply = lambda form: Reply({"access_token": "t", "expires_in": 60, "refresh_token": "next"})
    run(script, lambda pc: pc.relationships.invitation(), acc=account(on_refresh_token=keep))
    assert stored == ["next"]


def test_a_token_is_renewed_before_it_ends() -> None:
    script, clock = script_with_customer(), FakeClock()

    async def work(pc: PartnerCenter) -> None:
        await pc.customers.get(CUSTOMER)
        clock.time += 3200
        await pc.customers.get(CUSTOMER)
        clock.time += 100
        await pc.customers.get(CUSTOMER)

    run(script, work, clock=clock)
    assert len(script.tokens) == 2


def test_a_401_on_a_read_renews_the_token_once() -> None:
    script = script_with_customer()
    refused = Reply({"code": 400, "description": "token"}, 401)
    script.on("GET", f"/v1/customers/{CUSTOMER}", refused, Reply({"id": CUSTOMER}))
    assert run(script, lambda pc: pc.customers.get(CUSTOMER)).id == CUSTOMER
    assert len(script.tokens) == 2

    script = script_with_customer()
    script.on("GET", f"/v1/customers/{CUSTOMER}", refused)
    with pytest.raises(errors.NotAuthorised):
        run(script, lambda pc: pc.customers.get(CUSTOMER))
    assert len(script.seen) == 2


def test_a_missing_mfa_claim_is_named_and_not_tried_again() -> None:
    script = script_with_customer()
    script.on(
        "GET", "/v1/customers/relationshiprequests", Reply({"code": "900421", "description": "MFA"}, 401)
    )
    with pytest.raises(errors.MfaMissing):
        run(script, lambda pc: pc.relationships.invitation())
    assert len(script.seen) == 1


def test_a_sign_in_that_asks_for_mfa_is_named() -> None:
    script = script_with_customer()
    body = {"error": "invalid_grant", "error_description": "AADSTS50076: multi-factor is required."}
    script.token_reply = lambda form: Reply(body, 400)
    with pytest.raises(errors.MfaMissing) as caught:
        run(script, lambda pc: pc.relationships.invitation())
    assert caught.value.api_call == "sign-in" or caught.value.api_call == "relationships.invitation"


def test_no_secret_shows_in_a_repr_or_an_error() -> None:
    script = script_with_customer()
    text = f"wrong: {SECRET} and {REFRESH}"
    script.token_reply = lambda form: Reply({"error": "invalid_client", "error_description": text}, 401)

    async def work(pc: PartnerCenter) -> str:
        with pytest.raises(errors.NotAuthorised) as caught:
            await pc.relationships.invitation()
        return f"{pc!r} {pc.account!r} {caught.value!r} {caught.value} {vars(caught.value)}"

    shown = run(script, work)
    assert SECRET not in shown and REFRESH not in shown


def test_the_invitation_address_is_plain() -> None:
    link = run(script_with_customer(), lambda pc: pc.relationships.invitation())
    assert link.url == "https://example.com/?a=1&b=2"


def test_a_refresh_token_that_cannot_be_stored_stops_the_call_before_it_is_sent() -> None:
    script = script_with_customer()
    script.token_reply = lambda form: Reply({"access_token": "t", "expires_in": 60, "refresh_token": "next"})

    def full(_token: str) -> None:
        raise OSError("no space left")

    acc = account(on_refresh_token=full)
    outcome = run(script, lambda pc: pc.customers.remove_relationship(CUSTOMER), acc=acc)
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, OSError)
    assert script.seen == []


def _token_that_says(**claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.x"


def test_the_consent_page_is_named_with_everything_that_it_needs() -> None:
    async def work(pc: PartnerCenter) -> str:
        return pc.signing_in.address("http://127.0.0.1/back", state="s 1")

    script = StandIn()
    found = urlsplit(run(script, work, acc=account(refresh_token=None)))
    assert found.path == f"/{SOURCE}/oauth2/authorize"
    query = dict(parse_qsl(found.query))
    assert (query["response_type"], query["state"], query["redirect_uri"]) == (
        "code",
        "s 1",
        "http://127.0.0.1/back",
    )
    assert SECRET not in found.query


def test_a_code_becomes_the_refresh_token_of_the_account() -> None:
    script, stored = script_with_customer(), []

    def reply(form: dict[str, str]) -> Reply:
        said = _token_that_says(upn="service@partner.example", amr=["pwd", "mfa"])
        return Reply(
            {"access_token": said, "expires_in": "3599", "refresh_token": f"after {form['grant_type']}"}
        )

    script.token_reply = reply

    async def work(pc: PartnerCenter) -> SignedIn:
        found = await pc.signing_in.redeem("the-code", redirect_uri="http://127.0.0.1/back")
        await pc.relationships.invitation()
        return found

    found = run(script, work, acc=account(refresh_token=None, on_refresh_token=stored.append))
    assert (found.user, found.mfa) == ("service@partner.example", True)
    assert "after" not in repr(found)
    assert script.tokens[0]["code"] == "the-code"
    assert script.tokens[1]["refresh_token"] == stored[0] == "after authorization_code"


def test_a_used_code_is_refused_without_showing_it_and_is_not_tried_again() -> None:
    script = StandIn()
    text = "AADSTS70008: The code the-code-itself is used."
    script.token_reply = lambda form: Reply({"error": "invalid_grant", "error_description": text}, 400)
    with pytest.raises(errors.NotAuthorised) as caught:
        run(script, lambda pc: pc.signing_in.redeem("the-code-itself", redirect_uri="http://127.0.0.1/"))
    assert "the-code-itself" not in str(caught.value)
    assert len(script.tokens) == 1


@pytest.mark.parametrize(("said", "expected"), [("true", True), ("False", False), ("", None)])
def test_the_server_says_whether_the_account_counts_as_signed_in_with_mfa(
    said: str, expected: bool | None
) -> None:
    script = StandIn()
    path = "/v1/customers/relationshiprequests"
    script.on("GET", path, Reply({"url": "https://x.example"}, 200, {"isMfaCompliant": said}))
    assert run(script, lambda pc: pc.signing_in.mfa_compliant()) is expected
    assert script.calls("GET", path)[0].headers["validatemfa"] == "true"

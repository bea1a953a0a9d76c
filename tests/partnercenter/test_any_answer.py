"""Whatever a server answers to whatever operation: a value, or an error of our tree that names the call."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novation.partnercenter import Done, NotDone, Pace, PartnerCenter, Unknown, errors
from novation.partnercenter.wire import WireAnswer
from tests.partnercenter.stand_in import SECRET, TRUST, FakeClock, account
from tests.partnercenter.test_every_api_call import CALLS

TOKEN = "eyJhbGciOiJIUzI1NiJ9.the-token-that-must-not-show.sig"
NAMES = st.sampled_from(
    ["items", "value", "id", "continuationToken", "links", "next", "uri", "headers", "key", "attributes", "etag",
     "status", "url", "isSigned", "totalCount", "lineItems", "resourceLocation", "@odata.nextLink", "code",
     "description", "error", "message", "quantity", "correlationId", "Items", "ID", "blobs"]
)  # fmt: skip
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12) | st.sampled_from(["2026-11-23T08:00:00Z", "0001-01-01T00:00:00", "https://else.example"])
)  # fmt: skip
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
BODIES = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)


class Answering:
    """A wire that answers everything with one status and body; tokens are in order."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = WireAnswer(status, {"content-type": "application/json", "location": "/x/y"}, body)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None, max_bytes: int,
        before_send: Callable[[], None] | None = None,
    ) -> WireAnswer:  # fmt: skip
        if url.endswith("/oauth2/token"):
            return WireAnswer(200, {}, json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode())
        return self.answer


async def outcome_of(name: str, status: int, body: bytes) -> Any:
    """What the client makes of it: a value, an outcome, or the error that was raised."""
    pace = Pace(per_minute=100_000, tries=2, max_wait=10.0)
    async with PartnerCenter(account(), pace=pace, clock=FakeClock(), verify=TRUST) as pc:
        sender = pc.customers._sender
        sender.wire = sender._tokens._wire = Answering(status, body)
        try:
            return await CALLS[name](pc)
        except errors.PartnerCenterError as problem:
            return problem


async def hold(name: str, status: int, body: bytes) -> None:
    found = await outcome_of(name, status, body)
    problem = found.error if isinstance(found, NotDone | Unknown) else found
    if isinstance(problem, errors.PartnerCenterError):
        assert len(str(problem)) < 700
        assert problem.api_call is not None or isinstance(problem, errors.Invalid)
    else:
        assert not isinstance(problem, BaseException)
    if isinstance(found, Done):
        assert status < 300


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(CALLS)),
    status=st.sampled_from([200, 200, 200, 202, 400, 403, 429, 500]),
    body=BODIES,
)
def test_a_value_or_an_error_of_ours_and_nothing_else(name: str, status: int, body: bytes) -> None:
    asyncio.run(hold(name, status, body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": 7, "value": {"id": []}}',
        b"\xef\xbb\xbf<html><body>Sorry</body></html>",
        b'[{"id": {}}, null, 3]',
        b'{"items": [{"id": "1"',
        b'{"id": null, "status": 5, "links": {"next": 3}}',
    ],
)
def test_the_usual_accidents_of_every_operation_are_told_with_its_name(body: bytes) -> None:
    async def work() -> None:
        for name in CALLS:
            try:
                await hold(name, 200, body)
            except AssertionError as problem:
                raise AssertionError(f"{name}: {problem}") from problem

    asyncio.run(work())


@pytest.mark.parametrize(
    "name", ["customers.get", "subscriptions.update", "gdap.get", "agreements.create_attestation"]
)
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_server_that_repeats_our_secrets_gets_them_into_no_log_and_no_error(
    name: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    for body in (
        {"code": 3000, "description": f"Authorization: Bearer {TOKEN} client_secret={SECRET}"},
        {"error": {"code": "x", "message": f"token={TOKEN}&secret={SECRET}"}},
    ):
        for content in (json.dumps(body).encode(), f"<html>Bearer {TOKEN} password: {SECRET}".encode()):
            with caplog.at_level(logging.DEBUG):
                found = asyncio.run(outcome_of(name, status, content))
            problem = found.error if isinstance(found, NotDone | Unknown) else found
            shown = caplog.text + repr(found)
            if isinstance(problem, BaseException):
                shown += "".join(traceback.format_exception(problem))
            assert TOKEN not in shown
            assert SECRET not in shown

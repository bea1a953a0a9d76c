"""A write comes to exactly one of Done, NotDone and Unknown, and is never sent twice blindly."""

from __future__ import annotations

import socket
from typing import Any
from uuid import UUID

import pytest

from novation.partnercenter import Call, Done, Endpoints, NotDone, Pace, PartnerCenter, Unknown, errors
from tests.partnercenter.stand_in import CUSTOMER, SECRET, FakeClock, Reply, StandIn, account, http_date, run

PATH = f"/v1/customers/{CUSTOMER}"
CALL = Call(UUID(int=7), UUID(int=8))


def remove(*replies: Reply, call: Call | None = CALL, **options: Any) -> tuple[Any, StandIn]:
    script = StandIn()
    script.on("PATCH", PATH, *replies)
    return run(script, lambda pc: pc.customers.remove_relationship(CUSTOMER, call=call), **options), script


def test_a_success_is_done_with_its_exchange() -> None:
    answer = {"Id": CUSTOMER, "RelationshipToPartner": "none", "CompanyProfile": None}
    outcome, script = remove(Reply(answer, headers={"Date": http_date(5)}))
    assert isinstance(outcome, Done)
    assert outcome.value.relationship == "none"
    assert outcome.value.raw == answer
    exchange = outcome.exchange
    assert (exchange.method, exchange.path, exchange.status) == ("PATCH", PATH, 200)
    assert (exchange.request_id, exchange.correlation_id) == (UUID(int=7), UUID(int=8))
    assert exchange.api_call == "customers.remove_relationship"
    assert exchange.server_date is not None and exchange.server_date.second == 5
    assert exchange.server_date.utcoffset() is not None
    (seen,) = script.seen
    assert seen.headers["ms-requestid"] == str(UUID(int=7))
    assert seen.headers["ms-correlationid"] == str(UUID(int=8))
    assert seen.body == {"relationshipToPartner": "none", "attributes": {"objectType": "Customer"}}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 417])
def test_a_refusal_with_a_4xx_is_not_done_and_not_sent_again(status: int) -> None:
    outcome, script = remove(Reply({"code": 3000, "description": "no"}, status))
    assert isinstance(outcome, NotDone)
    assert isinstance(outcome.error, errors.Refused)
    assert outcome.exchange is not None and outcome.exchange.status == status
    assert len(script.seen) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_fault_of_the_server_is_unknown_and_not_sent_again(status: int) -> None:
    outcome, script = remove(Reply({"code": 0, "description": "fault"}, status))
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.error, errors.ServerFault)
    assert len(script.seen) == 1


def test_not_implemented_is_a_clean_refusal() -> None:
    outcome, _ = remove(Reply({"code": 0, "description": "not defined"}, 501))
    assert isinstance(outcome, NotDone)


@pytest.mark.parametrize("how", ["drop", "hang", "cut"])
def test_no_whole_answer_after_sending_is_unknown(how: str) -> None:
    outcome, script = remove(Reply({"Id": CUSTOMER}, how=how))
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.error, errors.Unreachable) and outcome.error.sent
    assert len(script.seen) == 1


@pytest.mark.parametrize("body", [b"<html>gateway</html>", b'{"Id": ', b'["a"]', b'"text"'])
def test_an_unreadable_success_is_unknown(body: bytes) -> None:
    outcome, _ = remove(Reply(body))
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.error, errors.BadAnswer)
    assert outcome.error.api_call == "customers.remove_relationship"
    assert outcome.error.request_id == str(UUID(int=7))


def test_a_refused_connection_is_not_done() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{held.getsockname()[1]}"

        script = StandIn()

        async def with_login(pc: PartnerCenter) -> Any:
            ends = Endpoints(api=dead, login=script.url, graph=dead)
            async with PartnerCenter(account(), ends, clock=FakeClock()) as other:
                return await other.customers.remove_relationship(CUSTOMER)

        outcome = run(script, with_login)
    assert isinstance(outcome, NotDone)
    assert isinstance(outcome.error, errors.Unreachable) and not outcome.error.sent
    assert script.seen == []


def test_a_lease_that_was_lost_stops_the_call_before_a_byte_leaves() -> None:
    class LeaseLost(Exception):
        pass

    def check() -> None:
        raise LeaseLost("another worker holds it")

    outcome, script = remove(Reply({}), call=Call(before_send=check))
    assert isinstance(outcome, NotDone)
    assert isinstance(outcome.error, LeaseLost)
    assert outcome.exchange is None
    assert script.seen == []


def test_a_call_that_was_stopped_leaves_its_place_in_the_pace_to_others() -> None:
    def check() -> None:
        raise PermissionError

    script, clock = StandIn(), FakeClock()
    script.on("PATCH", PATH, Reply({"Id": CUSTOMER}))

    async def work(pc: PartnerCenter) -> Any:
        await pc.customers.remove_relationship(CUSTOMER, call=Call(before_send=check))
        return await pc.customers.remove_relationship(CUSTOMER)

    assert isinstance(run(script, work, clock=clock, pace=Pace(per_minute=1)), Done)
    assert clock.slept == []


def test_the_lease_is_checked_each_time_that_bytes_leave() -> None:
    checks: list[int] = []
    busy = Reply(
        {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 7 seconds."},
        429,
        {"Retry-After": "7"},
    )
    outcome, script = remove(
        busy, busy, Reply({"Id": CUSTOMER}), call=Call(before_send=lambda: checks.append(1))
    )
    assert isinstance(outcome, Done)
    assert len(checks) == len(script.seen) == 3
    assert len({seen.headers["ms-requestid"] for seen in script.seen}) == 1


def test_a_429_on_a_write_waits_and_goes_out_again() -> None:
    clock = FakeClock()
    outcome, script = remove(Reply({}, 429, {"Retry-After": "7"}), Reply({"Id": CUSTOMER}), clock=clock)
    assert isinstance(outcome, Done)
    assert len(script.seen) == 2
    assert sum(clock.slept) >= 7


def test_a_write_gives_up_with_throttled_after_its_patience() -> None:
    outcome, script = remove(Reply({}, 429, {"Retry-After": "57"}))
    assert isinstance(outcome, NotDone)
    assert isinstance(outcome.error, errors.Throttled)
    assert outcome.error.retry_after == 57
    assert len(script.seen) == 3


def test_a_401_on_a_write_is_not_done_and_the_next_call_renews_the_token() -> None:
    script = StandIn()
    script.on("PATCH", PATH, Reply({"code": 400, "description": "expired"}, 401), Reply({"Id": CUSTOMER}))

    async def work(pc: PartnerCenter) -> Any:
        first = await pc.customers.remove_relationship(CUSTOMER)
        return first, await pc.customers.remove_relationship(CUSTOMER)

    first, second = run(script, work)
    assert isinstance(first, NotDone) and isinstance(first.error, errors.NotAuthorised)
    assert isinstance(second, Done)
    assert len(script.tokens) == 2


def test_a_sign_in_that_fails_leaves_a_write_not_done() -> None:
    script = StandIn()
    script.token_reply = lambda form: Reply({"error": "invalid_client", "error_description": SECRET}, 401)
    outcome = run(script, lambda pc: pc.customers.remove_relationship(CUSTOMER))
    assert isinstance(outcome, NotDone)
    assert isinstance(outcome.error, errors.NotAuthorised)
    assert SECRET not in str(outcome.error) + repr(outcome.error)
    assert script.seen == []


@pytest.mark.parametrize("wrong", ["", " ", ".."])
def test_a_missing_id_is_not_done_and_nothing_is_sent(wrong: str) -> None:
    script = StandIn()
    outcome = run(script, lambda pc: pc.customers.remove_relationship(wrong))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)
    assert script.seen == [] and script.tokens == []


def test_a_very_long_pause_is_told_instead_of_waited_for() -> None:
    script, clock = StandIn(), FakeClock()
    script.on("PATCH", PATH, Reply({}, 429, {"Retry-After": "3600"}))

    async def work(pc: PartnerCenter) -> Any:
        first = await pc.customers.remove_relationship(CUSTOMER)
        return first, await pc.customers.remove_relationship(CUSTOMER)

    first, second = run(script, work, clock=clock)
    for outcome in (first, second):
        assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Throttled)
    assert second.exchange is None and second.error.retry_after == pytest.approx(3600, abs=1)
    assert len(script.seen) == 1
    assert sum(clock.slept) == 0

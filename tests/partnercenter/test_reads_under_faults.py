"""Reads are tried again a bounded number of times, wait as told, and raise an error that says what it was."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from novation.partnercenter import Pace, PartnerCenter, errors
from tests.partnercenter.stand_in import CUSTOMER, FakeClock, Reply, StandIn, http_date, run

PATH = f"/v1/customers/{CUSTOMER}"
GOOD = Reply({"id": CUSTOMER})


def get(*replies: Reply, **options: Any) -> tuple[Any, StandIn]:
    script = StandIn()
    script.on("GET", PATH, *replies)

    async def work(pc: PartnerCenter) -> Any:
        try:
            return await pc.customers.get(CUSTOMER)
        except errors.PartnerCenterError as problem:
            return problem

    return run(script, work, **options), script


@pytest.mark.parametrize(
    "fault",
    [
        Reply({}, 500),
        Reply({}, 503),
        Reply(how="drop"),
        Reply({"id": "x"}, how="cut"),
        Reply(b"<html>busy</html>"),
    ],
)
def test_a_passing_fault_is_tried_again(fault: Reply) -> None:
    found, script = get(fault, fault, fault, GOOD)
    assert found.id == CUSTOMER
    assert len(script.seen) == 4
    assert len({seen.headers["ms-requestid"] for seen in script.seen}) == 4


def test_a_lasting_fault_is_raised_after_four_tries() -> None:
    found, script = get(Reply({"code": 1, "description": "down"}, 503))
    assert isinstance(found, errors.ServerFault)
    assert (found.status, found.code) == (503, "1")
    assert len(script.seen) == 4


def test_the_pauses_grow_and_stay_bounded() -> None:
    clock = FakeClock()
    get(Reply({}, 500), clock=clock, pace=Pace(tries=8, backoff=1.0, longest_backoff=5.0))
    assert len(clock.slept) == 7
    assert max(clock.slept) <= 5.0
    assert clock.slept[0] <= 2.0 < clock.slept[-1]


def test_a_503_with_retry_after_is_waited_for() -> None:
    clock = FakeClock()
    found, _ = get(Reply({}, 503, {"Retry-After": "40"}), GOOD, clock=clock)
    assert found.id == CUSTOMER
    assert clock.slept == [40.0]


def test_retry_after_in_seconds_pauses() -> None:
    clock = FakeClock()
    found, _ = get(Reply({}, 429, {"Retry-After": "11"}), GOOD, clock=clock)
    assert found.id == CUSTOMER
    assert sum(clock.slept) == pytest.approx(11)


def test_retry_after_as_a_date_is_measured_against_the_servers_own_date() -> None:
    clock = FakeClock()
    found, _ = get(Reply({}, 429, {"Retry-After": http_date(25), "Date": http_date(5)}), GOOD, clock=clock)
    assert found.id == CUSTOMER
    assert sum(clock.slept) == pytest.approx(20)


def test_a_429_without_header_is_read_from_its_text_and_else_takes_the_default() -> None:
    clock = FakeClock()
    body = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 13 seconds."}
    get(Reply(body, 429), GOOD, clock=clock)
    assert sum(clock.slept) == pytest.approx(13)
    clock = FakeClock()
    get(Reply(b"slow down", 429), GOOD, clock=clock, pace=Pace(pause=17.0))
    assert sum(clock.slept) == pytest.approx(17)


def test_waiting_for_429_ends_after_max_wait() -> None:
    found, script = get(Reply({}, 429, {"Retry-After": "50"}))
    assert isinstance(found, errors.Throttled)
    assert len(script.seen) == 3


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 1000, errors.NotFound),
        (403, 20002, errors.NoRelationship),
        (404, 20002, errors.NoRelationship),
        (403, 13605, errors.NoAgreement),
        (400, 600061, errors.AlreadyExists),
        (409, "anything", errors.AlreadyExists),
        (412, None, errors.StaleTag),
        (400, 2055, errors.StaleTag),
        (401, "900421", errors.MfaMissing),
        (403, 900329, errors.WrongTokenKind),
        (403, 900308, errors.MissingRole),
        (409, 900101, errors.TransferConflict),
        (409, 900104, errors.TransferConflict),
        (409, 900278, errors.Pending),
        (400, 2006, errors.Refused),
        (410, "resyncRequired", errors.Gone),
    ],
)
def test_errors_are_told_apart_by_status_and_code(status: int, code: Any, kind: type) -> None:
    found, _ = get(Reply({"code": code, "description": "x" * 400}, status))
    assert type(found) is kind
    assert found.status == status
    assert found.code == (None if code is None else str(code))
    assert len(found.description) <= 256
    assert len(str(found).split(" (request")[0]) <= 256 + len("customers.get: ")


def test_a_graph_error_is_read() -> None:
    found, _ = get(Reply({"error": {"code": "Request_ResourceNotFound", "message": "gone"}}, 404))
    assert isinstance(found, errors.NotFound)
    assert (found.code, found.description) == ("Request_ResourceNotFound", "gone")


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "' + CUSTOMER.encode() + b'", "companyProfile": {',
        b"<!DOCTYPE html><html><body>Service unavailable. Bearer abc.def.ghi</body></html>",
        b"[1, 2, 3]",
        b"\xff\xfe\x00",
        b'"just text"',
    ],
)
def test_an_unreadable_answer_names_operation_ids_and_a_short_safe_excerpt(body: bytes) -> None:
    found, _ = get(Reply(body))
    assert isinstance(found, errors.BadAnswer)
    text = str(found)
    assert text.startswith("customers.get: ")
    assert found.request_id and found.request_id in text
    assert found.correlation_id and found.correlation_id in text
    assert len(found.excerpt) <= 80
    assert "abc.def.ghi" not in text


def test_an_html_error_page_is_a_server_fault_and_its_text_stays_out() -> None:
    page = b"<html><body>secret-in-the-page</body></html>"
    found, _ = get(Reply(page, 502, {"Content-Type": "text/html"}))
    assert isinstance(found, errors.ServerFault)
    assert "secret-in-the-page" not in str(found)
    assert "text/html" in str(found)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "body", [b"<html>no such page</html>", b"", b"{}", b'{"statusCode": 404, "message": "none"}']
)
def test_only_the_apis_own_words_say_that_something_is_not_there(status: int, body: bytes) -> None:
    found, _ = get(Reply(body, status))
    assert type(found) is errors.BadAnswer
    assert found.status == status


def test_a_gateways_refusal_is_not_the_apis() -> None:
    found, _ = get(Reply(b"<html>blocked</html>", 403, {"Content-Type": "text/html"}))
    assert type(found) is errors.BadAnswer


def test_an_error_object_with_status_200_is_no_customer() -> None:
    found, _ = get(Reply({"code": 2000, "description": "An internal error."}))
    assert isinstance(found, errors.BadAnswer)


def test_an_answer_about_somebody_else_is_none() -> None:
    found, _ = get(Reply({"id": "another"}))
    assert type(found) is errors.BadAnswer
    assert "another" not in str(found).split("(request")[0].replace("something else", "")


def test_an_id_in_capitals_is_the_same_id() -> None:
    found, _ = get(Reply({"id": CUSTOMER.upper()}))
    assert found.id == CUSTOMER.upper()


def test_ten_megabytes_are_refused_while_they_stream() -> None:
    found, script = get(Reply(b'{"id": "' + b"x" * 10_000_000 + b'"}'))
    assert isinstance(found, errors.BadAnswer)
    assert "larger than 8000000 bytes" in str(found)
    assert found.api_call == "customers.get"
    assert len(script.seen) == 1


def test_a_body_without_declared_length_is_refused_while_it_streams() -> None:
    found, script = get(Reply(how="endless"), max_bytes=2_000_000)
    assert isinstance(found, errors.BadAnswer)
    assert "larger than 2000000 bytes" in str(found)
    assert len(script.seen) == 1
    assert script.streamed < 100_000_000


def test_the_size_limit_is_a_setting() -> None:
    found, _ = get(GOOD, max_bytes=10)
    assert isinstance(found, errors.BadAnswer)


def test_a_redirect_is_not_followed() -> None:
    found, script = get(Reply(b"", 302, {"Location": "https://example.com/"}))
    assert isinstance(found, errors.BadAnswer)
    assert {seen.path for seen in script.seen} == {PATH}


def test_nothing_secret_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    get(Reply({"code": 1, "description": "token=abcdef Bearer xyz.uvw"}, 400))
    get(Reply(b"<html>secret-in-the-page</html>", 500))
    shown = caplog.text
    assert "customers.get" in shown
    for secret in (
        "s3cret-of-the-application",
        "refresh-token",
        "xyz.uvw",
        "abcdef",
        "user-token",
        "app-token",
    ):
        assert secret not in shown
    assert "secret-in-the-page" not in shown


@pytest.mark.parametrize("wrong", ["", "  ", "..", "."])
def test_an_empty_id_never_reaches_another_resource(wrong: str) -> None:
    script = StandIn()
    with pytest.raises(errors.Invalid):
        run(script, lambda pc: pc.customers.get(wrong))
    assert script.seen == []


def test_an_id_with_a_slash_stays_one_segment() -> None:
    script = StandIn()
    run_error: Any = None
    try:
        run(script, lambda pc: pc.customers.get("a/b?c"))
    except errors.NotFound as problem:
        run_error = problem
    assert run_error is not None
    assert script.seen[0].raw_path == "/v1/customers/a%2Fb%3Fc"


def test_a_proxy_of_the_environment_does_not_catch_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    found, _ = get(GOOD)
    assert found.id == CUSTOMER

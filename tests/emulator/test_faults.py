"""Hostility: before and after the effect, in bursts, reproducible; rates."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from novation.emulator.faults import PROFILES, Faults
from novation.emulator.throttle import Throttle
from tests.emulator.running import Bench, code, decoded, running


def _create(bench: Bench, tid: str, **how: Any) -> httpx2.Response:
    return bench.call("POST", f"/v1/customers/{tid}/transfers", "target", bench.transfer_body(), **how)


def _ready(bench: Bench) -> str:
    tid, _ = bench.movable()
    bench.accepted(tid)
    bench.token("target")
    return tid


def _made(bench: Bench, tid: str) -> int:
    return len(bench.truth(f"/customers/{tid}")["transfers"])


@pytest.mark.parametrize(
    ("knob", "effect"), [("reset_before", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)]
)
def test_a_cut_connection_leaves_the_effect_undone_or_done_as_named(
    bench: Bench, knob: str, effect: int
) -> None:
    tid = _ready(bench)
    bench.knobs(**{knob: 1.0, "hang_seconds": 0.05})
    with pytest.raises(httpx2.TransportError):
        _create(bench, tid)
    bench.knobs(profile="none")
    assert _made(bench, tid) == effect
    (entry,) = [e for e in bench.truth("/call-record")["items"] if e["operation"] == "transfers.create"]
    assert (entry["fault"], entry["effect"]) == (knob, "created" if effect else "none")


@pytest.mark.parametrize(("knob", "effect"), [("server_error", 0), ("server_error_after", 1)])
def test_a_server_error_comes_before_or_after_the_effect(bench: Bench, knob: str, effect: int) -> None:
    tid = _ready(bench)
    bench.knobs(**{knob: 1.0})
    assert _create(bench, tid).status_code in {500, 502, 503, 504}
    assert _made(bench, tid) == effect
    assert bench.truth("/call-record/summary")["faults"] == {knob: 1}


def test_a_retry_with_the_same_request_id_after_an_unknown_outcome_is_answered_from_memory(
    bench: Bench,
) -> None:
    tid = _ready(bench)
    same = {"MS-RequestId": "7d4f3c9e-0000-4000-8000-000000000002"}
    bench.knobs(reset_after=1.0)
    with pytest.raises(httpx2.TransportError):
        _create(bench, tid, headers=same)
    bench.knobs(profile="none")
    assert _create(bench, tid, headers=same).status_code == 201
    assert _made(bench, tid) == 1
    assert bench.truth("/call-record/summary")["repeated_writes"] == 0


def test_a_blind_retry_with_a_new_id_is_found_out(bench: Bench) -> None:
    tid = _ready(bench)
    bench.knobs(reset_after=1.0)
    with pytest.raises(httpx2.TransportError):
        _create(bench, tid)
    bench.knobs(profile="none")
    assert _create(bench, tid).status_code == 201
    assert bench.truth("/call-record/summary")["repeated_writes"] == 1


def test_malformed_answers_are_cut_html_empty_or_of_another_type(bench: Bench) -> None:
    bench.token("source")
    bench.knobs(malformed=1.0)
    seen = set()
    for number in range(24):
        answer = bench.call("GET", f"/v1/customers?size={number + 1}", "source")
        try:
            seen.add(type(decoded(answer)).__name__)
        except ValueError:
            seen.add("html" if b"<!doctype" in answer.content else "empty" if not answer.content else "cut")
    assert seen == {"str", "html", "empty", "cut"}


def test_a_stale_read_shows_the_world_as_it_was_a_moment_ago(bench: Bench) -> None:
    tid = _ready(bench)
    path = f"/v1/customers/{tid}/transfers"
    bench.knobs(stale_read=1.0, stale_seconds=30.0)
    assert bench.get(path, "target") == []
    _create(bench, tid)
    assert bench.get(path, "target") == []
    bench.knobs(profile="none")
    assert len(bench.get(path, "target")) == 1


def test_a_burst_refuses_every_call_of_the_account_in_the_shape_of_429(bench: Bench) -> None:
    bench.token("source")
    bench.token("target")
    bench.knobs(throttle_burst=1.0, throttle_burst_seconds=30.0)
    answer = bench.call("GET", "/v1/customers", "source")
    bench.knobs(profile="none")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 31
    assert decoded(answer) == {
        "statusCode": 429,
        "message": f"Rate limit is exceeded. Try again in {wait} seconds.",
    }
    assert bench.call("GET", "/v1/customers", "source").status_code == 429
    assert bench.call("GET", "/v1/customers", "target").status_code == 200


def test_the_rate_counts_each_account_and_kind_by_itself() -> None:
    with running(rate=3) as bench:
        statuses = [bench.call("GET", "/v1/customers", "source").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert bench.call("GET", "/v1/customers", "target").status_code == 200
        assert bench.call("GET", "/v1/auditrecords", "source").status_code == 200
        graph = "/v1.0/tenantRelationships/delegatedAdminRelationships"
        answers = [bench.call("GET", graph, "source", kind="app") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert answers[3].json()["error"]["code"] == "TooManyRequests"
        assert bench.truth("/call-record/summary")["throttled"] == 3


def test_the_window_of_the_rate_slides() -> None:
    throttle = Throttle(2)
    assert [throttle.admit("a", "k", t) for t in (0.0, 30.0)] == [None, None]
    assert throttle.admit("a", "k", 59.0) == 2
    assert throttle.admit("a", "k", 60.0) is None
    assert throttle.admit("a", "k", 61.0) is not None
    assert throttle.admit("a", "k", 90.0) is None


def test_the_same_seed_gives_the_same_faults_in_whatever_order_calls_arrive() -> None:
    calls = [f"GET /v1/customers/{number}" for number in range(400)]
    one, two = Faults("hostile", 7), Faults("hostile", 7)
    first = {call: one.plan("source", call, write=False) for call in calls}
    second = {call: two.plan("source", call, write=False) for call in reversed(calls)}
    assert all(
        (first[c].before, first[c].after, first[c].stale)
        == (second[c].before, second[c].after, second[c].stale)
        for c in calls
    )
    other = Faults("hostile", 8)
    assert any(other.plan("source", call, write=False).before != first[call].before for call in calls)
    assert {plan.before for plan in first.values()} > {None, "server_error"}


def test_a_call_that_was_hit_gets_through_when_it_is_repeated_often_enough() -> None:
    faults = Faults("hostile", 3)
    for number in range(50):
        assert any(faults.plan("source", f"POST /x/{number}", write=True).before is None for _ in range(20))


@pytest.mark.parametrize(
    "body",
    [{"profile": "worse"}, {"unknown": 1}, {"reset_after": 2}, {"reset_after": "x"}, {"reset_after": -1},
     {"gdap_roles": 1}, {"transfer_types": []}],
)  # fmt: skip
def test_a_knob_that_does_not_exist_or_fit_is_refused_with_a_sentence(
    bench: Bench, body: dict[str, Any]
) -> None:
    answer = bench.http.put(bench.ready["control"] + "/faults", json=body)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 20
    assert bench.truth("/faults")["profile"] == "none"


def test_profiles_differ_and_none_is_calm() -> None:
    assert PROFILES["none"].reset_after == 0
    assert PROFILES["default"].reset_after < PROFILES["hostile"].reset_after
    assert not Faults("none", 1).plan("source", "x", write=True).delay


def test_a_skewed_clock_shows_in_the_date_header(bench: Bench) -> None:
    from email.utils import parsedate_to_datetime

    straight = bench.call("GET", "/v1/customers", "source").headers["Date"]
    bench.knobs(clock_skew_seconds=3600.0)
    skewed = bench.call("GET", "/v1/customers", "source").headers["Date"]
    apart = (parsedate_to_datetime(skewed) - parsedate_to_datetime(straight)).total_seconds()
    assert 3590 < apart < 3610


def test_an_oversized_answer_is_ten_megabytes_long(bench: Bench) -> None:
    bench.knobs(oversized=1.0)
    answer = bench.call("GET", "/v1/customers", "source", kind="app")
    assert len(answer.content) > 10_000_000
    assert len(decoded(answer)["items"]) == 12


def test_a_change_of_a_subscription_may_be_answered_with_202_and_take_effect(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=1)
    path = f"/v1/customers/{tid}/subscriptions/{ids[0]}"
    full = bench.get(path, "source")
    bench.knobs(answers_later=1.0)
    answer = bench.call("PATCH", path, "source", {**full, "friendlyName": "Büro"})
    assert (answer.status_code, answer.content, answer.headers["Location"]) == (202, b"", path[3:])
    assert bench.get(path, "source")["friendlyName"] == "Büro"


def test_policies_of_some_customers_shut_the_partners_users_out(bench: Bench) -> None:
    bench.knobs(conditional_access=0.5, gdap_roles=False)

    def refused() -> set[str]:
        answers = {
            tid: bench.call("GET", f"/v1/customers/{tid}/users", "source") for tid in bench.world.customers
        }
        assert {code(a) for a in answers.values() if a.status_code != 200} == {(403, 900309)}
        return {tid for tid, answer in answers.items() if answer.status_code != 200}

    first = refused()
    assert 0 < len(first) < 12
    assert refused() == first


def test_a_second_bucket_can_count_each_customer_by_itself() -> None:
    throttle = Throttle(5, 2)
    assert [throttle.admit("source", "user", 0.0, "a") for _ in range(3)] == [None, None, 60]
    assert throttle.admit("source", "user", 0.0, "b") is None
    assert throttle.admit("source", "user", 0.0) is None
    # What the customer's bucket refused does not count in the account's: one place is left.
    assert throttle.admit("source", "user", 0.0) is None
    assert throttle.admit("source", "user", 0.0) == 60

"""Bends: each kind makes one answer odd, once or always, and never what was done."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from novation.emulator.bends import KINDS
from novation.emulator.faults import PROFILES
from novation.emulator.http.bending import AT_RANDOM
from tests.emulator.running import Bench, decoded, running

GDAP = "/v1.0/tenantRelationships/delegatedAdminRelationships"
HTML = b"<!doctype html>"


def bend(bench: Bench, kind: str, **members: Any) -> int:
    answer = bench.act("/bends", kind=kind, **members)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


def items(bench: Bench, tid: str | None = None) -> httpx2.Response:
    """The list of subscriptions of the first customer, as the source reads it."""
    return bench.call("GET", f"/v1/customers/{tid or bench.customer()}/subscriptions", "source")


def one(bench: Bench) -> tuple[str, dict[str, Any]]:
    """The path of a subscription, and how it reads unbent."""
    tid, ids = bench.movable(at_least=1)
    path = f"/v1/customers/{tid}/subscriptions/{ids[0]}"
    return path, bench.get(path, "source")


def test_a_field_can_be_absent_once_and_is_there_again(bench: Bench) -> None:
    path, straight = one(bench)
    bend(bench, "drop-field", field="autoRenewEnabled", call="subscriptions.get")
    bent = bench.get(path, "source")
    assert straight.keys() - bent.keys() == {"autoRenewEnabled"}
    assert bench.get(path, "source") == straight


def test_a_field_can_be_null_or_anything_else_always(bench: Bench) -> None:
    path, straight = one(bench)
    first = bend(bench, "null-field", field="quantity", times="always")
    second = bend(bench, "set-field", field="attributes.etag", value="", times="always")
    for _ in range(3):
        bent = bench.get(path, "source")
        assert (bent["quantity"], bent["attributes"]["etag"]) == (None, "")
    shown = {b["id"]: (b["times"], b["left"], b["played"]) for b in bench.truth("/bends")["items"]}
    assert shown == {first: ("always", "always", 3), second: ("always", "always", 3)}
    control = bench.ready["control"]
    assert bench.http.delete(f"{control}/bends/{first}").json() == {"removed": 1}
    assert bench.get(path, "source")["quantity"] == straight["quantity"]
    assert bench.http.delete(f"{control}/bends").json() == {"removed": 1}
    assert bench.get(path, "source") == straight


def test_a_word_can_be_one_that_nobody_knows_in_every_row(bench: Bench) -> None:
    bend(bench, "unknown-word")
    words = {item["status"] for item in decoded(items(bench))["items"]}
    assert len(words) == 1
    assert not words & {"active", "suspended"}
    bend(bench, "unknown-word", field="status", value="Active")
    assert {item["status"] for item in decoded(items(bench))["items"]} == {"Active"}


def test_numbers_can_be_texts(bench: Bench) -> None:
    path, straight = one(bench)
    bend(bench, "text-for-number")
    bent = bench.get(path, "source")
    assert (bent["quantity"], bent["isTrial"]) == (str(straight["quantity"]), "false")


def test_a_thing_can_have_another_id_or_its_own_in_capitals(bench: Bench) -> None:
    path, straight = one(bench)
    bend(bench, "other-id")
    assert bench.get(path, "source")["id"] != straight["id"]
    bend(bench, "upper-case-ids")
    bent = bench.get(path, "source")
    assert bent["id"] == straight["id"].upper()
    assert bent["links"]["self"]["uri"].lower() == straight["links"]["self"]["uri"].lower()


def test_members_can_begin_with_capitals(bench: Bench) -> None:
    path, straight = one(bench)
    bend(bench, "pascal-case")
    assert bench.get(path, "source")["AutoRenewEnabled"] == straight["autoRenewEnabled"]


def test_lists_can_be_empty_null_short_or_double_their_last_row(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=2)
    rows = decoded(items(bench, tid))["items"]
    bend(bench, "empty-list")
    assert decoded(items(bench, tid))["items"] == []
    bend(bench, "null-list")
    assert decoded(items(bench, tid))["items"] is None
    bend(bench, "short-list")
    short = decoded(items(bench, tid))
    assert (len(short["items"]), short["totalCount"]) == (len(rows) // 2, len(rows))
    bend(bench, "doubled-row")
    assert decoded(items(bench, tid))["items"] == [*rows, rows[-1]]
    assert ids


def test_lists_of_every_service_bend(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    bench.call("POST", f"/v1/customers/{tid}/transfers", "target", bench.transfer_body())
    for kind, length in (("empty-list", 0), ("doubled-row", 2)):
        bend(bench, kind, call="transfers.list")
        assert len(bench.get(f"/v1/customers/{tid}/transfers", "target")) == length
    bend(bench, "empty-list", call="gdap.list")
    assert bench.call("GET", GDAP, "source", kind="app").json()["value"] == []
    bend(bench, "drop-field", call="gdap.list", field="customer.tenantId")
    page = bench.call("GET", GDAP, "source", kind="app").json()
    assert all(g["customer"].keys() == {"displayName"} for g in page["value"])


def test_a_row_can_come_late(bench: Bench) -> None:
    tid, _ = bench.movable()
    rows = decoded(items(bench, tid))["items"]
    last = f"/v1/customers/{tid}/subscriptions/{rows[-1]['id']}"
    bend(bench, "delayed-row", call="subscriptions.list", seconds=600, times="always")
    bend(bench, "delayed-row", call="subscriptions.get", seconds=600, times="always")
    for minutes, there in ((0, False), (9, False), (2, True)):
        bench.advance(minutes=minutes)
        listed = decoded(items(bench, tid))
        assert (rows[-1]["id"] in {row["id"] for row in listed["items"]}) is there
        assert listed["totalCount"] == len(listed["items"])
        assert bench.call("GET", last, "source").status_code == (200 if there else 404)


def test_an_answer_can_be_an_empty_object_html_or_anything(bench: Bench) -> None:
    bend(bench, "empty-object")
    assert decoded(items(bench)) == {}
    bend(bench, "html", status=404)
    page = items(bench)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert page.content.startswith(HTML)
    bend(bench, "html")
    assert (items(bench).status_code, items(bench).status_code) == (200, 200)
    bend(bench, "body", value=[1, {"a": None}])
    assert decoded(items(bench)) == [1, {"a": None}]


def test_a_refusal_can_come_with_any_status_or_with_200(bench: Bench) -> None:
    bend(bench, "status", status=403, code=20002, description="No relationship.")
    answer = items(bench)
    assert (answer.status_code, decoded(answer)["code"], decoded(answer)["source"]) == (
        403,
        20002,
        "PartnerFD",
    )
    bend(bench, "status", status=202)
    answer = items(bench)
    assert (answer.status_code, len(decoded(answer)["items"]) > 0) == (202, True)
    bend(bench, "error-in-200", code=900101)
    answer = items(bench)
    assert (answer.status_code, decoded(answer)["code"]) == (200, 900101)
    bend(bench, "status", status=503, call="gdap.list")
    answer = bench.call("GET", GDAP, "source", kind="app")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ServiceUnavailable")


def test_headers_can_be_others_or_none(bench: Bench) -> None:
    bend(bench, "headers", headers={"Retry-After": "-1", "ms-requestid": None, "Content-Type": "text/plain"})
    answer = items(bench)
    assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("-1", "text/plain")
    assert "MS-RequestId" not in answer.headers
    assert "MS-RequestId" in items(bench).headers


def test_a_bend_is_for_its_call_account_and_customer_alone(bench: Bench) -> None:
    tid, _ = bench.movable()
    other = next(t for t in bench.world.customers if t != tid)
    bench.accepted(tid)
    bend(
        bench, "empty-object", call="subscriptions.list", account="source", tenant=tid.upper(), times="always"
    )
    assert decoded(items(bench, tid)) == {}
    assert decoded(items(bench, other)) != {}
    assert bench.get(f"/v1/customers/{tid}/subscriptions", "target") != {}
    assert bench.get(f"/v1/customers/{tid}", "source") != {}
    bend(bench, "empty-list", call="gdap.list", tenant=tid, times="always")
    for asked, count in ((tid, 0), (other, 1)):
        params = {"$filter": f"customer/tenantId eq '{asked}'"}
        assert len(bench.call("GET", GDAP, "source", kind="app", params=params).json()["value"]) == count


def test_a_bent_write_was_done_and_the_record_says_both(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    bend(bench, "html", status=502, call="transfers.create")
    answer = bench.call("POST", f"/v1/customers/{tid}/transfers", "target", bench.transfer_body())
    assert answer.status_code == 502
    assert len(bench.truth(f"/customers/{tid}")["transfers"]) == 1
    entry = bench.truth("/call-record?after=2")["items"][0]
    assert (entry["status"], entry["effect"], entry["fault"]) == (502, "created", "bend:html")
    assert bench.truth("/call-record/summary")["faults"] == {"bend:html": 1}


def test_a_bend_does_not_change_the_world_or_a_remembered_answer(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    same = {"MS-RequestId": "7d4f3c9e-0000-4000-8000-000000000003"}
    path = f"/v1/customers/{tid}/transfers"
    bend(bench, "drop-field", field="id", call="transfers.create")
    assert "id" not in decoded(bench.call("POST", path, "target", bench.transfer_body(), headers=same))
    assert "id" in decoded(bench.call("POST", path, "target", bench.transfer_body(), headers=same))


def test_a_sign_in_can_be_refused_with_what_a_partner_meets(bench: Bench) -> None:
    told = bench.ready["accounts"]["source"]
    words = "AADSTS7000222: The provided client secret keys are expired."
    bend(
        bench,
        "status",
        status=401,
        call="token (v1)",
        account="source",
        code="invalid_client",
        description=words,
    )
    form = {
        "client_id": told["client_id"], "client_secret": told["client_secret"], "grant_type": "client_credentials",
        "resource": "https://graph.microsoft.com",
    }  # fmt: skip
    url = f"{bench.ready['login']}/{told['tenant_id']}/oauth2/token"
    answer = bench.http.post(url, data=form)
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": words, "error_codes": [7000222]}
    assert bench.http.post(url, data=form).status_code == 200


def test_a_reset_takes_all_bends_back(bench: Bench) -> None:
    bend(bench, "empty-object", times="always")
    bench.act("/reset")
    assert bench.truth("/bends")["items"] == []
    assert decoded(items(bench)) != {}


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"kind": "nothing"}, {"kind": "drop-field"}, {"kind": "set-field", "field": "a"}, {"kind": "status"},
        {"kind": "html", "call": "no.such"}, {"kind": "html", "account": "nobody"}, {"kind": "html", "times": 0},
        {"kind": "html", "times": "twice"}, {"kind": "html", "status": 42}, {"kind": "html", "colour": 1},
        {"kind": "headers", "headers": {"a": 1}}, {"kind": "html", "status": True}, {"kind": "drop-field", "field": 1},
    ],
)  # fmt: skip
def test_a_bend_that_makes_no_sense_is_refused_with_a_sentence(bench: Bench, wrong: dict[str, Any]) -> None:
    answer = bench.act("/bends", **wrong)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 15
    assert bench.truth("/bends")["items"] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_kind_breaks_a_read_of_any_shape(bench: Bench, kind: str) -> None:
    tid = bench.customer()
    given = {"field": "id", "value": 1, "status": 418, "headers": {"X-Locale": None}}
    bend(bench, kind, times="always", **given)
    paths = (
        "/v1/customers", f"/v1/customers/{tid}", f"/v1/customers/{tid}/transfers", "/v1/invoices", "/v1/auditrecords",
        f"/v1/customers/{tid}/qualifications", "/v1/validations/checkdomainavailability/x", "/v1/domains/x",
    )  # fmt: skip
    for path in paths:
        answer = bench.call("HEAD" if "domains" in path else "GET", path, "source")
        assert answer.status_code < 500


def test_the_profile_field_bends_at_random_and_the_same_for_the_same_seed() -> None:
    def played(seed: int) -> list[tuple[int, bytes]]:
        with running(seed=seed, customers=4) as bench:
            tid = bench.customer()
            bench.token("source")
            bench.knobs(profile="field")
            bench.knobs(field_bend=0.4, slow=0, server_error=0, reset_after=0, small_pages=0)
            answers = [bench.call("GET", f"/v1/customers/{tid}/subscriptions", "source") for _ in range(60)]
            faults = bench.truth("/call-record/summary")["faults"]
            assert 10 < sum(faults.values()) < 40
            assert len(faults) > 5
            assert {name.removeprefix("bend:") for name in faults} <= set(AT_RANDOM)
            return [(a.status_code, a.content) for a in answers]

    first = played(3)
    assert played(3) == first
    assert [status for status, _ in played(4)] != [status for status, _ in first]


def test_other_profiles_bend_nothing() -> None:
    assert {name for name, knobs in PROFILES.items() if knobs.field_bend} == {"field"}

"""The control port: clock, acts, call record, faults, seeds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.running import Bench


def test_the_clock_jumps_forward_and_never_back(bench: Bench) -> None:
    assert bench.truth("/clock") == {"now": "2026-11-23T08:00:00Z", "speed": 0.0}
    assert bench.act("/clock", advance=3600).json()["now"] == "2026-11-23T09:00:00Z"
    assert bench.act("/clock", to="2026-12-01T00:00:00Z").json()["now"] == "2026-12-01T00:00:00Z"
    answer = bench.act("/clock", to="2026-11-01T00:00:00Z")
    assert (answer.status_code, answer.json()["error"]) == (400, "The clock only goes forward.")
    assert bench.act("/clock", speed="fast").status_code == 400
    assert bench.act("/clock", to="soon").status_code == 400


def test_a_jump_does_everything_that_was_due_at_its_own_time(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    bench.moved(tid, ids)
    bench.advance(days=400)
    items = bench.truth(f"/customers/{tid}")["subscriptions"]
    live = [i for i in items if i["status"] == "active"]
    assert len(live) >= len(ids)
    now = bench.truth("/clock")["now"]
    assert all(i["commitmentEnd"] > now for i in live)
    (transfer,) = bench.truth(f"/customers/{tid}")["transfers"]
    assert transfer["status"] == "Complete"
    assert (
        bench.get(f"/v1/customers/{tid}/transfers/{transfer['id']}", "target")["completedTime"][:10]
        == "2026-11-23"
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/customers/{tid}/accept-relationship", {"partner": "nobody"}, 409),
        ("/customers/{tid}/accept-relationship", {"partner": "source"}, 409),
        ("/customers/{tid}/remove-relationship", {"partner": "target"}, 409),
        ("/customers/{tid}/remove-relationship", {"partner": "source"}, 409),
        ("/customers/{tid}/accept-agreement", {"firstName": "A"}, 409),
        ("/customers/{tid}/sing", {}, 404),
        ("/customers/7d4f3c9e-0000-4000-8000-000000000001/accept-relationship", {"partner": "target"}, 409),
        ("/gdap/nothing/approve", {"tenantId": "{tid}"}, 409),
        ("/attestations/nothing/accept", {}, 409),
    ],
)
def test_an_act_that_is_not_allowed_is_refused_with_a_sentence(
    bench: Bench, path: str, body: dict[str, Any], status: int
) -> None:
    answer = bench.act(path.replace("{tid}", bench.customer()), **body)
    assert answer.status_code == status
    assert answer.json()["error"].endswith((".", "?"))
    assert bench.truth("/call-record")["total"] == 0


def test_acts_and_writes_are_kept_in_full_and_reads_are_counted(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.act(f"/customers/{tid}/accept-relationship", partner="target", actor="operator", person="Uta Löwe")
    bench.act(f"/customers/{tid}/accept-agreement", firstName="A", lastName="B", email="a@b.example")
    bench.moved(tid, ids)
    summary = bench.truth("/call-record/summary")
    assert summary["acts"] == {"accept-agreement": 1, "accept-relationship": 1}
    assert summary["writes_by_operation"] == {"transfers.create": 1, "transfers.update": 1}
    assert summary["calls"] == summary["reads"] + summary["writes"]
    assert summary["items"]["target"] == len(ids)
    assert summary["items"]["source"] + summary["items"]["target"] == summary["items"]["total"]
    assert summary["seats"]["source"] + summary["seats"]["target"] == summary["seats"]["at_start"]
    entries = bench.truth("/call-record?after=0&limit=2")
    assert entries["total"] == 4
    assert (entries["items"][0]["actor"], entries["items"][0]["detail"]) == (
        "operator",
        "partner: target; person: Uta Löwe",
    )
    later = bench.truth("/call-record?after=2")["items"]
    assert [e["effect"] for e in later] == ["created", "changed"]
    assert later[0]["requestId"]


def test_a_reset_gives_the_first_world_again_and_a_seed_another(bench: Bench) -> None:
    before = bench.truth("/customers")["items"]
    tid = bench.customer()
    bench.accepted(tid)
    assert bench.act("/reset").status_code == 200
    assert bench.truth("/customers")["items"] == before
    assert bench.truth("/call-record")["total"] == 0
    assert bench.get("/v1/customers", "target")["items"] == []
    assert bench.act("/seed", customers=3, seed=5).json()["customers"] == 3
    assert bench.truth("/customers")["total"] == 3
    assert bench.act("/seed", customers=-1).status_code == 400


def test_unknown_calls_and_bad_json_are_told_apart(bench: Bench) -> None:
    assert bench.http.get(bench.ready["control"] + "/nothing").status_code == 404
    assert bench.http.post(bench.ready["control"] + "/clock", content=b"{").status_code == 400
    assert bench.http.post(bench.ready["control"] + "/clock", content=b"[]").status_code == 400
    assert bench.http.get(bench.ready["api"] + "/v1/nothing").status_code == 404
    assert bench.http.delete(bench.ready["api"] + "/v1/auditrecords").status_code == 405


def test_audit_records_tell_who_did_what_for_ninety_days(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    bench.moved(tid, ids)
    params = {
        "startDate": "2026-11-23",
        "endDate": "2026-11-23",
        "filter": '{"Field":"ResourceType","Value":"transfer","Operator":"equals"}',
    }
    records = bench.get("/v1/auditrecords", "source", params=params)["items"]
    assert [r["operationType"] for r in records] == ["create_transfer", "update_transfer", "update_transfer"]
    assert {r["customerId"] for r in records} == {tid}
    first = bench.get(f"/v1/auditrecords/{records[0]['id']}", "source")
    assert '"Status":"Pending"' in first["resourceNewValue"]
    pages, headers = [], {}
    while True:
        page = bench.get("/v1/auditrecords", "source", params=params | {"size": "2"}, headers=headers)
        pages.append([r["id"] for r in page["items"]])
        if "continuationToken" not in page:
            break
        headers = {"MS-ContinuationToken": page["continuationToken"]}
    assert pages == [[r["id"] for r in records[:2]], [records[2]["id"]]]
    bench.advance(days=91)
    old = bench.call("GET", "/v1/auditrecords", "source", params=params)
    assert old.status_code == 400
    assert bench.call("GET", f"/v1/auditrecords/{records[0]['id']}", "source").status_code == 404


def test_what_happens_during_a_jump_is_recorded_at_its_own_time(bench: Bench) -> None:
    tid = bench.customer()
    root = "/v1.0/tenantRelationships/delegatedAdminRelationships"
    body = {
        "displayName": "One",
        "duration": "P30D",
        "customer": {"tenantId": tid},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}]},
    }
    rid = bench.call("POST", root, "target", body, kind="app").json()["id"]
    bench.call("POST", f"{root}/{rid}/requests", "target", {"action": "lockForApproval"}, kind="app")
    bench.act(f"/gdap/{rid}/approve", tenantId=tid)
    bench.advance(days=40)
    records = bench.get("/v1/auditrecords", "target", params={"startDate": "2026-11-23"})["items"]
    dates = {r["operationType"]: r["operationDate"][:10] for r in records}
    assert dates["granular_admin_relationship_activated"] == "2026-11-23"
    assert dates["granular_admin_relationship_expired"] == "2026-12-23"


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/rate", {}, "Give per_minute"),
        ("/rate", {"per_minute": "x"}, "per_minute must be"),
        ("/rate", {"per_minute": -1}, "per_minute must be"),
        ("/rate", {"per_second": 1}, "Give per_minute"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused_with_a_sentence(
    bench: Bench, path: str, body: dict[str, object], sentence: str
) -> None:
    answer = bench.http.put(bench.ready["control"] + path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


def test_tokens_of_an_account_that_does_not_exist_cannot_be_revoked(bench: Bench) -> None:
    assert bench.act("/tokens/revoke", account="nobody").status_code == 400

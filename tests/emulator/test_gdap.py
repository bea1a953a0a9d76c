"""Delegated admin relationships: states, time, assignments, If-Match."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.running import Bench, code, decoded

ROOT = "/v1.0/tenantRelationships/delegatedAdminRelationships"
READER, GLOBAL = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "62e90394-69f5-4237-9190-012177145e10"
USERS = "fe930be7-5e62-47db-91af-98c3a49a38b1"


def _body(
    tid: str | None, name: str = "One", roles: tuple[str, ...] = (READER,), **changes: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "displayName": name,
        "duration": "P730D",
        "accessDetails": _roles(*roles),
        **changes,
    }
    if tid is not None:
        body["customer"] = {"tenantId": tid, "displayName": "Customer"}
    return body


def _roles(*roles: str) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}


def _graph(bench: Bench, method: str, path: str, body: Any = None, **how: Any) -> Any:
    return bench.call(method, path, how.pop("account", "target"), body, kind="app", **how)


def _made(bench: Bench, *args: Any, **changes: Any) -> dict[str, Any]:
    answer = _graph(bench, "POST", ROOT, _body(*args, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _lock(bench: Bench, rid: str) -> Any:
    return _graph(bench, "POST", f"{ROOT}/{rid}/requests", {"action": "lockForApproval"})


def _status(bench: Bench, rid: str) -> str:
    return str(_graph(bench, "GET", f"{ROOT}/{rid}").json()["status"])


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_relationship_passes_through_every_state_to_its_end(bench: Bench) -> None:
    tid = bench.customer()
    made = _made(bench, tid)
    rid = made["id"]
    assert (made["status"], made["@odata.etag"][:2]) == ("created", "W/")
    assert bench.act(f"/gdap/{rid}/approve", tenantId=tid).status_code == 409
    assert _lock(bench, rid).status_code == 201
    assert _status(bench, rid) == "approvalPending"
    assert bench.act(f"/gdap/{rid}/approve", tenantId=bench.customer(1)).status_code == 409
    assert bench.act(f"/gdap/{rid}/approve", tenantId=tid).status_code == 200
    assert _status(bench, rid) == "approved"
    bench.advance(seconds=100)
    assert _status(bench, rid) in {"activating", "active"}
    bench.advance(minutes=10)
    active = _graph(bench, "GET", f"{ROOT}/{rid}").json()
    assert active["status"] == "active"
    assert active["endDateTime"][:4] == "2028"
    assert _graph(bench, "POST", f"{ROOT}/{rid}/requests", {"action": "terminate"}).status_code == 201
    assert _status(bench, rid) == "terminationRequested"
    bench.advance(minutes=5)
    assert _status(bench, rid) == "terminated"


def test_an_unanswered_request_expires_after_ninety_days(bench: Bench) -> None:
    rid = _made(bench, bench.customer())["id"]
    _lock(bench, rid)
    bench.advance(days=89)
    assert _status(bench, rid) == "approvalPending"
    bench.advance(days=2)
    assert _status(bench, rid) == "expired"
    assert bench.act(f"/gdap/{rid}/approve", tenantId=bench.customer()).status_code == 409


def test_the_end_comes_or_is_put_off_by_auto_extension(bench: Bench) -> None:
    ends: dict[str, str] = {}
    for number, extend in enumerate(("PT0S", "P180D")):
        tid = bench.customer(number)
        rid = _made(bench, tid, f"N{number}", duration="P30D", autoExtendDuration=extend)["id"]
        _lock(bench, rid)
        bench.act(f"/gdap/{rid}/approve", tenantId=tid)
        ends[extend] = rid
    bench.advance(days=31)
    assert _status(bench, ends["PT0S"]) == "expired"
    assert _status(bench, ends["P180D"]) == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"duration": "730 days, 0:00:00"},
        {"duration": "P731D"},
        {"duration": "P0D"},
        {"displayName": ""},
        {"displayName": "x" * 51},
        {"accessDetails": {"unifiedRoles": []}},
        {"accessDetails": _roles("not-a-guid")},
        {"autoExtendDuration": "P90D"},
        {"autoExtendDuration": "P180D", "accessDetails": _roles(GLOBAL)},
        {"customer": {"tenantId": "7d4f3c9e-0000-4000-8000-000000000001"}},
    ],
)
def test_bad_bodies_are_refused_in_graphs_own_shape(bench: Bench, change: dict[str, Any]) -> None:
    answer = _graph(bench, "POST", ROOT, _body(bench.customer()) | change)
    assert _error(answer) == (400, "badRequest")
    assert answer.json()["error"]["innerError"]["request-id"]


def test_the_display_name_is_unique_and_a_second_live_one_is_counted(bench: Bench) -> None:
    tid = bench.customer()
    _made(bench, tid)
    assert _error(_graph(bench, "POST", ROOT, _body(bench.customer(1)))) == (409, "conflict")
    assert bench.truth("/call-record/summary")["repeated_writes"] == 0
    _made(bench, tid, "Another")
    assert bench.truth("/call-record/summary")["repeated_writes"] == 1


def test_roles_count_only_when_relationship_and_assignment_are_active(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    path = f"/v1/customers/{tid}/users"
    assert code(bench.call("GET", path, "target")) == (403, 900308)
    rid = bench.granted(tid, "target", [READER])
    assert bench.get(path, "target")["totalCount"] >= 1
    new = {"userPrincipalName": "x@" + bench.world.customers[tid].domain}
    assert code(bench.call("POST", path, "target", new)) == (403, 900308)
    (assignment,) = _graph(bench, "GET", f"{ROOT}/{rid}/accessAssignments").json()["value"]
    one = f"{ROOT}/{rid}/accessAssignments/{assignment['id']}"
    assert _graph(bench, "DELETE", one).status_code == 428
    assert _graph(bench, "DELETE", one, headers={"If-Match": 'W/"old"'}).status_code == 412
    assert _graph(bench, "DELETE", one, headers={"If-Match": assignment["@odata.etag"]}).status_code == 204
    assert _graph(bench, "GET", one).json()["status"] == "deleting"
    assert code(bench.call("GET", path, "target")) == (403, 900308)
    bench.advance(minutes=5)
    assert _graph(bench, "GET", one).json()["status"] == "deleted"


def test_a_relationship_that_ended_gives_no_role_any_more(bench: Bench) -> None:
    tid = bench.customer()
    bench.accepted(tid, agreement=False)
    rid = bench.granted(tid, "target", [READER])
    assert bench.get(f"/v1/customers/{tid}/users", "target")["totalCount"] >= 1
    assert bench.act(f"/gdap/{rid}/terminate", tenantId=tid, actor="customer").status_code == 200
    bench.advance(minutes=1)
    assert _status(bench, rid) == "terminated"
    assert code(bench.call("GET", f"/v1/customers/{tid}/users", "target")) == (403, 900308)


def test_assigned_roles_must_be_roles_of_the_relationship(bench: Bench) -> None:
    tid = bench.customer()
    rid = bench.granted(tid, "target", [READER])
    body = {
        "accessContainer": {"accessContainerId": READER, "accessContainerType": "securityGroup"},
        "accessDetails": _roles(USERS),
    }
    assert _error(_graph(bench, "POST", f"{ROOT}/{rid}/accessAssignments", body)) == (400, "badRequest")
    (assignment,) = _graph(bench, "GET", f"{ROOT}/{rid}/accessAssignments").json()["value"]
    one = f"{ROOT}/{rid}/accessAssignments/{assignment['id']}"
    changed = _graph(
        bench,
        "PATCH",
        one,
        {"accessDetails": _roles(READER)},
        headers={"If-Match": assignment["@odata.etag"]},
    )
    assert changed.status_code == 202
    (operation,) = _graph(bench, "GET", f"{ROOT}/{rid}/operations").json()["value"]
    assert operation["status"] == "running"
    bench.advance(minutes=2)
    assert _graph(bench, "GET", changed.headers["Location"]).json()["status"] == "succeeded"


def test_update_and_delete_need_the_current_etag_and_the_right_state(bench: Bench) -> None:
    made = _made(bench, bench.customer())
    one, tag = f"{ROOT}/{made['id']}", {"If-Match": made["@odata.etag"]}
    assert _graph(bench, "PATCH", one, {"displayName": "New"}).status_code == 428
    assert _graph(bench, "PATCH", one, {"displayName": "New"}, headers=tag).json()["displayName"] == "New"
    assert _graph(bench, "DELETE", one, headers=tag).status_code == 412
    now = {"If-Match": _graph(bench, "GET", one).json()["@odata.etag"]}
    assert _graph(bench, "DELETE", one, headers=now).status_code == 204
    assert _error(_graph(bench, "GET", one))[0] == 404
    locked = _made(bench, bench.customer(), "Locked")
    _lock(bench, locked["id"])
    assert _graph(bench, "DELETE", f"{ROOT}/{locked['id']}", headers={"If-Match": "*"}).status_code == 400


def test_global_administrator_can_be_taken_from_an_active_relationship(bench: Bench) -> None:
    rid = bench.granted(bench.customer(), "target", [GLOBAL, READER])
    answer = _graph(
        bench, "PATCH", f"{ROOT}/{rid}", {"accessDetails": _roles(READER)}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 202
    left = _graph(bench, "GET", f"{ROOT}/{rid}").json()["accessDetails"]["unifiedRoles"]
    assert [role["roleDefinitionId"] for role in left] == [READER]


def test_lists_are_paged_filtered_and_kept_apart_by_account(bench: Bench) -> None:
    for number in range(5):
        _made(bench, bench.customer(number), f"N{number}")
    ids: list[str] = []
    url: str | None = f"{ROOT}?$top=2"
    while url:
        page = _graph(bench, "GET", url).json()
        ids += [item["id"] for item in page["value"]]
        url = page.get("@odata.nextLink")
    assert len(ids) == len(set(ids)) == 5
    wanted = {"$filter": f"status eq 'created' and customer/tenantId eq '{bench.customer(3)}'"}
    found = _graph(bench, "GET", ROOT, params=wanted).json()["value"]
    assert [item["displayName"] for item in found] == ["N3"]
    own = _graph(bench, "GET", f"{ROOT}?$top=300", account="source").json()["value"]
    assert len(own) == 12
    assert not {item["id"] for item in own} & set(ids)
    assert _error(_graph(bench, "GET", f"{ROOT}?$top=301"))[0] == 400
    assert _error(_graph(bench, "GET", ROOT, params={"$filter": "roles eq 'P1D'"}))[0] == 400
    assert _error(_graph(bench, "GET", f"{ROOT}/{ids[0]}", account="source"))[0] == 404


def test_a_rejected_request_shows_reject_only_to_those_who_ask(bench: Bench) -> None:
    tid = bench.customer()
    rid = _made(bench, tid)["id"]
    _lock(bench, rid)
    assert bench.act(f"/gdap/{rid}/reject", tenantId=tid).status_code == 200
    assert _status(bench, rid) == "created"
    path = f"{ROOT}/{rid}/requests"
    assert [r["action"] for r in _graph(bench, "GET", path).json()["value"]] == [
        "lockForApproval",
        "unknownFutureValue",
    ]
    news = {"Prefer": "include-unknown-enum-members"}
    assert [r["action"] for r in _graph(bench, "GET", path, headers=news).json()["value"]] == [
        "lockForApproval",
        "reject",
    ]


def test_the_partner_centers_token_is_not_good_for_graph(bench: Bench) -> None:
    headers = {"Authorization": f"Bearer {bench.token('target', 'app')}"}
    assert _error(_graph(bench, "GET", ROOT, headers=headers)) == (401, "InvalidAuthenticationToken")
    assert decoded(bench.call("GET", "/v1/customers", "target"))["totalCount"] == 0


def test_paging_stays_exact_while_relationships_are_made_and_deleted(bench: Bench) -> None:
    ids = [_made(bench, None, f"N{number}")["id"] for number in range(9)]
    page = _graph(bench, "GET", f"{ROOT}?$top=2").json()
    seen = [item["id"] for item in page["value"]]
    for number in range(20):
        gone = ids[number] if number < 4 else None
        if gone:
            _graph(bench, "DELETE", f"{ROOT}/{gone}", headers={"If-Match": "*"})
            _made(bench, None, f"Late{number}")
        if "@odata.nextLink" not in page:
            break
        page = _graph(bench, "GET", page["@odata.nextLink"]).json()
        seen += [item["id"] for item in page["value"]]
    assert len(seen) == len(set(seen))
    assert set(ids[4:]) <= set(seen)


@pytest.mark.parametrize(
    "change",
    [{"duration": "P3Y"}, {"duration": "730 days, 0:00:00"}, {"displayName": ""}, {"displayName": "x" * 51}],
)
def test_a_change_keeps_the_rules_of_creating(bench: Bench, change: dict[str, str]) -> None:
    body = {
        "displayName": "one",
        "duration": "P30D",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]},
    }
    made = bench.call("POST", ROOT, "target", body, kind="app").json()
    tag = {"If-Match": made["@odata.etag"]}
    answer = bench.call("PATCH", f"{ROOT}/{made['id']}", "target", change, kind="app", headers=tag)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "badRequest")
    assert bench.call("GET", f"{ROOT}/{made['id']}", "target", kind="app").json()["duration"] == "P30D"


def test_customers_under_administration_come_in_pages_and_each_once(bench: Bench) -> None:
    path: str | None = "/v1.0/tenantRelationships/delegatedAdminCustomers?$top=3"
    found: list[str] = []
    while path:
        body = bench.call("GET", path, "source", kind="app").json()
        assert len(body["value"]) <= 3
        found += [customer["tenantId"] for customer in body["value"]]
        path = body.get("@odata.nextLink")
    active = {
        tid
        for tid in bench.world.customers
        if any(
            g["status"] == "active" and g["partner"] == "source"
            for g in bench.truth(f"/customers/{tid}")["gdap"]
        )
    }
    assert sorted(found) == sorted(active)
    assert len(found) > 3

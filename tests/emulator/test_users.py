"""Users, licences and roles of a customer."""

from __future__ import annotations

from typing import Any

from tests.emulator.running import Bench, code, decoded, running

BASIC = "3b555118-da6a-4418-894f-7df1e2096870"
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
PRIVILEGED = "e8611ab8-c189-46e8-94e1-60213ab1f814"


def _with_seats(bench: Bench) -> tuple[str, dict[str, Any]]:
    for tid in bench.world.customers:
        for sku in bench.get(f"/v1/customers/{tid}/subscribedskus", "source")["items"]:
            if sku["availableUnits"] == 0 and sku["activeUnits"] > 1:
                return tid, sku
    raise AssertionError("the seed has no full SKU")


def _new(bench: Bench, tid: str, name: str = "new.person", **changes: Any) -> Any:
    body = {
        "usageLocation": "DE", "userPrincipalName": f"{name}@{bench.world.customers[tid].domain}", "firstName": "New",
        "lastName": "Person", "displayName": "New Person",
        "passwordProfile": {"password": "Quite-long-1", "forceChangePassword": True}, **changes,
    }  # fmt: skip
    return bench.call("POST", f"/v1/customers/{tid}/users", "source", body)


def test_paging_of_users_stays_exact_while_users_come_and_go() -> None:
    with running(customers=200) as bench:
        tid = next(t for t in bench.world.customers if len(bench.truth(f"/customers/{t}")["users"]) > 20)
        path = f"/v1/customers/{tid}/users"
        before = {u["id"] for u in bench.truth(f"/customers/{tid}")["users"]}
        page, seen, made = bench.get(path, "source", params={"size": "4"}), [], 0
        while True:
            seen += [user["id"] for user in page["items"]]
            token = page.get("continuationToken")
            if token is None:
                break
            assert _new(bench, tid, f"late{made}").status_code == 200
            made += 1
            page = bench.get(
                "/v1" + page["links"]["next"]["uri"], "source", headers={"MS-ContinuationToken": token}
            )
        assert len(seen) == len(set(seen))
        assert before <= set(seen)


def test_a_user_is_made_deleted_and_brought_back_within_thirty_days(bench: Bench) -> None:
    tid = bench.customer()
    answer = _new(bench, tid)
    assert answer.status_code == 200
    user = decoded(answer)
    assert "passwordProfile" not in user
    assert code(_new(bench, tid))[0] == 409
    one = f"/v1/customers/{tid}/users/{user['id']}"
    assert bench.call("DELETE", one, "source").status_code == 204
    deleted = {"filter": '{"Field":"UserState","Value":"Inactive","Operator":"equals"}'}
    assert [u["id"] for u in bench.get(f"/v1/customers/{tid}/users", "source", params=deleted)["items"]] == [
        user["id"]
    ]
    bench.advance(days=29)
    assert decoded(bench.call("PATCH", one, "source", {"State": "active"}))["state"] == "active"
    bench.call("DELETE", one, "source")
    bench.advance(days=31)
    assert code(bench.call("PATCH", one, "source", {"State": "active"})) == (404, 60002)


def test_bad_users_are_refused(bench: Bench) -> None:
    tid = bench.customer()
    for change in (
        {"userPrincipalName": "x@elsewhere.example"},
        {"usageLocation": "Germany"},
        {"displayName": ""},
        {"passwordProfile": {"password": "short"}},
    ):
        assert code(_new(bench, tid, **change)) == (400, 3000)


def test_a_licence_cannot_be_given_when_none_is_free_and_is_freed_with_the_user(bench: Bench) -> None:
    tid, sku = _with_seats(bench)
    part = sku["productSku"]["id"]
    user = decoded(_new(bench, tid))
    updates = f"/v1/customers/{tid}/users/{user['id']}/licenseupdates"
    body = {"licensesToAssign": [{"skuId": part}]}
    assert code(bench.call("POST", updates, "source", body)) == (400, 60012)
    holder = next(u["id"] for u in bench.truth(f"/customers/{tid}")["users"] if part in u["licences"])
    assert bench.call("DELETE", f"/v1/customers/{tid}/users/{holder}", "source").status_code == 204
    answer = bench.call("POST", updates, "source", body)
    assert answer.status_code == 201
    held = bench.get(f"/v1/customers/{tid}/users/{user['id']}/licenses", "source")["items"]
    assert [item["productSku"]["id"] for item in held] == [part]
    remove = {"licensesToRemove": [part]}
    assert bench.call("POST", updates, "source", remove).status_code == 201
    assert code(bench.call("POST", updates, "source", remove)) == (400, 800002)


def test_seats_of_the_tenant_are_the_same_before_and_after_a_transfer(bench: Bench) -> None:
    tid, ids = bench.movable()
    path = f"/v1/customers/{tid}/subscribedskus"

    def seats(account: str) -> dict[str, tuple[int, int]]:
        items = bench.get(path, account)["items"]
        return {i["productSku"]["id"]: (i["totalUnits"], i["consumedUnits"]) for i in items}

    before = seats("source")
    bench.accepted(tid)
    bench.granted(tid, "target", ["f2ef992c-3afb-46b9-b7cf-a126ee74c451"])
    bench.moved(tid, ids)
    assert seats("source") == seats("target") == before


def test_roles_are_given_and_taken(bench: Bench) -> None:
    tid = bench.customer()
    user = decoded(_new(bench, tid))
    members = f"/v1/customers/{tid}/directoryroles/{HELPDESK}/usermembers"
    body = {
        "id": user["id"],
        "displayName": user["displayName"],
        "userPrincipalName": user["userPrincipalName"],
    }
    assert code(bench.call("POST", members, "source", body)) == (403, 900308)
    bench.granted(tid, "source", [PRIVILEGED])
    assert bench.call("POST", members, "source", body).status_code == 201
    assert [m["id"] for m in bench.get(members, "source")["items"]] == [user["id"]]
    roles = bench.get(f"/v1/customers/{tid}/users/{user['id']}/directoryroles", "source")["items"]
    assert [role["id"] for role in roles] == [HELPDESK]
    assert bench.call("DELETE", f"{members}/{user['id']}", "source").status_code == 204
    assert bench.get(members, "source")["items"] == []


def test_both_spellings_of_a_password_reset_are_taken(bench: Bench) -> None:
    tid = bench.customer()
    user = decoded(_new(bench, tid))
    body = {"passwordProfile": {"password": "Another-long-2", "forceChangePassword": True}}
    path = f"/v1/customers/{tid}/users"
    assert bench.call("PATCH", f"{path}/{user['id']}/resetpassword", "source", body).status_code == 200
    assert bench.call("PATCH", path, "source", body | {"id": user["id"]}).status_code == 200
    assert "Another-long" not in str(bench.truth("/call-record?limit=100"))

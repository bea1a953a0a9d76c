"""Transfers: roles, states, time, ids, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from novation.emulator.partners import PARTNERS
from tests.emulator.running import Bench, code, decoded, running


def _path(tid: str, transfer: str = "") -> str:
    return f"/v1/customers/{tid}/transfers" + (f"/{transfer}" if transfer else "")


def _lines(ids: list[str]) -> list[dict[str, Any]]:
    return [{"subscriptionId": sid, "productType": "OnlineServicesNCE"} for sid in ids]


def _create(bench: Bench, tid: str) -> str:
    answer = bench.call("POST", _path(tid), "target", bench.transfer_body())
    assert answer.status_code == 201, answer.text
    return str(decoded(answer)["id"])


def _accept(bench: Bench, tid: str, transfer: str, ids: list[str], account: str = "source") -> Any:
    return bench.call("PATCH", _path(tid, transfer), account, {"id": transfer, "lineItems": _lines(ids)})


def test_a_transfer_goes_from_pending_to_complete_and_the_ids_are_new(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    before = {s["id"]: s for s in bench.get(f"/v1/customers/{tid}/subscriptions", "source")["items"]}
    transfer = _create(bench, tid)
    made = bench.get(_path(tid, transfer), "target")
    assert (made["status"], made["transferDirection"], made["lineItems"]) == ("Pending", 1, [])
    assert made["expirationTime"] == "2026-12-24T00:00:00Z"
    accepted = decoded(_accept(bench, tid, transfer, ids))
    assert accepted["status"] == "InProgress"
    assert {line["quantity"] for line in accepted["lineItems"]} == {0}
    assert {line["id"] for line in accepted["lineItems"]} == {0}
    assert bench.get(_path(tid, transfer), "target")["lineItems"] == []
    bench.advance(hours=12)
    (done,) = bench.get(_path(tid), "target")
    assert done["status"] == "Complete"
    assert {line["status"] for line in done["lineItems"]} == {"Complete"}
    after = {s["id"]: s for s in bench.get(f"/v1/customers/{tid}/subscriptions", "target")["items"]}
    assert len(after) == len(ids)
    assert not set(after) & set(before)
    same = ("offerId", "quantity", "commitmentEndDate", "termDuration", "billingCycle", "autoRenewEnabled")

    def picture(items: Any) -> list[tuple[Any, ...]]:
        return sorted(tuple(item[name] for name in same) for item in items)

    assert picture(after.values()) == picture(before[sid] for sid in ids)
    old = {s["id"]: s["status"] for s in bench.get(f"/v1/customers/{tid}/subscriptions", "source")["items"]}
    assert {old[sid] for sid in ids} == {"deleted"}


def test_only_the_target_creates_and_cancels_and_only_the_source_accepts(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    own = bench.transfer_body(sourcePartnerTenantId=bench.ready["accounts"]["target"]["tenant_id"])
    assert code(bench.call("POST", _path(tid), "target", own)) == (400, 900148)
    transfer = _create(bench, tid)
    assert code(_accept(bench, tid, transfer, ids, "target")) == (403, 900150)
    cancel = {"id": transfer, "status": "Cancel"}
    assert code(bench.call("PATCH", _path(tid, transfer), "source", cancel)) == (403, 900150)
    assert decoded(bench.call("PATCH", _path(tid, transfer), "target", cancel))["status"] == "Cancel"
    assert code(bench.call("PATCH", _path(tid, transfer), "target", cancel)) == (400, 900102)
    assert code(_accept(bench, tid, transfer, ids)) == (400, 900102)


def test_a_pending_transfer_expires_at_midnight_after_thirty_days(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    transfer = _create(bench, tid)
    bench.act("/clock", to="2026-12-23T23:59:59Z")
    assert bench.get(_path(tid, transfer), "target")["status"] == "Pending"
    bench.advance(seconds=2)
    assert bench.get(_path(tid, transfer), "target")["status"] == "Expired"
    assert code(_accept(bench, tid, transfer, ids)) == (400, 900102)


def test_a_transfer_without_an_agreement_is_refused(bench: Bench) -> None:
    tid = bench.customer()
    for candidate in bench.world.customers:
        if not any(a["direct"] for a in bench.truth(f"/customers/{candidate}")["agreements"]):
            tid = candidate
            break
    bench.accepted(tid, agreement=False)
    answer = bench.call("POST", _path(tid), "target", bench.transfer_body())
    assert code(answer) == (403, 13605)
    assert "admin center" in decoded(answer)["description"]


@pytest.mark.parametrize(
    "change",
    [
        {"transferType": 4},
        {"transferType": True},
        {"customerEmailId": "nobody"},
        {"sourcePartnerName": ""},
        {"sourcePartnerTenantId": "not-a-guid"},
        {"targetProductTypes": ["Nothing"]},
        {"lineItems": [{"subscriptionId": "x"}]},
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_made(bench: Bench, change: dict[str, Any]) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    assert code(bench.call("POST", _path(tid), "target", bench.transfer_body(**change))) == (400, 3000)
    assert bench.get(_path(tid), "target") == []


def test_both_transfer_types_are_taken_and_a_switch_narrows_them(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    assert bench.call("POST", _path(tid), "target", bench.transfer_body(transferType=5)).status_code == 201
    bench.knobs(transfer_types=[3])
    assert code(bench.call("POST", _path(tid), "target", bench.transfer_body(transferType=5))) == (400, 3000)


def test_more_than_twenty_five_lines_or_a_foreign_item_refuse_the_whole_acceptance(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    transfer = _create(bench, tid)
    assert code(_accept(bench, tid, transfer, [ids[0]] * 2)) == (400, 3000)
    foreign = f"{ids[0][:-1]}{'0' if ids[0][-1] != '0' else '1'}"
    assert code(_accept(bench, tid, transfer, [*ids, foreign])) == (400, 800078)
    many = [f"{n:08d}{ids[0][8:]}" for n in range(26)]
    assert code(_accept(bench, tid, transfer, many)) == (400, 3000)
    assert bench.get(_path(tid, transfer), "source")["status"] == "Pending"
    assert _accept(bench, tid, transfer, ids).status_code == 200


def test_trials_suspended_and_old_items_cannot_be_transferred() -> None:
    with running(customers=120, plain=False) as bench:
        found: dict[str, tuple[str, str]] = {}
        for tid in bench.world.customers:
            for item in bench.truth(f"/customers/{tid}")["subscriptions"]:
                kind = "trial" if item["isTrial"] else "legacy" if item["legacy"] else item["status"]
                if kind in {"trial", "legacy", "suspended"}:
                    found.setdefault(kind, (tid, item["id"]))
        assert set(found) == {"trial", "legacy", "suspended"}
        for tid, sid in found.values():
            if not bench.act(f"/customers/{tid}/accept-relationship", partner="target").is_error:
                bench.act(
                    f"/customers/{tid}/accept-agreement", firstName="A", lastName="B", email="a@b.example"
                )
            transfer = _create(bench, tid)
            assert code(_accept(bench, tid, transfer, [sid])) == (400, 800078)


def test_while_one_is_in_progress_a_second_is_refused_and_items_are_locked(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    transfer = _create(bench, tid)
    _accept(bench, tid, transfer, ids[:1])
    assert code(bench.call("POST", _path(tid), "target", bench.transfer_body())) == (409, 900101)
    assert code(_accept(bench, tid, transfer, ids[1:])) == (409, 900104)
    locked = bench.get(f"/v1/customers/{tid}/subscriptions/{ids[0]}", "source")
    answer = bench.call(
        "PATCH", f"/v1/customers/{tid}/subscriptions/{ids[0]}", "source", locked | {"quantity": 9}
    )
    assert code(answer) == (409, 900278)


def test_the_customer_can_stop_a_pending_transfer_by_leaving_the_new_partner(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    transfer = _create(bench, tid)
    assert bench.act(f"/customers/{tid}/remove-relationship", partner="target").status_code == 200
    assert bench.get(_path(tid, transfer), "source")["status"] == "Cancel"
    assert code(bench.call("GET", _path(tid), "target")) == (403, 20002)


def test_a_failed_line_stays_with_the_source_and_can_be_moved_again(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=3)
    bench.accepted(tid)
    bench.knobs(transfer_line_fails=0.8)
    for _ in range(30):
        left = [
            s["id"]
            for s in bench.truth(f"/customers/{tid}")["subscriptions"]
            if s["owner"] == "source" and s["status"] == "active" and s["id"] in ids
        ]
        if not left:
            break
        bench.moved(tid, left)
        items = bench.truth("/call-record/summary")["items"]
        assert (items["both"], items["neither"]) == (0, 0)
    transfers = bench.get(_path(tid), "source")
    failed = [line for t in transfers for line in t["lineItems"] if line["status"] == "Failed"]
    assert failed
    assert all(line["transferError"].startswith("900103: ") for line in failed)
    assert not left


def test_a_second_pending_request_is_counted_against_the_client(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    _create(bench, tid)
    assert bench.truth("/call-record/summary")["repeated_writes"] == 0
    _create(bench, tid)
    summary = bench.truth("/call-record/summary")
    assert summary["repeated_writes"] == 1
    assert summary["repeated"][0]["operation"] == "transfers.create"


def test_the_same_request_id_gives_the_same_answer_and_makes_nothing_new(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    same = {"MS-RequestId": "7d4f3c9e-0000-4000-8000-000000000001"}
    first = bench.call("POST", _path(tid), "target", bench.transfer_body(), headers=same)
    second = bench.call("POST", _path(tid), "target", bench.transfer_body(), headers=same)
    assert decoded(first) == decoded(second)
    assert len(bench.get(_path(tid), "target")) == 1
    assert [e["effect"] for e in bench.truth("/call-record")["items"] if e["method"] == "POST"] == [
        "created",
        "replayed",
    ]
    other = bench.call("POST", _path(tid), "target", bench.transfer_body(customerName="else"), headers=same)
    assert other.status_code == 409
    assert bench.truth("/call-record/summary")["repeated_writes"] == 0


def test_the_log_of_a_partner_names_its_own_users_only(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    bench.moved(tid, ids)
    for account in ("source", "target"):
        records = bench.get(
            "/v1/auditrecords", account, params={"startDate": "2026-11-23", "endDate": "2026-11-24"}
        )
        users = {r["userPrincipalName"] for r in records["items"] if r["resourceType"] == "transfer"}
        assert users <= {None, PARTNERS[account].user_name}
        assert len(users) == 2

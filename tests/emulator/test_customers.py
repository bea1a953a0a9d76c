"""Customers: lists, paging, filters, scope, removal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from novation.emulator.roster import Roster
from tests.emulator.running import Bench, code, decoded, running


def _all_pages(bench: Bench, size: int, between: object = None) -> list[str]:
    ids: list[str] = []
    page = bench.get("/v1/customers", "source", params={"size": str(size)})
    while True:
        ids += [item["id"] for item in page["items"]]
        token = page.get("continuationToken")
        if token is None:
            assert "next" not in page["links"]
            return ids
        following = page["links"]["next"]
        assert following["headers"] == [{"key": "MS-ContinuationToken", "value": token}]
        if callable(between):
            between()
        page = bench.get("/v1" + following["uri"], "source", headers={"MS-ContinuationToken": token})


def test_paging_returns_every_customer_once(bench: Bench) -> None:
    ids = _all_pages(bench, 5)
    assert len(ids) == len(set(ids)) == 12
    first = bench.get("/v1/customers", "source", params={"size": "5"})
    assert first["totalCount"] == 5


def test_paging_stays_exact_while_customers_leave_and_join(bench: Bench) -> None:
    for tid in list(bench.world.customers):
        bench.accepted(tid, agreement=False)
    gone: list[str] = []

    def leave() -> None:
        tid = bench.customer(len(gone))
        bench.world.rosters["source"].remove(tid)
        gone.append(tid)

    ids = _all_pages(bench, 3, leave)
    assert len(ids) == len(set(ids))
    assert set(ids) | set(gone) == set(bench.world.customers)


def test_small_pages_are_still_complete(bench: Bench) -> None:
    bench.knobs(small_pages=1.0, shuffled=1.0)
    ids = _all_pages(bench, 6)
    assert len(ids) == len(set(ids)) == 12


def test_the_page_size_is_remembered_when_the_next_page_does_not_name_it(bench: Bench) -> None:
    first = bench.get("/v1/customers", "source", params={"size": "5"})
    headers = {"MS-ContinuationToken": first["continuationToken"]}
    second = bench.get("/v1/customers?seekOperation=Next", "source", headers=headers)
    assert second["totalCount"] == 5
    assert not {c["id"] for c in first["items"]} & {c["id"] for c in second["items"]}
    broken = {"MS-ContinuationToken": "not one of ours"}
    assert code(bench.call("GET", "/v1/customers?seekOperation=Next", "source", headers=broken)) == (
        400,
        3000,
    )


def test_the_filter_is_a_prefix_without_regard_to_case(bench: Bench) -> None:
    name = bench.world.customers[bench.customer()].name
    wanted = {"Field": "CompanyName", "Value": name[:6].upper(), "Operator": "starts_with"}
    found = bench.get("/v1/customers", "source", params={"filter": json.dumps(wanted)})
    assert name in [item["companyProfile"]["companyName"] for item in found["items"]]
    assert all(
        i["companyProfile"]["companyName"].casefold().startswith(name[:6].casefold()) for i in found["items"]
    )
    wrong = {"Field": "City", "Value": "x", "Operator": "starts_with"}
    assert code(bench.call("GET", "/v1/customers", "source", params={"filter": json.dumps(wrong)})) == (
        400,
        3000,
    )


def test_answers_begin_with_a_byte_order_mark_and_echo_the_ids(bench: Bench) -> None:
    answer = bench.call(
        "GET", "/v1/customers", "source", headers={"MS-CorrelationId": "abc", "MS-RequestId": "def"}
    )
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert (answer.headers["MS-CorrelationId"], answer.headers["MS-RequestId"]) == ("abc", "def")


def test_a_customer_of_the_other_account_is_out_of_reach(bench: Bench) -> None:
    tid = bench.customer()
    assert bench.get("/v1/customers", "target")["items"] == []
    assert code(bench.call("GET", f"/v1/customers/{tid}", "target")) == (404, 60003)
    assert code(bench.call("GET", f"/v1/customers/{tid}/subscriptions", "target")) == (403, 20002)
    bench.accepted(tid, agreement=False)
    assert [c["id"] for c in bench.get("/v1/customers", "target")["items"]] == [tid]
    assert bench.get(f"/v1/customers/{tid}/subscriptions", "target")["items"] == []


def test_details_of_a_customer_need_delegated_access(bench: Bench) -> None:
    tid = bench.customer()
    assert bench.get(f"/v1/customers/{tid}", "source")["billingProfile"]["email"]
    bench.accepted(tid, agreement=False)
    seen = bench.get(f"/v1/customers/{tid}", "target")
    assert "email" not in seen["billingProfile"]
    assert "defaultAddress" not in seen["billingProfile"]
    assert "customDomains" not in seen


def test_a_relationship_ends_only_when_nothing_is_billed_any_more(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    body = {"relationshipToPartner": "none", "attributes": {"objectType": "Customer"}}
    assert code(bench.call("PATCH", f"/v1/customers/{tid}", "source", body))[0] == 400
    assert code(bench.call("PATCH", f"/v1/customers/{tid}", "source", body, kind="app")) == (403, 900329)
    bench.moved(tid, ids)
    answer = bench.call("PATCH", f"/v1/customers/{tid}", "source", body)
    assert answer.status_code == 200
    assert decoded(answer)["RelationshipToPartner"] == "none"
    assert decoded(answer)["Id"] is None
    assert bench.call("GET", f"/v1/customers/{tid}", "source").status_code == 404
    assert bench.call("GET", f"/v1/customers/{tid}", "target").status_code == 200


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    with running(customers=5) as one, running(customers=9) as two, running(customers=5, seed=2) as other:
        assert list(two.world.customers)[:5] == list(one.world.customers)
        first = one.customer()
        assert one.truth(f"/customers/{first}") == two.truth(f"/customers/{first}")
        assert not set(other.world.customers) & set(two.world.customers)


def test_contact_addresses_are_plain_ascii_at_the_customers_own_domain() -> None:
    with running(customers=400, plain=False) as bench:
        customers = bench.truth("/customers?limit=400")["items"]
    without = [c for c in customers if not c["contact"]["email"]]
    assert 0 < len(without) < 30
    for customer in customers:
        if customer["contact"]["email"]:
            assert customer["contact"]["email"].isascii()
            assert customer["contact"]["email"].endswith("@" + customer["domain"])
    assert len({c["domain"] for c in customers}) == 400
    assert {c["language"] for c in customers} == {"de", "fr", "es", "cs", "en"}


@given(
    st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 15)), max_size=60),
    st.integers(1, 5),
)
def test_a_cursor_shows_everybody_who_stays_exactly_once(changes: list[tuple[str, int]], size: int) -> None:
    roster = Roster()
    for number in range(8):
        roster.add(f"{number}")
    always = {f"{number}" for number in range(8)} - {str(number) for sign, number in changes if sign == "-"}
    seen: list[str] = []
    place, rest = 0, list(changes)
    while True:
        page = [entry for _, entry in zip(range(size), roster.after(place), strict=False)]
        if not page:
            break
        seen += [f"{tid}@{found}" for found, tid in page]
        place = page[-1][0]
        for sign, number in rest[:4]:
            (roster.add if sign == "+" else roster.remove)(f"{number}")
        rest = rest[4:]
    assert len(seen) == len(set(seen))
    names = [entry.split("@")[0] for entry in seen]
    assert all(names.count(name) == 1 for name in always)


def test_the_way_through_the_pages_can_be_given_as_a_number(bench: Bench) -> None:
    path = "/v1/customers"
    first = bench.get(path, "source", params={"size": "5"})
    token = {"MS-ContinuationToken": first["continuationToken"]}
    by_name = bench.get(path, "source", params={"seekOperation": "Next"}, headers=token)
    # The official description numbers them: Next, Previous, First, Last, PageIndex are 0 to 4.
    assert (
        bench.get(path, "source", params={"seekOperation": "0"}, headers=token)["items"] == by_name["items"]
    )
    assert bench.get(path, "source", params={"seekOperation": "2", "size": "5"})["items"] == first["items"]
    for other in ("1", "Previous", "Last", "4"):
        assert (
            code(bench.call("GET", path, "source", params={"seekOperation": other}, headers=token))[0] == 400
        )

"""Every way of paging gives each item once and ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from novation.partnercenter import PartnerCenter, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, Seen, StandIn, run

LIST = "/v1/customers"
GDAP = "/v1.0/tenantRelationships/delegatedAdminRelationships"


def ids(*numbers: int) -> list[dict[str, str]]:
    return [{"id": str(number)} for number in numbers]


async def customers(pc: PartnerCenter) -> list[str | None]:
    return [c.id async for c in pc.customers.list(page_size=2)]


def test_the_continuation_token_goes_into_the_header_with_seek_operation() -> None:
    script = StandIn()

    def answer(seen: Seen) -> Reply:
        token = seen.headers.get("ms-continuationtoken")
        if token is None:
            assert seen.query == {"size": "2"}
            return Reply({"totalCount": 2, "items": ids(1, 2), "continuationToken": "two"})
        assert token == "two"
        assert seen.query["seekOperation"] == "Next"
        return Reply({"totalCount": 1, "items": ids(3)})

    script.on("GET", LIST, answer)
    assert run(script, customers) == ["1", "2", "3"]


def test_a_next_link_is_followed_with_its_headers() -> None:
    script = StandIn()

    def answer(seen: Seen) -> Reply:
        if "seekOperation" not in seen.query:
            following = {
                "uri": "/customers?size=2&seekOperation=Next",
                "method": "GET",
                "headers": [{"key": "MS-ContinuationToken", "value": "abc"}],
            }
            return Reply({"items": ids(1, 2), "links": {"next": following}})
        assert seen.headers["ms-continuationtoken"] == "abc"
        return Reply({"items": ids(3), "links": {"self": {"uri": "/customers"}}})

    script.on("GET", LIST, answer)
    assert run(script, customers) == ["1", "2", "3"]
    assert [seen.path for seen in script.seen] == [LIST, LIST]


def test_audit_records_repeat_their_query_without_seek_operation() -> None:
    script = StandIn()

    def answer(seen: Seen) -> Reply:
        assert seen.query["startDate"] == "2026-11-01"
        assert "seekOperation" not in seen.query
        more = "ms-continuationtoken" not in seen.headers
        return Reply({"items": ids(1 if more else 2), **({"continuationToken": "t"} if more else {})})

    script.on("GET", "/v1/auditrecords", answer)

    async def work(pc: PartnerCenter) -> list[str | None]:
        return [r.id async for r in pc.audit.list(start=date(2026, 11, 1), end=date(2026, 11, 2))]

    assert run(script, work) == ["1", "2"]


def test_graph_pages_by_its_next_link() -> None:
    script = StandIn()

    def answer(seen: Seen) -> Reply:
        if "$skiptoken" in seen.query:
            return Reply({"value": ids(3)})
        assert seen.query == {"$top": "300", "$filter": "status eq 'active'"}
        return Reply({"value": ids(1, 2), "@odata.nextLink": f"{script.url}{GDAP}?$skiptoken=x"})

    script.on("GET", GDAP, answer)

    async def work(pc: PartnerCenter) -> list[str]:
        return [r.id async for r in pc.gdap.list(filter="status eq 'active'")]

    assert run(script, work) == ["1", "2", "3"]


@pytest.mark.parametrize("host", ["https://evil.example", "http://127.0.0.1:1"])
def test_a_next_link_to_another_host_gets_no_token(host: str) -> None:
    script = StandIn()
    script.on("GET", GDAP, Reply({"value": ids(1), "@odata.nextLink": f"{host}{GDAP}?$skiptoken=x"}))
    script.on("GET", LIST, Reply({"items": ids(1), "links": {"next": {"uri": f"{host}/v1/customers?x=1"}}}))

    async def work(pc: PartnerCenter) -> None:
        with pytest.raises(errors.BadAnswer):
            _ = [r async for r in pc.gdap.list()]
        with pytest.raises(errors.BadAnswer):
            await customers(pc)

    run(script, work)
    assert {seen.raw_path for seen in script.seen} == {f"{GDAP}?%24top=300", f"{LIST}?size=2"}


def test_pages_that_go_round_in_a_circle_are_found() -> None:
    script = StandIn()
    script.on("GET", LIST, Reply({"items": ids(1), "continuationToken": "same"}))
    with pytest.raises(errors.BadAnswer, match="circle"):
        run(script, customers)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"totalCount": "00", "items": []},
        {"TotalCount": 0, "Items": []},
    ],
)
def test_an_empty_collection_comes_in_many_shapes(body: Any) -> None:
    script = StandIn()
    script.on("GET", LIST, Reply(body))
    assert run(script, customers) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"totalCount": 0, "items": None},
        {"totalCount": 2, "items": []},
        {"totalCount": "3", "items": [{"id": "a"}, {"id": "b"}]},
        {"code": 2000, "description": "An internal error."},
        {"error": {"code": "generalException", "message": "An internal error."}},
    ],
)
def test_a_collection_that_does_not_say_what_it_holds_is_never_an_empty_or_a_short_one(body: Any) -> None:
    script = StandIn()
    script.on("GET", LIST, Reply(body))
    with pytest.raises(errors.BadAnswer):
        run(script, customers)


def test_a_filter_goes_out_as_json() -> None:
    script = StandIn()
    script.on("GET", LIST, Reply({"items": []}))

    async def work(pc: PartnerCenter) -> None:
        _ = [c async for c in pc.customers.list(starts_with='Müller & "Söhne"')]

    run(script, work)
    import json

    assert json.loads(script.seen[0].query["filter"]) == {
        "Field": "CompanyName",
        "Value": 'Müller & "Söhne"',
        "Operator": "starts_with",
    }


def test_a_bare_array_is_a_collection() -> None:
    script = StandIn()
    script.on("GET", f"/v1/customers/{CUSTOMER}/transfers", Reply(ids(1, 2)))
    assert [t.id for t in run(script, lambda pc: pc.transfers.list(CUSTOMER))] == ["1", "2"]


def test_a_listing_is_awaited_as_a_whole_or_walked_page_by_page_and_asks_when_it_is_used() -> None:
    script = StandIn()
    script.on("GET", "/v1/customers", _page_of("a", "t1"), _page_of("b", None), _page_of("a", "t1"))

    async def work(pc: PartnerCenter) -> tuple[list[Any], int, Any, int]:
        listing = pc.customers.list(page_size=1)
        before = len(script.seen)
        whole = [customer.id for customer in await listing]
        first = await anext(aiter(listing))
        return whole, before, first.id, len(script.seen)

    # Three pages were asked for: both for the whole, and the first again for the first customer.
    assert run(script, work) == (["a", "b"], 0, "a", 3)


def _page_of(name: str, token: str | None) -> Reply:
    return Reply({"items": [{"id": name}], **({"continuationToken": token} if token else {})})

"""Every recorded answer of the live API is read by the client; hand-edited oddities are noted, not fatal."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from novation.partnercenter import Resource, errors
from novation.partnercenter.answers import decode, items_of
from novation.partnercenter.resources import parse_as
from tests.partnercenter.corpus_replay import CALLS, OUTSIDE, Record, records
from tests.partnercenter.stand_in import Reply, StandIn, client, run, serving


def replayed(record: Record) -> Any:
    path, work = CALLS[record.operation]
    script = StandIn()
    script.on(record.method, path, Reply(record.body, record.status))

    async def call(pc: Any) -> Any:
        return await work(pc)

    return run(script, call)


def all_parts(found: Any) -> list[Resource]:
    return list(found) if isinstance(found, list) else [found]


def test_every_recorded_operation_is_either_called_or_named_as_outside(corpus: Path) -> None:
    names = {record.operation for record in records(corpus)}
    assert names == set(CALLS) | set(OUTSIDE)
    assert not set(CALLS) & set(OUTSIDE)


def test_every_recorded_answer_is_read_without_losing_an_item(corpus: Path) -> None:
    async def work() -> None:
        for record in [r for r in records(corpus) if r.operation in CALLS]:
            path, call = CALLS[record.operation]
            script = StandIn()
            script.on(record.method, path, Reply(record.body, record.status))
            body = decode(200, {}, record.body)
            async with serving(script), client(script) as pc:
                if not body:  # blanked by hand: it does not say that there are no lines
                    with pytest.raises(errors.BadAnswer):
                        await call(pc)
                    continue
                found = all_parts(await call(pc))
            expected = items_of(body) if isinstance(body, list) or "items" in body else [body]
            assert len(found) == len(expected), record.file
            for part, item in zip(found, expected, strict=True):
                assert part.oddities == (), (record.file, part.oddities)
                assert set(item) <= set(part.raw), record.file

    asyncio.run(work())


def test_bodies_outside_the_contract_are_at_least_decoded(corpus: Path) -> None:
    for record in [r for r in records(corpus) if r.operation in OUTSIDE]:
        body = decode(200, {}, record.body)
        for item in items_of(body) if isinstance(body, list) or "items" in body else [body]:
            assert parse_as(Resource, item).raw is item


def test_a_count_in_quotes_is_not_believed(corpus: Path) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetCustomerLicenseByGroup")
    assert json.loads(record.body.decode("utf-8-sig"))["totalCount"] == "04"
    assert len(replayed(record)) == 4


def test_a_wrong_total_loses_no_record(corpus: Path) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetAuditRecord")
    found = replayed(record)
    assert json.loads(record.body.decode("utf-8-sig"))["totalCount"] == 2
    assert len(found) == 3
    assert all(r.operation_date.utcoffset().total_seconds() == 0 for r in found)
    assert found[0].new_value["BillingCycle"] == "monthly"


def test_money_keeps_its_digits(corpus: Path) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetInvoiceById")
    assert replayed(record).total_charges == Decimal("-87993.07")


def test_year_one_means_never(corpus: Path) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetInvoiceSummary")
    (summary,) = replayed(record)
    assert summary.last_payment_date is None
    assert summary.accounting_date.isoformat() == "2018-07-15T00:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "many"), ("quantity", [1]), ("isTrial", 3), ("links", "none"), ("creationDate", 20180404)],
)
def test_an_edited_record_is_read_or_named_but_never_crashes(corpus: Path, field: str, value: Any) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetCustomerSubscription")
    body = json.loads(record.body.decode("utf-8-sig"))
    body["items"][0][field] = value
    edited = Record(record.file, record.operation, record.method, record.path, 200, json.dumps(body).encode())
    first = replayed(edited)[0]
    assert first.raw[field] == value
    if field != "links":
        assert len(first.oddities) == 1 and field in first.oddities[0]


def test_an_edited_required_field_is_a_bad_answer(corpus: Path) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetCustomerUserById")
    body = json.loads(record.body.decode("utf-8-sig"))
    body["id"] = {"a": 1}
    edited = Record(record.file, record.operation, record.method, record.path, 200, json.dumps(body).encode())
    with pytest.raises(errors.BadAnswer, match=r"users\.get.*\$\.id"):
        replayed(edited)


@pytest.mark.parametrize("cut", [1, 17, 100, 255])
def test_a_record_cut_short_is_a_bad_answer(corpus: Path, cut: int) -> None:
    record = next(r for r in records(corpus) if r.operation == "GetCustomerUserById")
    edited = Record(record.file, record.operation, record.method, record.path, 200, record.body[:-cut])
    with pytest.raises(errors.BadAnswer):
        replayed(edited)

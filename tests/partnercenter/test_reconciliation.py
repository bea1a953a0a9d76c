"""Billing exports: ask, wait as told, stream the files; the signed address stays secret."""

from __future__ import annotations

import gzip
import logging
from decimal import Decimal
from typing import Any

import pytest

from novation.partnercenter import Done, PartnerCenter, Unknown, errors
from novation.partnercenter.reconciliation import Manifest
from novation.partnercenter.resources import parse_as
from tests.partnercenter.stand_in import FakeClock, Reply, StandIn, run

BASE = "/v1.0/reports/partners/billing"
SAS = "sv=2026&sig=VERYSECRETSIGNATURE"


def manifest(script: StandIn, **changes: Any) -> dict[str, Any]:
    return {
        "id": "m-1",
        "schemaVersion": "2",
        "dataFormat": "compressedJSONLines",
        "eTag": "e",
        "rootDirectory": f"{script.url}/files/m-1",
        "sasToken": SAS,
        "blobCount": 2,
        "blobs": [{"name": "part-1.json.gz", "partitionValue": "d"}, {"name": "sub/part 2.json.gz"}],
        **changes,
    }


def test_an_export_is_asked_for_awaited_and_streamed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    script, clock = StandIn(), FakeClock()
    path = f"{BASE}/reconciliation/billed/export"
    script.on(
        "POST", path, Reply(None, 202, {"Location": f"https://graph.microsoft.com{BASE}/operations/op-1"})
    )
    running = Reply({"id": "op-1", "status": "running"}, 200, {"Retry-After": "25"})
    script.on(
        "GET",
        f"{BASE}/operations/op-1",
        Reply({"id": "op-1", "status": "notStarted"}),
        running,
        lambda seen: Reply({"id": "op-1", "status": "succeeded", "resourceLocation": manifest(script)}),
    )
    first = gzip.compress(b'{"Total": 1.10}\n{"Total": 2.20}\n', mtime=0)
    second = gzip.compress(b'{"Total": 3}', mtime=0) + gzip.compress(b"\n", mtime=0)
    script.on("GET", "/files/m-1/part-1.json.gz", Reply(first))
    script.on("GET", "/files/m-1/sub/part 2.json.gz", Reply(second))

    async def work(pc: PartnerCenter) -> Any:
        outcome = await pc.reconciliation.export_billed("G1")
        assert isinstance(outcome, Done)
        found = await pc.reconciliation.wait(outcome.value)
        return found, [line async for line in pc.reconciliation.lines(found)]

    found, lines = run(script, work, clock=clock)
    assert [line["Total"] for line in lines] == [Decimal("1.10"), Decimal("2.20"), 3]
    assert script.calls("POST", path)[0].body == {"invoiceId": "G1", "attributeSet": "full"}
    assert clock.slept == [10.0, 25.0]
    download = script.calls("GET", "/files/m-1/part-1.json.gz")[0]
    assert download.query == {"sv": "2026", "sig": "VERYSECRETSIGNATURE"}
    assert "authorization" not in download.headers
    assert "VERYSECRETSIGNATURE" not in caplog.text + repr(found)


@pytest.mark.parametrize(
    ("work", "path", "body"),
    [
        (
            lambda r: r.export_unbilled("EUR", period="last"),
            "reconciliation/unbilled/export",
            {"currencyCode": "EUR", "billingPeriod": "last", "attributeSet": "full"},
        ),
        (
            lambda r: r.export_billed("G1", usage=True, attribute_set="basic"),
            "usage/billed/export",
            {"invoiceId": "G1", "attributeSet": "basic"},
        ),
        (
            lambda r: r.export_unbilled("EUR", usage=True),
            "usage/unbilled/export",
            {"currencyCode": "EUR", "billingPeriod": "current", "attributeSet": "full"},
        ),
    ],
)
def test_each_kind_of_export_has_its_address(work: Any, path: str, body: dict[str, str]) -> None:
    script = StandIn()
    script.on("POST", f"{BASE}/{path}", Reply(None, 202, {"Location": f"{BASE}/operations/op-9"}))
    outcome = run(script, lambda pc: work(pc.reconciliation))
    assert isinstance(outcome, Done) and outcome.value == "op-9"
    assert script.seen[0].body == body


def test_a_202_without_an_operation_is_unknown() -> None:
    script = StandIn()
    script.on("POST", f"{BASE}/reconciliation/billed/export", Reply(None, 202))
    assert isinstance(run(script, lambda pc: pc.reconciliation.export_billed("G1")), Unknown)


def test_a_failed_export_and_an_expired_one_are_told_apart() -> None:
    script = StandIn()
    failed = {"id": "op-1", "status": "failed", "error": {"code": "NoData", "message": "nothing"}}
    script.on("GET", f"{BASE}/operations/op-1", Reply(failed))
    with pytest.raises(errors.Refused, match="NoData"):
        run(script, lambda pc: pc.reconciliation.wait("op-1"))
    script.on("GET", f"{BASE}/operations/op-1", Reply({"error": {"code": "x", "message": "y"}}, 410))
    with pytest.raises(errors.Gone):
        run(script, lambda pc: pc.reconciliation.wait("op-1"))


def test_waiting_ends() -> None:
    script = StandIn()
    script.on("GET", f"{BASE}/operations/op-1", Reply({"id": "op-1", "status": "running"}))
    with pytest.raises(errors.Unreachable):
        run(script, lambda pc: pc.reconciliation.wait("op-1", at_most=60))
    assert len(script.seen) == 7


def lines(script: StandIn, **changes: Any) -> list[Any]:
    async def work(pc: PartnerCenter) -> list[Any]:
        found = parse_as(Manifest, manifest(script, **changes))
        return [line async for line in pc.reconciliation.lines(found)]

    return run(script, work)


@pytest.mark.parametrize(
    "body",
    [
        b"no gzip at all",
        gzip.compress(b'{"a": 1}\n' * 100, mtime=0)[:-20],
        gzip.compress(b'{"a": 1}\n', mtime=0)[:-8],
        b"",
        gzip.compress(b"[1, 2]\n", mtime=0),
        gzip.compress(b'{"a": \n', mtime=0),
    ],
)
def test_a_broken_file_is_a_bad_answer_without_its_address(body: bytes) -> None:
    script = StandIn()
    script.on("GET", "/files/m-1/part-1.json.gz", Reply(body))
    with pytest.raises(errors.BadAnswer) as caught:
        lines(script, blobCount=1, blobs=[{"name": "part-1.json.gz"}])
    assert "VERYSECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "root",
    [
        "https://evil.example/x",
        "file:///etc",
        "http://127.0.0.1.evil.example/x",
        "https://u:p@127.0.0.1/x",
        "",
    ],
)
def test_files_come_from_listed_hosts_only(root: str) -> None:
    script = StandIn()
    with pytest.raises(errors.Invalid):
        lines(script, rootDirectory=root)
    assert script.seen == []


def test_a_missing_file_in_the_manifest_is_noticed() -> None:
    with pytest.raises(errors.BadAnswer, match="3 files promised"):
        lines(StandIn(), blobCount=3)


def test_a_small_file_that_unpacks_to_a_huge_line_is_stopped() -> None:
    script = StandIn()
    script.on("GET", "/files/m-1/part-1.json.gz", Reply(gzip.compress(b"x" * 50_000_000, mtime=0)))
    with pytest.raises(errors.BadAnswer, match="too long"):
        lines(script)

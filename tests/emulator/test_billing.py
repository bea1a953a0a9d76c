"""Charges, invoices and reconciliation files agree with each other and with what happened."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from novation.emulator.catalogue import LICENCES
from novation.emulator.charges import Charge, Step, charges
from tests.emulator.running import Bench, code, decoded

SKU = LICENCES[0]
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def _step(at: datetime, kind: str = "term", how: str = "new", quantity: int = 10, **changes: Any) -> Step:
    values = {"term": "P1Y", "cycle": "annual", "anchor": START, "ends": END} | changes
    return Step(at, kind, how, quantity, SKU, **values)


def _kinds(found: list[Charge]) -> list[tuple[str, int, Decimal]]:
    return [(c.kind, c.quantity, c.subtotal) for c in found]


def test_a_year_paid_at_once_is_one_line_and_a_year_paid_monthly_is_twelve() -> None:
    price = Decimal("5.60") * 12
    assert _kinds(list(charges([_step(START)], END))) == [("new", 10, price * 10)]
    monthly = list(charges([_step(START, cycle="monthly")], END))
    assert [c.kind for c in monthly] == ["new"] + ["cycleCharge"] * 11
    assert [(c.start.month, c.end.month) for c in monthly] == [(m, m) for m in range(1, 13)]


def test_added_seats_are_charged_for_the_rest_of_the_period_by_the_day() -> None:
    added = datetime(2026, 4, 1, 15, tzinfo=UTC)
    found = list(charges([_step(START), _step(added, "quantity", "", 14)], END))
    assert [c.kind for c in found] == ["new", "addQuantity"]
    rest = (END.date() - added.date()).days
    assert found[1].subtotal == (Decimal("67.20") * rest / 365 * 4).quantize(Decimal("0.01"))
    assert (found[1].start.isoformat(), found[1].end.isoformat()) == ("2026-04-01", "2026-12-31")


def test_a_transfer_credits_the_source_with_what_it_charges_the_target() -> None:
    moved = datetime(2026, 6, 15, 11, tzinfo=UTC)
    for cycle in ("annual", "monthly"):
        source = list(charges([_step(START, cycle=cycle), _step(moved, "end", "transfer", cycle=cycle)], END))
        target = list(charges([_step(moved, "transfer", "transfer", cycle=cycle)], END))
        credit, first = source[-1], target[0]
        assert (credit.kind, first.kind) == ("cancelImmediate", "new")
        assert credit.subtotal == -first.subtotal
        assert credit.start == first.start == moved.date()
        assert (credit.reason, first.reason) == ("transfer", "transfer")
        undisturbed = sum(c.subtotal for c in charges([_step(START, cycle=cycle)], END))
        assert sum(c.subtotal for c in [*source, *target]) == undisturbed


def test_trials_cost_nothing_and_an_extended_term_three_per_cent_more() -> None:
    assert list(charges([_step(START, free=True)], END)) == []
    month = datetime(2026, 2, 1, tzinfo=UTC)
    extended = _step(START, how="extend", term="P1M", cycle="monthly", ends=month)
    (line,) = charges([extended], END)
    assert line.unit_price == (Decimal("6.72") * Decimal("1.03")).quantize(Decimal("0.01"))


def _all_lines(bench: Bench, invoice: str, account: str, **query: str) -> list[dict[str, Any]]:
    wanted = {"provider": "onetime", "invoicelineitemtype": "billinglineitems", "size": "7", **query}
    page = bench.get(f"/v1/invoices/{invoice}/lineitems", account, params=wanted)
    found: list[dict[str, Any]] = list(page["items"])
    while token := page.get("continuationToken"):
        headers = {"MS-ContinuationToken": token}
        page = bench.get(f"/v1{page['links']['next']['uri']}", account, headers=headers)
        found += page["items"]
    return found


def _download(bench: Bench, account: str, path: str, body: dict[str, str]) -> list[dict[str, Any]]:
    started = bench.call("POST", f"/v1.0/reports/partners/billing/{path}", account, body, kind="app")
    assert started.status_code == 202, started.text
    operation = started.headers["Location"]
    assert bench.call("GET", operation, account, kind="app").json()["status"] in {"notStarted", "running"}
    bench.advance(minutes=1)
    done = bench.call("GET", operation, account, kind="app").json()
    manifest = done["resourceLocation"]
    assert (done["status"], manifest["dataFormat"]) == ("succeeded", "compressedJSONLines")
    rows: list[dict[str, Any]] = []
    for blob in manifest["blobs"]:
        url = f"{manifest['rootDirectory']}/{blob['name']}"
        assert bench.http.get(url).status_code == 403
        packed = bench.http.get(f"{url}?{manifest['sasToken']}").content
        rows += [json.loads(line, parse_float=Decimal) for line in gzip.decompress(packed).splitlines()]
    assert manifest["blobCount"] == len(manifest["blobs"])
    return rows


def test_invoice_lines_and_reconciliation_files_say_the_same_about_a_move(bench: Bench) -> None:
    tid, ids = bench.movable()
    bench.accepted(tid)
    bench.moved(tid, ids)
    assert bench.get("/v1/invoices", "source")["items"] == []
    bench.act("/clock", to="2026-12-08T01:00:00Z")
    credits: Decimal = Decimal(0)
    for account, number in (("source", "G1202611"), ("target", "G2202611")):
        (invoice,) = bench.get("/v1/invoices", account)["items"]
        assert invoice["id"] == number
        lines = _all_lines(bench, number, account)
        rows = _download(
            bench, account, "reconciliation/billed/export", {"invoiceId": number, "attributeSet": "full"}
        )
        amounts = [Decimal(str(line["subtotal"])) for line in lines]
        assert sum(amounts) == Decimal(str(invoice["totalCharges"])) == sum(row["Subtotal"] for row in rows)
        assert [line["subscriptionId"] for line in lines] == [row["SubscriptionId"] for row in rows]
        moved = [row for row in rows if row["CreditReasonCode"] == "transfer"]
        assert {row["CustomerId"] for row in moved} == {tid}
        assert len(moved) == len(ids)
        credits += sum(row["Subtotal"] for row in moved)
        assert {line["chargeType"] for line in lines} <= {"New", "renew", "cycleCharge", "Cancel"}
    assert credits == 0


def test_unbilled_lines_become_the_invoice(bench: Bench) -> None:
    bench.act("/clock", to="2026-12-02T00:00:00Z")
    body = {"currencyCode": "EUR", "billingPeriod": "last", "attributeSet": "basic"}
    before = _download(bench, "source", "reconciliation/unbilled/export", body)
    v1 = _all_lines(bench, "unbilled", "source", currencycode="eur", period="previous")
    assert len(before) == len(v1) > 0
    assert "PCToBCExchangeRate" not in before[0]
    bench.act("/clock", to="2026-12-09T00:00:00Z")
    after = _all_lines(bench, "G1202611", "source")
    assert [row["Subtotal"] for row in before] == [Decimal(str(line["subtotal"])) for line in after]


def test_bad_exports_are_refused_and_old_ones_are_gone(bench: Bench) -> None:
    root = "/v1.0/reports/partners/billing/reconciliation"
    for path, body in (
        ("billed", {"invoiceId": "G0"}),
        ("unbilled", {"currencyCode": "USD", "billingPeriod": "current"}),
        ("unbilled", {"currencyCode": "EUR", "billingPeriod": "never"}),
    ):
        assert bench.call("POST", f"{root}/{path}/export", "source", body, kind="app").status_code == 400
    spelled_out = f"{root}/unbilled/microsoft.graph.partners.billing.export"
    body = {"currencyCode": "EUR", "billingPeriod": "current", "attributeSet": "full"}
    started = bench.call("POST", spelled_out, "source", body, kind="app")
    assert started.status_code == 202
    assert bench.call("GET", started.headers["Location"], "target", kind="app").status_code == 404
    bench.advance(days=2)
    assert bench.call("GET", started.headers["Location"], "source", kind="app").status_code == 410


def test_the_statement_is_a_pdf_and_needs_a_user(bench: Bench) -> None:
    bench.act("/clock", to="2026-12-09T00:00:00Z")
    path = "/v1/invoices/G1202611/documents/statement"
    assert bench.call("GET", path, "source").content.startswith(b"%PDF-")
    assert code(bench.call("GET", path, "source", kind="app")) == (403, 900329)
    assert decoded(bench.call("GET", "/v1/invoices/summaries", "source"))["totalCount"] == 1

"""Reconciliation exports over HTTP: 202, operation, manifest, gzip files of JSON lines (§10.2)."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

import msgspec

from novation.emulator import invoices
from novation.emulator.calendar import add_months
from novation.emulator.clock import wire_time
from novation.emulator.exports import EXPORT_DURATION, LINES_PER_FILE, Export
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.routes import route
from novation.emulator.refusals import Refusal

_ROOT = "/v1.0/reports/partners/billing"
_LONG = "microsoft.graph.partners.billing"
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _body(call: Call) -> dict[str, Any]:
    try:
        return call.body()
    except Refusal as refusal:
        raise bad_request(refusal.description) from None


def _full(body: dict[str, Any]) -> bool:
    kind = body.get("attributeset", "full")
    if kind not in ("full", "basic"):
        raise bad_request("attributeSet must be full or basic.")
    return bool(kind == "full")


def _billed(call: Call, *, usage: bool) -> Answer:
    body = _body(call)
    wanted = body.get("invoiceid")
    found = next((i for i in invoices.invoices(call.world, call.account) if i.id == wanted), None)
    if found is None:
        raise bad_request("invoiceId: there is no such invoice.")
    return _begin(call, found.id, found.start, found.end, full=_full(body), usage=usage)


def _unbilled(call: Call, *, usage: bool) -> Answer:
    body = _body(call)
    if body.get("currencycode") != call.partner.currency:
        raise bad_request(f"currencyCode must be {call.partner.currency}.")
    period = body.get("billingperiod")
    if period not in ("current", "last"):
        raise bad_request("billingPeriod must be current or last.")
    month = invoices.month_of(call.now)
    if period == "last":
        month = add_months(month, -1)
    return _begin(call, None, month, add_months(month, 1), full=_full(body), usage=usage)


def _begin(call: Call, invoice_id: str | None, start: Any, end: Any, *, full: bool, usage: bool) -> Answer:
    export = Export(
        id=call.world.new_id(), account=call.account, created_at=call.now, invoice_id=invoice_id, start=start,
        end=end, full=full, usage=usage, secret=call.world.new_id().replace("-", ""),
    )  # fmt: skip
    call.world.exports[export.id] = export
    call.effect = "created"
    location = f"{call.base}{_ROOT}/operations/{export.id}"
    body = {"@odata.context": f"{call.base}/v1.0/$metadata#operation", **_operation(call, export)}
    return Answer(202, body, {"Location": location, "Retry-After": "10"})


@route("POST", _ROOT + "/reconciliation/billed/export", "exports.billed", service="graph", group="billing",
       page="Graph: partners.billing export", also=(f"{_ROOT}/reconciliation/billed/{_LONG}.export",))  # fmt: skip
def billed(call: Call) -> Answer:
    """Lines of an invoice."""
    return _billed(call, usage=False)


@route("POST", _ROOT + "/reconciliation/unbilled/export", "exports.unbilled", service="graph", group="billing",
       page="Graph: partners.billing export", also=(f"{_ROOT}/reconciliation/unbilled/{_LONG}.export",))  # fmt: skip
def unbilled(call: Call) -> Answer:
    """Lines of the current or the last month."""
    return _unbilled(call, usage=False)


@route("POST", _ROOT + "/usage/billed/export", "exports.usage_billed", service="graph", group="billing",
       page="Graph: partners.billing export", also=(f"{_ROOT}/usage/billed/{_LONG}.export",),
       note="always empty: the emulator meters no Azure usage")  # fmt: skip
def usage_billed(call: Call) -> Answer:
    """Daily rated usage of an invoice: none."""
    return _billed(call, usage=True)


@route("POST", _ROOT + "/usage/unbilled/export", "exports.usage_unbilled", service="graph", group="billing",
       page="Graph: partners.billing export", also=(f"{_ROOT}/usage/unbilled/{_LONG}.export",),
       note="always empty: the emulator meters no Azure usage")  # fmt: skip
def usage_unbilled(call: Call) -> Answer:
    """Daily rated usage of a month: none."""
    return _unbilled(call, usage=True)


@route("GET", _ROOT + "/operations/{operation_id}", "exports.operation", service="graph", group="billing",
       page="Graph: operation (partners billing)")  # fmt: skip
def operation(call: Call) -> Answer:
    """notStarted, running, succeeded with the manifest; 410 when it is too old."""
    export = call.world.exports.get(call.params["operation_id"].lower())
    if export is None or export.account != call.account:
        raise Refusal(404, "itemNotFound", "The operation does not exist.")
    if export.is_expired_at(call.now):
        raise Refusal(410, "gone", "The operation has expired. Start the export again.")
    headers = {} if export.status_at(call.now) == "succeeded" else {"Retry-After": "10"}
    return Answer(200, _operation(call, export), headers)


def _operation(call: Call, export: Export) -> dict[str, Any]:
    status = export.status_at(call.now)
    running = status != "succeeded"
    body: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.partners.billing."
        + ("runningOperation" if running else "exportSuccessOperation"),
        "id": export.id,
        "createdDateTime": wire_time(export.created_at),
        "lastActionDateTime": wire_time(min(call.now, export.created_at + EXPORT_DURATION)),
        "status": status,
    }
    if status == "succeeded":
        _fill(call, export)
        body["resourceLocation"] = _manifest(call, export)
    return body


def _fill(call: Call, export: Export) -> None:
    if export.etag:
        return
    rows: list[bytes] = []
    if not export.usage:
        number = export.invoice_id or ""
        billed = invoices.billed_lines(call.world, export.account, export.start, export.end)
        rows = [
            _ENCODER.encode(invoices.export_row(line, number, full=export.full))
            for _, line in invoices.in_day_order(billed)
        ]
    for place in range(0, len(rows), LINES_PER_FILE):
        text = b"\n".join(rows[place : place + LINES_PER_FILE]) + b"\n"
        export.files.append(gzip.compress(text, mtime=0))
    export.etag = hashlib.sha256(b"".join(export.files)).hexdigest()[:16]


def _manifest(call: Call, export: Export) -> dict[str, Any]:
    return {
        "id": export.id,
        "schemaVersion": "2",
        "dataFormat": "compressedJSONLines",
        "createdDateTime": wire_time(export.created_at + EXPORT_DURATION),
        "eTag": export.etag,
        "partnerTenantId": call.partner.tenant_id,
        "rootDirectory": f"{call.base}/exports/{export.id}",
        "sasToken": f"sig={export.secret}",
        "partitionType": "default",
        "blobCount": len(export.files),
        "blobs": [
            {"name": f"part-{number:05d}.json.gz", "partitionValue": str(number)}
            for number in range(len(export.files))
        ],
    }


@route("GET", _ROOT + "/manifests/{manifest_id}", "exports.manifest", service="graph", group="billing",
       page="Graph: manifest (partners billing)")  # fmt: skip
def manifest(call: Call) -> Answer:
    """The manifest by itself."""
    export = call.world.exports.get(call.params["manifest_id"].lower())
    if export is None or export.account != call.account or export.status_at(call.now) != "succeeded":
        raise Refusal(404, "itemNotFound", "The manifest does not exist.")
    if export.is_expired_at(call.now):
        raise Refusal(410, "gone", "The manifest has expired. Start the export again.")
    _fill(call, export)
    return Answer(200, _manifest(call, export))


@route("GET", "/exports/{export_id}/{name}", "exports.file", service="page", group="billing",
       page="Graph: manifest (partners billing)", note="stands for Azure blob storage")  # fmt: skip
def file(call: Call) -> Answer:
    """A file; the signature in the address is the only key, as with blob storage."""
    export = call.world.exports.get(call.params["export_id"].lower())
    number = call.params["name"].removeprefix("part-").removesuffix(".json.gz")
    if export is None or call.query.get("sig") != export.secret or export.is_expired_at(call.now):
        raise Refusal(403, "AuthenticationFailed", "The signature is missing, wrong or expired.")
    if not number.isdigit() or int(number) >= len(export.files):
        raise Refusal(404, "BlobNotFound", "There is no such file.")
    return Answer(200, raw=export.files[int(number)], content_type="application/octet-stream")

"""The activity log over HTTP (§11)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from novation.emulator.audit import AuditRecord
from novation.emulator.calendar import RETENTION, midnight
from novation.emulator.clock import parse_time, wire_time
from novation.emulator.http.calls import Answer, Call, collection, make_cursor, read_cursor
from novation.emulator.http.routes import route
from novation.emulator.refusals import invalid, not_found

_DEFAULT_DAYS = 30
_AMERICAN = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})(?: \d{1,2}:\d\d:\d\d [AP]M)?\s*\Z", re.IGNORECASE)


def record_body(record: AuditRecord) -> dict[str, Any]:
    """The record as listed."""
    return {
        "id": record.id,
        "partnerId": record.partner_id,
        "participants": [],
        "customerId": record.customer_id,
        "customerName": record.customer_name,
        "userPrincipalName": record.user,
        "applicationId": record.application_id,
        "resourceType": record.resource_type,
        "resourceOldValue": record.old_value,
        "resourceNewValue": record.new_value,
        "operationType": record.operation,
        "originalCorrelationId": record.correlation_id,
        "operationDate": wire_time(record.at),
        "operationStatus": record.status,
        "customizedData": [{"key": key, "value": value} for key, value in record.data.items()],
        "attributes": {"objectType": "AuditRecord"},
    }


def _day(call: Call, name: str, default: datetime) -> datetime:
    text = call.query.get(name.lower()) or call.query.get(f"auditrequest.{name.lower()}")
    if not text:
        return default
    try:
        # The page's own example is in American: 6/1/2017 12:00:00 AM.
        if american := _AMERICAN.match(text):
            return datetime(int(american[3]), int(american[1]), int(american[2]), tzinfo=UTC)
        return midnight(parse_time(text))
    except ValueError:
        raise invalid(name, "a date such as 2026-11-23 is needed") from None


@route(
    "GET",
    "/v1/auditrecords",
    "audit.list",
    group="audit",
    page="get-a-record-of-partner-center-activity-by-user",
)
def list_records(call: Call) -> Answer:
    """Whole days, 90 days back at most; the next page repeats the dates and sends the token, no seekOperation."""
    start = _day(call, "startDate", midnight(call.now) - timedelta(days=_DEFAULT_DAYS))
    end = _day(call, "endDate", midnight(call.now)) + timedelta(days=1)
    if start < midnight(call.now - RETENTION):
        raise invalid("startDate", "records are kept for 90 days")
    if end <= start:
        raise invalid("endDate", "it lies before startDate")
    size = call.page_size("size", 500, 500)
    after = -1
    if token := call.headers.get("MS-ContinuationToken"):
        after = int(read_cursor(token).get("p", -1))
    chosen = call.filter()
    records = call.world.audit[call.account]
    items: list[dict[str, Any]] = []
    last, more = after, False
    for place in range(after + 1, len(records)):
        record = records[place]
        if not (start <= record.at < end and _matches(record, chosen)):
            continue
        if len(items) == size:
            more = True
            break
        items.append(record_body(record))
        last = place
    uri = f"/auditrecords?startDate={start:%Y-%m-%d}&endDate={end - timedelta(days=1):%Y-%m-%d}&size={size}"
    extra = {"continuationToken": make_cursor(p=last)} if more else {}
    return Answer(200, collection(call.ordered(items), uri, **extra))


def _matches(record: AuditRecord, chosen: dict[str, str] | None) -> bool:
    if chosen is None:
        return True
    field, value = chosen["field"].lower(), chosen["value"].casefold()
    if field == "companyname":
        return value in (record.customer_name or "").casefold()
    if field == "customerid":
        return value == (record.customer_id or "").casefold()
    if field == "resourcetype":
        return value == record.resource_type.casefold()
    raise invalid("filter", "CompanyName, CustomerId or ResourceType")


@route(
    "GET",
    "/v1/auditrecords/{record_id}",
    "audit.get",
    group="audit",
    page="get-a-record-of-partner-center-activity-by-user",
    also=("/auditactivity/v1/auditrecords/{record_id}",),
)
def get_record(call: Call) -> Answer:
    """One record by id, while it is kept."""
    for record in reversed(call.world.audit[call.account]):
        if record.id == call.params["record_id"]:
            if record.at < call.now - RETENTION:
                break
            return Answer(200, record_body(record))
    raise not_found("The audit record")

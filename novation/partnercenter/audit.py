"""Audit records: what partner users and applications did, 90 days back."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from novation.partnercenter.answers import decode
from novation.partnercenter.errors import BadAnswer
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Resource
from novation.partnercenter.sending import Sender


class AuditRecord(Resource, frozen=True, kw_only=True, rename="camel"):
    """One record. It does not log what a customer's own admins do in their admin centre."""

    id: str | None = None
    partner_id: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    user_principal_name: str | None = None
    application_id: str | None = None
    resource_type: str | None = None
    resource_old_value: str | None = None
    resource_new_value: str | None = None
    operation_type: str | None = None
    operation_status: str | None = None
    operation_date: datetime | None = None
    original_correlation_id: str | None = None
    customized_data: list[dict[str, Any]] | None = None

    @property
    def custom(self) -> dict[str, str]:
        """``customizedData`` as a mapping."""
        pairs = self.customized_data or []
        return {str(pair.get("key")): str(pair.get("value")) for pair in pairs}

    @property
    def new_value(self) -> Any:
        """``resourceNewValue`` decoded (its keys are PascalCase); None if it is absent or not JSON."""
        try:
            return decode(200, {}, (self.resource_new_value or "").encode())
        except BadAnswer:
            return None


class PartnerRequest(Resource, frozen=True, kw_only=True, rename="camel"):
    """One app+user call of the last seven days, with its MFA state."""

    request_id: str | None = None
    correlation_id: str | None = None
    operation_name: str | None = None
    request_date_time: datetime | None = None
    object_id: str | None = None
    tenant_id: str | None = None
    upn: str | None = None
    application_id: str | None = None
    mfa_compliant: bool | None = None


class Audit:
    """Page ``get-a-record-of-partner-center-activity-by-user``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(
        self,
        *,
        start: date,
        end: date | None = None,
        customer_id: str | None = None,
        resource_type: str | None = None,
        company_name: str | None = None,
        page_size: int = 500,
    ) -> Listing[AuditRecord]:
        """Return the records from ``start`` to ``end``, both days included. One filter at most.

        The server refuses a ``start`` more than 90 days back.
        """
        condition = _filter_query(customer_id, resource_type, company_name)
        query = {
            "startDate": start.isoformat(),
            "endDate": end.isoformat() if end else None,
            "size": page_size,
            "filter": condition,
        }
        return make_listing(self._sender, self._sender.request("audit.list", query=query), AuditRecord)

    async def get(self, record_id: str) -> AuditRecord:
        """Return one record."""
        request = self._sender.request("audit.get", {"record_id": record_id})
        return await self._sender.fetch(request, AuditRecord)

    def partner_requests(self) -> Listing[PartnerRequest]:
        """Return the app+user calls of the last seven days (10,000 at most)."""
        request = self._sender.request("audit.partner_requests")
        return make_listing(self._sender, request, PartnerRequest)


def _filter_query(customer_id: str | None, resource_type: str | None, company_name: str | None) -> str | None:
    wanted = [
        ("CustomerId", customer_id, "equals"),
        ("ResourceType", resource_type, "equals"),
        ("CompanyName", company_name, "substring"),
    ]
    chosen = [entry for entry in wanted if entry[1] is not None]
    if len(chosen) > 1:
        raise ValueError("audit records take one filter at a time")
    if not chosen:
        return None
    field, value, operator = chosen[0]
    return json.dumps({"Field": field, "Value": value, "Operator": operator})

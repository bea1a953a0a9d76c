"""Transfers of New Commerce subscriptions between two partners.

The target partner creates, the source partner accepts with the lines that move, only the creator cancels
(pages ``create-a-transfer``, ``update-a-transfer``). The target sees no lines until the transfer is complete.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Sender

# Vendor-reported (May 2026), not on a Microsoft page.
MAX_ITEMS = 25


class TransferStatus(Word):
    """States seen on pages and in answers. More may come."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    COMPLETE = "Complete"
    COMPLETED = "Completed"
    PARTIALLY_COMPLETE = "PartiallyComplete"
    CANCEL = "Cancel"
    REJECT = "Reject"
    EXPIRED = "Expired"
    FAILED = "Failed"
    ACTIVE = "Active"

    @property
    def is_complete(self) -> bool:
        """``Complete`` on the wire, ``Completed`` in prose."""
        return self in (TransferStatus.COMPLETE, TransferStatus.COMPLETED)

    @property
    def is_partial(self) -> bool:
        """Over, with some lines moved and others not (page ``get-all-of-a-customer-s-transfers``): the lines say
        which."""
        return self is TransferStatus.PARTIALLY_COMPLETE

    @property
    def is_open(self) -> bool:
        """Whether something is still to come. An unknown word counts as open."""
        return (
            not self.is_complete
            and not self.is_partial
            and self
            not in (
                TransferStatus.CANCEL,
                TransferStatus.REJECT,
                TransferStatus.EXPIRED,
                TransferStatus.FAILED,
            )
        )


class TransferLine(Part, frozen=True, kw_only=True, rename="camel"):
    """One subscription of a transfer. ``id`` is 0 for all lines in the examples: not a key."""

    id: str | int | None = None
    subscription_id: str | None = None
    quantity: int | None = None
    billing_cycle: str | None = None
    product_type: str | int | None = None
    status: TransferStatus | None = None
    offer_id: str | None = None
    order_id: str | None = None
    friendly_name: str | None = None
    partner_id_on_record: str | None = None
    transfer_group_id: str | int | None = None
    transfer_error: Any = None


class Transfer(Resource, frozen=True, kw_only=True, rename="camel"):
    """A transfer (page ``transfer-entity-resources``)."""

    id: str
    status: TransferStatus | None = None
    line_items: list[TransferLine] | None = None
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    completed_time: datetime | None = None
    expiration_time: datetime | None = None
    customer_tenant_id: str | None = None
    customer_name: str | None = None
    source_partner_tenant_id: str | None = None
    source_partner_name: str | None = None
    target_partner_tenant_id: str | None = None
    target_partner_name: str | None = None
    transfer_type: int | str | None = None
    transfer_direction: int | str | None = None
    transfer_errors: Any = None

    @property
    def expires_at(self) -> datetime | None:
        """When an unanswered transfer lapses (UTC)."""
        return self.expiration_time

    @property
    def created_at(self) -> datetime | None:
        """When it was created (UTC)."""
        return self.created_time

    @property
    def source_id(self) -> str | None:
        """Tenant of the old partner."""
        return self.source_partner_tenant_id

    @property
    def target_id(self) -> str | None:
        """Tenant of the new partner."""
        return self.target_partner_tenant_id


class Transfers:
    """Transfers of one customer. There is no list across customers."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, tenant_id: str) -> Listing[Transfer]:
        """Return all transfers of a customer that this partner may see (a bare array on the wire)."""
        request = self._sender.request("transfers.list", {"tenant_id": tenant_id})
        return make_listing(self._sender, request, Transfer)

    async def get(self, tenant_id: str, transfer_id: str) -> Transfer:
        """Return one transfer. Raises ``NotFound``."""
        request = self._sender.request("transfers.get", {"tenant_id": tenant_id, "transfer_id": transfer_id})
        return await self._sender.fetch(request, Transfer, asked=transfer_id)

    async def create(
        self,
        tenant_id: str,
        *,
        source_tenant_id: str,
        source_name: str,
        customer_email: str,
        customer_name: str | None = None,
        transfer_type: int | None = None,
        product_types: Sequence[str] | None = None,
        partner_on_record: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Transfer]:
        """Ask the source partner for the customer's subscriptions. Made by the target, without lines.

        ``transfer_type`` is 3 or 5; None takes ``Uncertain.transfer_type``.
        """
        target = self._sender.account.tenant_id
        if source_tenant_id.lower() == target.lower():
            return NotDone(errors.Invalid("source and target of a transfer are the same (900148)"))
        body: dict[str, Any] = {
            "sourcePartnerTenantId": source_tenant_id,
            "sourcePartnerName": source_name,
            "customerEmailId": customer_email,
            "customerName": customer_name,
            "targetPartnerTenantId": target,
            "targetProductTypes": builtins.list(product_types) if product_types else None,
            "partnerOnRecord": partner_on_record,
            "transferType": self._sender.uncertain.transfer_type if transfer_type is None else transfer_type,
        }
        body = {key: value for key, value in body.items() if value is not None}
        request = self._sender.request("transfers.create", {"tenant_id": tenant_id}, body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(Transfer, answer.body))

    async def accept(
        self,
        tenant_id: str,
        transfer_id: str,
        *,
        items: Sequence[tuple[str, str]],
        source_tenant_id: str | None = None,
        target_tenant_id: str | None = None,
        customer_name: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Transfer]:
        """Accept as the source: ``items`` are pairs of subscription id and product type, at most 25.

        Only these subscriptions move. Too many, none, or one twice is found before anything is sent.
        """
        ids = [subscription_id.lower() for subscription_id, _product_type in items]
        if not ids or len(ids) > MAX_ITEMS or len(set(ids)) != len(ids):
            return NotDone(errors.Invalid(f"a transfer takes 1 to {MAX_ITEMS} different subscriptions"))
        body: dict[str, Any] = {
            "id": transfer_id,
            "status": self._sender.uncertain.accept_status,
            "sourcePartnerTenantId": source_tenant_id or self._sender.account.tenant_id,
            "targetPartnerTenantId": target_tenant_id,
            "customerName": customer_name,
            "lineItems": [
                {"id": number, "subscriptionId": subscription_id, "productType": product_type}
                for number, (subscription_id, product_type) in enumerate(items)
            ],
        }
        return await self._patch("transfers.accept", tenant_id, transfer_id, body, call)

    async def cancel(
        self,
        tenant_id: str,
        transfer_id: str,
        *,
        source_tenant_id: str | None = None,
        customer_name: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Transfer]:
        """Cancel as the target. Possible while it is pending only."""
        body: dict[str, Any] = {
            "id": transfer_id,
            "status": self._sender.uncertain.cancel_status,
            "targetPartnerTenantId": self._sender.account.tenant_id,
            "sourcePartnerTenantId": source_tenant_id,
            "customerName": customer_name,
        }
        return await self._patch("transfers.cancel", tenant_id, transfer_id, body, call)

    def eligibility(self, tenant_id: str, transfer_type: str = "directtoindirect") -> Listing[Resource]:
        """Which legacy subscriptions could move (page of the legacy flow; New Commerce is not covered)."""
        request = self._sender.request(
            "transfers.eligibility", {"tenant_id": tenant_id}, query={"transferType": transfer_type}
        )
        return make_listing(self._sender, request, Resource)

    async def _patch(
        self, name: str, tenant_id: str, transfer_id: str, body: dict[str, Any], call: Call | None
    ) -> Outcome[Transfer]:
        values = {"tenant_id": tenant_id, "transfer_id": transfer_id}
        body = {key: value for key, value in body.items() if value is not None}
        request = self._sender.request(name, values, body=body)
        fallback = {"id": transfer_id}
        return await self._sender.write(
            request, call, lambda answer: parse_as(Transfer, answer.body or {}, default=fallback)
        )

"""Subscriptions: read, and change as a whole.

An update sends the full resource back (page ``update-a-subscription-by-id``): what is missing in it, such as
auto-renew or next-term instructions, would be reset without a word.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.answers import check_id
from novation.partnercenter.customers import etag_of, if_match
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Answer, Request, Sender

Change = Callable[[dict[str, Any]], Mapping[str, Any] | None]


class SubscriptionStatus(Word):
    """Page ``subscription-resources``."""

    NONE = "none"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    EXPIRED = "expired"
    PENDING = "pending"
    DISABLED = "disabled"


class ProductType(Part, frozen=True, kw_only=True, rename="camel"):
    """``OnlineServicesNCE``, ``Software``, …; absent on legacy subscriptions."""

    id: str | None = None
    display_name: str | None = None


class RefundableBatch(Part, frozen=True, kw_only=True, rename="camel"):
    """Seats of one purchase that can still be given back, and until when."""

    quantity: int | None = None
    allowed_until_date_time: datetime | None = None


class RefundableQuantity(Part, frozen=True, kw_only=True, rename="camel"):
    """Seats that can be reduced now."""

    total_quantity: int | None = None
    details: list[RefundableBatch] | None = None


class Subscription(Resource, frozen=True, kw_only=True, rename="camel"):
    """One subscription sold by the calling partner."""

    id: str
    offer_id: str | None = None
    offer_name: str | None = None
    friendly_name: str | None = None
    quantity: int | None = None
    unit_type: str | None = None
    status: SubscriptionStatus | None = None
    term_duration: str | None = None
    renewal_term_duration: str | None = None
    billing_cycle: str | None = None
    billing_type: str | None = None
    auto_renew_enabled: bool | None = None
    creation_date: datetime | None = None
    effective_start_date: datetime | None = None
    commitment_end_date: datetime | None = None
    commitment_end_date_time: datetime | None = None
    billing_cycle_end_date: datetime | None = None
    cancellation_allowed_until_date: datetime | None = None
    is_trial: bool | None = None
    is_microsoft_product: bool | None = None
    promotion_id: str | None = None
    parent_subscription_id: str | None = None
    migrated_from_subscription_id: str | None = None
    order_id: str | None = None
    partner_id: str | None = None
    publisher_name: str | None = None
    suspension_reasons: list[str] | None = None
    refundable_quantity: RefundableQuantity | None = None
    scheduled_next_term_instructions: dict[str, Any] | None = None
    next_charge_instructions: dict[str, Any] | None = None
    scheduled_actions: list[dict[str, Any]] | None = None
    entitlement_id: str | None = None
    additional_partner_ids: list[str] | None = None
    contract_type: str | None = None
    refund_options: list[dict[str, Any]] | None = None
    actions: list[str] | None = None
    product_type_part: ProductType | None = msgspec.field(default=None, name="productType")

    def _offer(self, position: int) -> str | None:
        parts = (self.offer_id or "").split(":")
        return parts[position] if len(parts) == 3 else None

    @property
    def product_id(self) -> str | None:
        """First part of a New Commerce offer id; None for a legacy offer."""
        return self._offer(0)

    @property
    def sku_id(self) -> str | None:
        """Second part of a New Commerce offer id."""
        return self._offer(1)

    @property
    def availability_id(self) -> str | None:
        """Third part of a New Commerce offer id."""
        return self._offer(2)

    @property
    def is_new_commerce(self) -> bool:
        """Whether the offer id has the New Commerce form ``product:sku:availability``."""
        return self.product_id is not None

    @property
    def product_type(self) -> str | None:
        """``OnlineServicesNCE``, ``Software``, …; None if the answer has none."""
        return self.product_type_part.id if self.product_type_part else None

    @property
    def term(self) -> str | None:
        """``P1M``, ``P1Y`` or ``P3Y``."""
        return self.term_duration

    @property
    def auto_renew(self) -> bool | None:
        """Whether it renews at the end of the term."""
        return self.auto_renew_enabled

    @property
    def effective_start(self) -> datetime | None:
        """Start of the present term (UTC)."""
        return self.effective_start_date

    @property
    def commitment_end(self) -> datetime | None:
        """End of the present term (UTC); the exact time where the answer has one."""
        return self.commitment_end_date_time or self.commitment_end_date

    @property
    def cancellation_allowed_until(self) -> datetime | None:
        """Deadline for cancelling and for giving seats back (UTC)."""
        return self.cancellation_allowed_until_date

    @property
    def scheduled_next_term(self) -> dict[str, Any] | None:
        """Instructions for the next term."""
        return self.scheduled_next_term_instructions

    @property
    def parent_id(self) -> str | None:
        """Subscription that this add-on belongs to."""
        return self.parent_subscription_id

    @property
    def etag(self) -> str:
        """Tag for ``If-Match``; often empty in New Commerce."""
        return etag_of(self.raw)


class ProvisioningStatus(Resource, frozen=True, kw_only=True, rename="camel"):
    """``success``, ``pending`` or ``failed``; refreshed about every 15 minutes."""

    sku_id: str | None = None
    status: str | None = None
    quantity: int | None = None
    end_date: datetime | None = None


class RegistrationStatus(Resource, frozen=True, kw_only=True, rename="camel"):
    """``registered``, ``registering`` or ``notregistered``."""

    subscription_id: str | None = None
    status: str | None = None


class Transition(Resource, frozen=True, kw_only=True, rename="camel"):
    """An upgrade under way, or the answer that started it."""

    operation_id: str | None = None
    from_catalog_item_id: str | None = None
    from_subscription_id: str | None = None
    to_catalog_item_id: str | None = None
    to_subscription_id: str | None = None
    quantity: int | None = None
    transition_type: str | None = None
    events: list[dict[str, Any]] | None = None


class TransitionOption(Resource, frozen=True, kw_only=True, rename="camel"):
    """A product that the subscription could become."""

    operation_id: str | None = None
    catalog_item_id: str | None = None
    title: str | None = None
    quantity: int | None = None
    eligibilities: list[dict[str, Any]] | None = None


# What a PATCH resets without a word when it is left out; an answer without them may not be sent back.
_RESET_WHEN_ABSENT = ("autoRenewEnabled",)


class Subscriptions:
    """Subscriptions of one customer that this partner sold."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, tenant_id: str, *, order_id: str | None = None) -> Listing[Subscription]:
        """Return all subscriptions. The page documents no paging; links to a next page are followed."""
        request = self._sender.request(
            "subscriptions.list", {"tenant_id": tenant_id}, query={"order_id": order_id}
        )
        return make_listing(self._sender, request, Subscription)

    async def get(self, tenant_id: str, subscription_id: str) -> Subscription:
        """Return one subscription. Raises ``NotFound``."""
        return await self._sender.fetch(
            self._get(tenant_id, subscription_id), Subscription, asked=subscription_id
        )

    def addons(self, tenant_id: str, subscription_id: str) -> Listing[Subscription]:
        """Return the add-ons of a subscription."""
        request = self._sender.request("subscriptions.addons", _ids(tenant_id, subscription_id))
        return make_listing(self._sender, request, Subscription)

    async def update(
        self, tenant_id: str, subscription_id: str, change: Change, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Read the subscription, let ``change`` alter a copy of the full resource, send all of it back.

        ``change`` may return the new resource or alter its argument and return None. ``If-Match`` goes along
        when the resource has an etag; somebody else's change gives ``NotDone(StaleTag)``. A resource that was read
        without auto-renew is not sent back, since that would switch it: ``NotDone(FieldUnknown)``. The value is None
        for a 202: the change is under way, read the subscription later.
        """
        try:
            full = await self._sender.read_as(
                self._get(tenant_id, subscription_id), partial(_full_resource, subscription_id)
            )
        except errors.PartnerCenterError as problem:
            return NotDone(problem)
        body = copy.deepcopy(full)
        body = dict(change(body) or body)
        unread = [
            name for name in _RESET_WHEN_ABSENT if not _has_member(full, name) and not _has_member(body, name)
        ]
        if unread:
            unknown = errors.FieldUnknown("Subscription", ", ".join(unread), "absent")
            return NotDone(unknown.attach_ids("subscriptions.get", None, None))
        lost = {key for key, value in full.items() if value is not None} - body.keys()
        if lost:
            return NotDone(
                errors.Invalid(f"the change dropped {', '.join(sorted(lost))}; send null to clear a field")
            )
        request = self._sender.request(
            "subscriptions.update",
            _ids(tenant_id, subscription_id),
            headers=if_match(etag_of(full)),
            body=body,
        )
        return await self._sender.write(request, call, _parse_change)

    async def set_quantity(
        self, tenant_id: str, subscription_id: str, quantity: int, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Set the new total of seats. Fewer seats only within seven days of purchase or renewal."""
        return await self._set(tenant_id, subscription_id, {"quantity": quantity}, call)

    async def cancel(
        self, tenant_id: str, subscription_id: str, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Cancel for good. Possible until ``cancellation_allowed_until``."""
        return await self._set(tenant_id, subscription_id, {"status": "deleted"}, call)

    async def suspend(
        self, tenant_id: str, subscription_id: str, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Suspend; billing goes on."""
        return await self._set(tenant_id, subscription_id, {"status": "suspended"}, call)

    async def reactivate(
        self, tenant_id: str, subscription_id: str, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """End a suspension."""
        return await self._set(tenant_id, subscription_id, {"status": "active"}, call)

    async def set_auto_renew(
        self, tenant_id: str, subscription_id: str, on: bool, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Renew at the end of the term, or let it expire."""
        return await self._set(tenant_id, subscription_id, {"autoRenewEnabled": on}, call)

    async def rename(
        self, tenant_id: str, subscription_id: str, friendly_name: str, *, call: Call | None = None
    ) -> Outcome[Subscription | None]:
        """Change the nickname."""
        return await self._set(tenant_id, subscription_id, {"friendlyName": friendly_name}, call)

    async def schedule_next_term(
        self,
        tenant_id: str,
        subscription_id: str,
        instructions: Mapping[str, Any] | None,
        *,
        call: Call | None = None,
    ) -> Outcome[Subscription | None]:
        """Set what the next term shall be (page ``create-scheduled-changes``); None clears it.

        Instructions need auto-renew, and ``scheduledActions`` beside them would win without a word; both are checked
        on the resource just read.
        """
        wanted = dict(instructions) if instructions is not None else None

        def change(full: dict[str, Any]) -> None:
            if wanted is not None and not full.get("autoRenewEnabled"):
                raise errors.Invalid("next-term instructions need auto-renew to be on")
            if wanted is not None and full.get("scheduledActions"):
                raise errors.Invalid("scheduledActions are set, and they win over next-term instructions")
            full["scheduledNextTermInstructions"] = wanted

        try:
            return await self.update(tenant_id, subscription_id, change, call=call)
        except errors.Invalid as problem:
            return NotDone(problem)

    async def provisioning_status(self, tenant_id: str, subscription_id: str) -> ProvisioningStatus:
        """Return the provisioning status."""
        request = self._sender.request("subscriptions.provisioning_status", _ids(tenant_id, subscription_id))
        return await self._sender.fetch(request, ProvisioningStatus)

    def transition_options(
        self, tenant_id: str, subscription_id: str, *, eligibility_type: str = "immediate"
    ) -> Listing[TransitionOption]:
        """What it could become, ``immediate`` or ``scheduled``."""
        request = self._sender.request(
            "subscriptions.transition_options",
            _ids(tenant_id, subscription_id),
            query={"eligibilityType": eligibility_type},
        )
        return make_listing(self._sender, request, TransitionOption)

    async def transition(
        self,
        tenant_id: str,
        subscription_id: str,
        *,
        to_catalog_item_id: str,
        quantity: int,
        transition_type: str = "transition_with_license_transfer",
        to_subscription_id: str | None = None,
        term_duration: str | None = None,
        billing_cycle: str | None = None,
        promotion_id: str | None = None,
        call: Call | None = None,
    ) -> Outcome[Transition]:
        """Upgrade, or turn a trial into a paid subscription."""
        body = {
            "toCatalogItemId": to_catalog_item_id,
            "quantity": quantity,
            "transitionType": transition_type,
            "toSubscriptionId": to_subscription_id,
            "termDuration": term_duration,
            "billingCycle": billing_cycle,
            "promotionId": promotion_id,
        }
        body = {key: value for key, value in body.items() if value is not None}
        request = self._sender.request(
            "subscriptions.transition", _ids(tenant_id, subscription_id), body=body
        )
        return await self._sender.write(request, call, lambda answer: parse_as(Transition, answer.body))

    def transitions(
        self, tenant_id: str, subscription_id: str, *, operation_id: str | None = None
    ) -> Listing[Transition]:
        """Return the upgrades so far."""
        request = self._sender.request(
            "subscriptions.transitions",
            _ids(tenant_id, subscription_id),
            query={"operationId": operation_id},
        )
        return make_listing(self._sender, request, Transition)

    async def register(
        self, tenant_id: str, subscription_id: str, *, call: Call | None = None
    ) -> Outcome[None]:
        """Register an Azure subscription for reservations; the answer is a 202."""
        request = self._sender.request("subscriptions.register", _ids(tenant_id, subscription_id), body={})
        return await self._sender.write(request, call, lambda _answer: None)

    async def registration_status(self, tenant_id: str, subscription_id: str) -> RegistrationStatus:
        """``registered``, ``registering`` or ``notregistered``."""
        request = self._sender.request("subscriptions.registration_status", _ids(tenant_id, subscription_id))
        return await self._sender.fetch(request, RegistrationStatus)

    def _get(self, tenant_id: str, subscription_id: str) -> Request:
        return self._sender.request("subscriptions.get", _ids(tenant_id, subscription_id))

    async def _set(
        self, tenant_id: str, subscription_id: str, fields: dict[str, Any], call: Call | None
    ) -> Outcome[Subscription | None]:
        return await self.update(tenant_id, subscription_id, lambda full: {**full, **fields}, call=call)


def _has_member(resource: Mapping[str, Any], name: str) -> bool:
    return any(key.lower() == name.lower() and value is not None for key, value in resource.items())


def _ids(tenant_id: str, subscription_id: str) -> dict[str, str]:
    return {"tenant_id": tenant_id, "subscription_id": subscription_id}


def _full_resource(asked: str, answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise errors.BadAnswer("the subscription is not an object", status=answer.status)
    check_id(answer.body, asked)
    return answer.body


def _parse_change(answer: Answer) -> Subscription | None:
    return None if answer.body is None else parse_as(Subscription, answer.body)

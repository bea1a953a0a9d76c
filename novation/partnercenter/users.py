"""Users of a customer, their licences, and the licences of the tenant.

All app+user, and the service user needs a GDAP role in the customer's tenant (otherwise ``MissingRole``).
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Sender


class UserState(Word):
    """``inactive`` means deleted, with 30 days to come back."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class User(Resource, frozen=True, kw_only=True, rename="camel"):
    """A user account in the customer's tenant."""

    id: str
    user_principal_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    usage_location: str | None = None
    immutable_id: str | None = None
    user_domain_type: str | None = None
    state: UserState | None = None
    soft_deletion_time: datetime | None = None
    last_directory_sync_time: datetime | None = None


class ProductSku(Part, frozen=True, kw_only=True, rename="camel"):
    """A licence product. ``sku_part_number`` is not unique; ``id`` is."""

    id: str | None = None
    name: str | None = None
    sku_part_number: str | None = None
    target_type: str | None = None
    license_group_id: str | None = None


class ServicePlan(Part, frozen=True, kw_only=True, rename="camel"):
    """One service inside a licence."""

    id: str | None = None
    display_name: str | None = None
    service_name: str | None = None
    capability_status: str | None = None
    target_type: str | None = None


class SubscribedSku(Resource, frozen=True, kw_only=True, rename="camel"):
    """Seats of one product in the tenant, whoever sold them. During a move both partners' seats add up."""

    available_units: int | None = None
    active_units: int | None = None
    consumed_units: int | None = None
    suspended_units: int | None = None
    total_units: int | None = None
    warning_units: int | None = None
    product_sku: ProductSku | None = None
    service_plans: list[ServicePlan] | None = None
    capability_status: str | None = None


class Licence(Resource, frozen=True, kw_only=True, rename="camel"):
    """A licence assigned to a user."""

    product_sku: ProductSku | None = None
    service_plans: list[ServicePlan] | None = None


class LicenceUpdate(Resource, frozen=True, kw_only=True, rename="camel"):
    """Answer to an assignment."""

    licenses_to_assign: list[dict[str, Any]] | None = None
    licenses_to_remove: list[str] | None = None
    license_warnings: list[dict[str, Any]] | None = None


class Users:
    """Pages ``get-a-list-of-all-user-accounts-for-a-customer``, ``assign-licenses-to-a-user`` and their
    kin."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, tenant_id: str, *, page_size: int = 500, deleted: bool = False) -> Listing[User]:
        """Return all users, or with ``deleted`` those that can still be restored."""
        condition = None
        if deleted:
            condition = json.dumps({"Field": "UserState", "Value": "Inactive", "Operator": "equals"})
        query = {"size": page_size, "filter": condition}
        request = self._sender.request("users.list", {"tenant_id": tenant_id}, query=query)
        return make_listing(self._sender, request, User)

    async def get(self, tenant_id: str, user_id: str) -> User:
        """Return one user by object id; there is no look-up by sign-in name."""
        request = self._sender.request("users.get", _ids(tenant_id, user_id))
        return await self._sender.fetch(request, User)

    async def create(
        self,
        tenant_id: str,
        *,
        user_principal_name: str,
        display_name: str,
        usage_location: str,
        password: str,
        first_name: str | None = None,
        last_name: str | None = None,
        force_change: bool = True,
        immutable_id: str | None = None,
        call: Call | None = None,
    ) -> Outcome[User]:
        """Create a user. ``usage_location`` is ISO 3166-1 alpha-2; without it no licence can be assigned."""
        body = {
            "userPrincipalName": user_principal_name,
            "displayName": display_name,
            "usageLocation": usage_location,
            "firstName": first_name,
            "lastName": last_name,
            "immutableId": immutable_id,
            "passwordProfile": {"password": password, "forceChangePassword": force_change},
        }
        body = {key: value for key, value in body.items() if value is not None}
        request = self._sender.request("users.create", {"tenant_id": tenant_id}, body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(User, answer.body))

    async def update(
        self, tenant_id: str, user_id: str, fields: Mapping[str, Any], *, call: Call | None = None
    ) -> Outcome[User]:
        """Change single fields (wire names, such as ``displayName``)."""
        request = self._sender.request("users.update", _ids(tenant_id, user_id), body=dict(fields))
        return await self._sender.write(request, call, _parse_user(user_id))

    async def delete(self, tenant_id: str, user_id: str, *, call: Call | None = None) -> Outcome[None]:
        """Delete; it can be restored for 30 days."""
        request = self._sender.request("users.delete", _ids(tenant_id, user_id))
        return await self._sender.write(request, call, lambda _answer: None)

    async def restore(self, tenant_id: str, user_id: str, *, call: Call | None = None) -> Outcome[User]:
        """Bring a deleted user back (within 30 days)."""
        return await self.update(tenant_id, user_id, {"state": "active"}, call=call)

    async def reset_password(
        self,
        tenant_id: str,
        user_id: str,
        *,
        password: str,
        force_change: bool = True,
        call: Call | None = None,
    ) -> Outcome[User]:
        """Set a new password."""
        body = {"passwordProfile": {"password": password, "forceChangePassword": force_change}}
        request = self._sender.request("users.reset_password", _ids(tenant_id, user_id), body=body)
        return await self._sender.write(request, call, _parse_user(user_id))

    def licences(self, tenant_id: str, user_id: str, *, groups: Sequence[str] = ()) -> Listing[Licence]:
        """Return a user's licences. ``groups``: ``group1`` (Entra) and ``group2``; the default is the
        server's."""
        request = self._sender.request(
            "users.licences",
            _ids(tenant_id, user_id),
            query={"licenseGroupIds": builtins.list(groups) or None},
        )
        return make_listing(self._sender, request, Licence)

    async def assign_licences(
        self,
        tenant_id: str,
        user_id: str,
        *,
        assign: Mapping[str, Sequence[str]] | None = None,
        remove: Sequence[str] = (),
        call: Call | None = None,
    ) -> Outcome[LicenceUpdate]:
        """Assign and remove licences. ``assign`` maps a SKU id to service plans left out of it.

        One licence group per call. No free seat gives (400, 60012).
        """
        if not assign and not remove:
            return NotDone(errors.Invalid("nothing to assign and nothing to remove"))
        body: dict[str, Any] = {}
        if assign:
            body["licensesToAssign"] = [
                {"skuId": sku_id, "excludedPlans": builtins.list(excluded)}
                for sku_id, excluded in assign.items()
            ]
        if remove:
            body["licensesToRemove"] = builtins.list(remove)
        request = self._sender.request("users.assign_licences", _ids(tenant_id, user_id), body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(LicenceUpdate, answer.body))

    def subscribed_skus(self, tenant_id: str, *, groups: Sequence[str] = ()) -> Listing[SubscribedSku]:
        """Return the tenant's seats per product."""
        request = self._sender.request(
            "users.subscribed_skus",
            {"tenant_id": tenant_id},
            query={"licenseGroupIds": builtins.list(groups) or None},
        )
        return make_listing(self._sender, request, SubscribedSku)


def _ids(tenant_id: str, user_id: str) -> dict[str, str]:
    return {"tenant_id": tenant_id, "user_id": user_id}


def _parse_user(user_id: str) -> Any:
    return lambda answer: parse_as(User, answer.body or {}, default={"id": user_id})

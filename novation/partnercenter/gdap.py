"""Granular delegated admin privileges: Graph ``/tenantRelationships`` (v1.0).

A relationship is created, locked for approval, and approved by the customer's Global Administrator on a page;
then access assignments give its roles to security groups of the partner.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, NotDone, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Answer, Sender

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
MAX_PAGE = 300
_DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$")


class GdapStatus(Word):
    """``delegatedAdminRelationshipStatus``."""

    CREATED = "created"
    APPROVAL_PENDING = "approvalPending"
    APPROVED = "approved"
    ACTIVATING = "activating"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    TERMINATION_REQUESTED = "terminationRequested"
    TERMINATING = "terminating"
    TERMINATED = "terminated"


class AssignmentStatus(Word):
    """``delegatedAdminAccessAssignmentStatus``."""

    PENDING = "pending"
    ACTIVE = "active"
    DELETING = "deleting"
    DELETED = "deleted"
    ERROR = "error"


class Role(Part, frozen=True, kw_only=True, rename="camel"):
    """An Entra role, by its template id."""

    role_definition_id: str | None = None


class AccessDetails(Part, frozen=True, kw_only=True, rename="camel"):
    """The roles."""

    unified_roles: list[Role] | None = None


class GdapCustomer(Part, frozen=True, kw_only=True, rename="camel"):
    """The customer that a relationship is pinned to."""

    tenant_id: str | None = None
    display_name: str | None = None


class GdapRelationship(Resource, frozen=True, kw_only=True, rename="camel"):
    """``delegatedAdminRelationship``."""

    id: str
    display_name: str | None = None
    status: GdapStatus | None = None
    duration: str | None = None
    auto_extend_duration: str | None = None
    customer: GdapCustomer | None = None
    access_details: AccessDetails | None = None
    created_date_time: datetime | None = None
    activated_date_time: datetime | None = None
    last_modified_date_time: datetime | None = None
    end_date_time: datetime | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")

    @property
    def roles(self) -> tuple[str, ...]:
        """Role template ids."""
        return _role_ids(self.access_details)

    @property
    def ends_at(self) -> datetime | None:
        """End of the present period (UTC)."""
        return self.end_date_time

    @property
    def approval_url(self) -> str:
        """Where the customer's Global Administrator approves. The host moved to ``admin.cloud.microsoft`` in
        2026; the old one leads there."""
        page = "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/"
        return page + self.id


class GdapRequest(Resource, frozen=True, kw_only=True, rename="camel"):
    """``delegatedAdminRelationshipRequest``."""

    id: str | None = None
    action: str | None = None
    status: str | None = None
    created_date_time: datetime | None = None


class AccessContainer(Part, frozen=True, kw_only=True, rename="camel"):
    """The security group that gets the roles."""

    access_container_id: str | None = None
    access_container_type: str | None = None


class AccessAssignment(Resource, frozen=True, kw_only=True, rename="camel"):
    """``delegatedAdminAccessAssignment``."""

    id: str | None = None
    status: AssignmentStatus | None = None
    access_container: AccessContainer | None = None
    access_details: AccessDetails | None = None
    created_date_time: datetime | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")

    @property
    def group_id(self) -> str | None:
        """Object id of the security group."""
        return self.access_container.access_container_id if self.access_container else None

    @property
    def roles(self) -> tuple[str, ...]:
        """Role template ids."""
        return _role_ids(self.access_details)


class GdapOperation(Resource, frozen=True, kw_only=True, rename="camel"):
    """A long-running change: ``notStarted``, ``running``, ``succeeded``, ``failed``."""

    id: str | None = None
    operation_type: str | None = None
    status: str | None = None
    data: str | None = None
    created_date_time: datetime | None = None
    last_modified_date_time: datetime | None = None


class DelegatedCustomer(Resource, frozen=True, kw_only=True, rename="camel"):
    """A customer with at least one relationship."""

    id: str | None = None
    tenant_id: str | None = None
    display_name: str | None = None


class Gdap:
    """Pages of Microsoft Graph v1.0 on ``delegatedAdminRelationship``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, *, filter: str | None = None, page_size: int = MAX_PAGE) -> Listing[GdapRelationship]:
        """Return relationships. ``filter`` is OData, e.g. ``status eq 'active' and customer/tenantId eq
        '…'``."""
        query = {"$filter": filter, "$top": min(page_size, MAX_PAGE)}
        request = self._sender.request("gdap.list", query=query)
        return make_listing(self._sender, request, GdapRelationship)

    async def get(self, relationship_id: str) -> GdapRelationship:
        """Return one relationship. Raises ``NotFound``."""
        request = self._sender.request("gdap.get", {"relationship_id": relationship_id})
        return await self._sender.fetch(request, GdapRelationship, asked=relationship_id)

    async def create(
        self,
        *,
        display_name: str,
        roles: Sequence[str],
        customer_tenant_id: str | None = None,
        customer_name: str | None = None,
        duration: str = "P730D",
        auto_extend: str | None = None,
        call: Call | None = None,
    ) -> Outcome[GdapRelationship]:
        """Create a relationship. ``display_name`` is unique among the partner's and at most 50 characters.

        ``duration`` and ``auto_extend`` are ISO 8601 (``P1D`` to ``P2Y``; ``P180D`` or None). Auto-extend and
        Global Administrator exclude each other.
        """
        problem = _term_problem(display_name, roles, duration, auto_extend)
        if problem:
            return NotDone(errors.Invalid(problem))
        body: dict[str, Any] = {
            "displayName": display_name,
            "duration": duration,
            "accessDetails": _access_details(roles),
        }
        if auto_extend is not None:
            body["autoExtendDuration"] = auto_extend
        if customer_tenant_id is not None:
            body["customer"] = {"tenantId": customer_tenant_id, "displayName": customer_name}
        request = self._sender.request("gdap.create", body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(GdapRelationship, answer.body))

    async def update(
        self, relationship_id: str, fields: Mapping[str, Any], *, etag: str, call: Call | None = None
    ) -> Outcome[GdapRelationship | None]:
        """Change fields (wire names) with ``If-Match``. Anything while ``created``; later only
        ``autoExtendDuration`` or the removal of Global Administrator (then the value is None: a 202)."""
        return await self._patch(
            "gdap.update", {"relationship_id": relationship_id}, fields, etag, call, GdapRelationship
        )

    async def delete(self, relationship_id: str, *, etag: str, call: Call | None = None) -> Outcome[None]:
        """Delete a relationship that is still ``created``."""
        request = self._sender.request(
            "gdap.delete", {"relationship_id": relationship_id}, headers={"If-Match": etag}
        )
        return await self._sender.write(request, call, lambda _answer: None)

    async def lock_for_approval(
        self, relationship_id: str, *, call: Call | None = None
    ) -> Outcome[GdapRequest]:
        """Make it ready for the customer. Wait until it reads as ``created`` first."""
        return await self._post_request("gdap.lock_for_approval", relationship_id, "lockForApproval", call)

    async def terminate(self, relationship_id: str, *, call: Call | None = None) -> Outcome[GdapRequest]:
        """End an active relationship."""
        return await self._post_request("gdap.terminate", relationship_id, "terminate", call)

    def requests(self, relationship_id: str) -> Listing[GdapRequest]:
        """Return the requests made so far."""
        request = self._sender.request("gdap.requests", {"relationship_id": relationship_id})
        return make_listing(self._sender, request, GdapRequest)

    async def assign(
        self, relationship_id: str, *, group_id: str, roles: Sequence[str], call: Call | None = None
    ) -> Outcome[AccessAssignment]:
        """Give roles of the relationship to a security group. Takes minutes to become ``active``."""
        if not roles:
            return NotDone(errors.Invalid("an access assignment needs at least one role"))
        body = {
            "accessContainer": {"accessContainerId": group_id, "accessContainerType": "securityGroup"},
            "accessDetails": _access_details(roles),
        }
        request = self._sender.request("gdap.assign", {"relationship_id": relationship_id}, body=body)
        return await self._sender.write(request, call, lambda answer: parse_as(AccessAssignment, answer.body))

    def assignments(self, relationship_id: str) -> Listing[AccessAssignment]:
        """Return the access assignments."""
        request = self._sender.request("gdap.assignments", {"relationship_id": relationship_id})
        return make_listing(self._sender, request, AccessAssignment)

    async def assignment(self, relationship_id: str, assignment_id: str) -> AccessAssignment:
        """Return one access assignment."""
        values = {"relationship_id": relationship_id, "assignment_id": assignment_id}
        request = self._sender.request("gdap.assignment", values)
        return await self._sender.fetch(request, AccessAssignment, asked=assignment_id)

    async def update_assignment(
        self,
        relationship_id: str,
        assignment_id: str,
        *,
        roles: Sequence[str],
        etag: str,
        call: Call | None = None,
    ) -> Outcome[AccessAssignment | None]:
        """Replace the whole set of roles. None as value means that the change is under way."""
        values = {"relationship_id": relationship_id, "assignment_id": assignment_id}
        fields = {"accessDetails": _access_details(roles)}
        return await self._patch("gdap.update_assignment", values, fields, etag, call, AccessAssignment)

    async def delete_assignment(
        self, relationship_id: str, assignment_id: str, *, etag: str, call: Call | None = None
    ) -> Outcome[None]:
        """Take the roles away from the group."""
        values = {"relationship_id": relationship_id, "assignment_id": assignment_id}
        request = self._sender.request("gdap.delete_assignment", values, headers={"If-Match": etag})
        return await self._sender.write(request, call, lambda _answer: None)

    def operations(self, relationship_id: str) -> Listing[GdapOperation]:
        """Return the long-running operations."""
        request = self._sender.request("gdap.operations", {"relationship_id": relationship_id})
        return make_listing(self._sender, request, GdapOperation)

    def customers(self, *, filter: str | None = None) -> Listing[DelegatedCustomer]:
        """Return the customers that have a relationship with this partner."""
        request = self._sender.request("gdap.customers", query={"$filter": filter, "$top": MAX_PAGE})
        return make_listing(self._sender, request, DelegatedCustomer)

    def service_management(self, customer_id: str) -> Listing[Resource]:
        """Return links to the customer's admin centres; see ``raw``."""
        request = self._sender.request("gdap.service_management", {"customer_id": customer_id})
        return make_listing(self._sender, request, Resource)

    async def _post_request(
        self, name: str, relationship_id: str, action: str, call: Call | None
    ) -> Outcome[GdapRequest]:
        request = self._sender.request(name, {"relationship_id": relationship_id}, body={"action": action})
        return await self._sender.write(request, call, lambda answer: parse_as(GdapRequest, answer.body))

    async def _patch(
        self,
        name: str,
        values: Mapping[str, str],
        fields: Mapping[str, Any],
        etag: str,
        call: Call | None,
        cls: Any,
    ) -> Outcome[Any]:
        def parse(answer: Answer) -> Any:
            return None if answer.body is None else parse_as(cls, answer.body)

        request = self._sender.request(name, values, headers={"If-Match": etag}, body=dict(fields))
        return await self._sender.write(request, call, parse)


def _access_details(roles: Sequence[str]) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}


def _role_ids(details: AccessDetails | None) -> tuple[str, ...]:
    roles = (details.unified_roles if details else None) or []
    return tuple(role.role_definition_id for role in roles if role.role_definition_id)


def _term_problem(
    display_name: str, roles: Sequence[str], duration: str, auto_extend: str | None
) -> str | None:
    if not display_name.strip() or len(display_name) > 50:
        return "the name of a relationship has 1 to 50 characters"
    if not roles:
        return "a relationship needs at least one role"
    if not _DURATION.match(duration) or (auto_extend is not None and not _DURATION.match(auto_extend)):
        return "durations are ISO 8601, such as P730D"
    extends = auto_extend not in (None, "PT0S", "P0D")
    if extends and any(role.lower() == GLOBAL_ADMINISTRATOR for role in roles):
        return "a relationship with Global Administrator cannot extend itself"
    return None

"""Reseller relationships: the invitation, and the partners known to this one."""

from __future__ import annotations

import html

from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Resource, parse_as
from novation.partnercenter.sending import Sender


class Invitation(Resource, frozen=True, kw_only=True, rename="camel"):
    """The address where a customer's admin accepts this partner. It is the same for every customer."""

    url: str


class PartnerRelationship(Resource, frozen=True, kw_only=True, rename="camel"):
    """Another partner that this one works with (indirect model)."""

    id: str | None = None
    name: str | None = None
    relationship_type: str | None = None
    state: str | None = None
    mpn_id: str | None = None
    location: str | None = None


class Relationships:
    """Pages ``request-reseller-relationship``, ``retrieve-a-list-of-indirect-resellers``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def invitation(
        self,
        *,
        indirect_provider_id: str | None = None,
        indirect_reseller_id: str | None = None,
        dual_role: bool | None = None,
    ) -> Invitation:
        """Return the invitation. It has no id, state or expiry: acceptance shows in the customer list
        only."""
        query = {
            "indirectCloudSolutionProviderId": indirect_provider_id,
            "indirectResellerId": indirect_reseller_id,
            "dualRoleIndirectRelationship": None if dual_role is None else str(dual_role).lower(),
        }
        request = self._sender.request("relationships.invitation", query=query)
        found = await self._sender.fetch(request, Invitation)
        # Recorded answers carry HTML entities in the address.
        body = {**found.raw, "url": html.unescape(found.url)}
        return parse_as(Invitation, body)

    def partners(self, relationship_type: str) -> Listing[PartnerRelationship]:
        """``relationship_type``: ``IsIndirectCloudSolutionProviderOf`` or ``IsIndirectResellerOf``."""
        request = self._sender.request(
            "relationships.partners", query={"relationship_type": relationship_type}
        )
        return make_listing(self._sender, request, PartnerRelationship)

    def of_customer(self, tenant_id: str) -> Listing[PartnerRelationship]:
        """Return the indirect resellers of one customer."""
        request = self._sender.request("relationships.of_customer", {"tenant_id": tenant_id})
        return make_listing(self._sender, request, PartnerRelationship)

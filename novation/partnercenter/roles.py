"""Directory roles of a customer's tenant and who holds them. App+user, with a GDAP role."""

from __future__ import annotations

from novation.partnercenter.outcomes import Call, Outcome
from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Resource, parse_as
from novation.partnercenter.sending import Sender


class DirectoryRole(Resource, frozen=True, kw_only=True, rename="camel"):
    """A directory role."""

    id: str
    name: str | None = None


class RoleMember(Resource, frozen=True, kw_only=True, rename="camel"):
    """A user who holds a role."""

    id: str
    user_principal_name: str | None = None
    display_name: str | None = None
    role_id: str | None = None


class Roles:
    """Pages ``get-customer-directory-roles``, ``set-user-roles-for-a-customer`` and their kin."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, tenant_id: str) -> Listing[DirectoryRole]:
        """Return the directory roles of the tenant."""
        request = self._sender.request("roles.list", {"tenant_id": tenant_id})
        return make_listing(self._sender, request, DirectoryRole)

    def of_user(self, tenant_id: str, user_id: str) -> Listing[DirectoryRole]:
        """Return the roles of one user."""
        request = self._sender.request("roles.of_user", {"tenant_id": tenant_id, "user_id": user_id})
        return make_listing(self._sender, request, DirectoryRole)

    def members(self, tenant_id: str, role_id: str) -> Listing[RoleMember]:
        """Return the holders of a role."""
        request = self._sender.request("roles.members", {"tenant_id": tenant_id, "role_id": role_id})
        return make_listing(self._sender, request, RoleMember)

    async def add_member(
        self,
        tenant_id: str,
        role_id: str,
        *,
        user_id: str,
        user_principal_name: str,
        display_name: str,
        call: Call | None = None,
    ) -> Outcome[RoleMember]:
        """Give a role to a user."""
        request = self._sender.request(
            "roles.add_member",
            {"tenant_id": tenant_id, "role_id": role_id},
            body={"id": user_id, "userPrincipalName": user_principal_name, "displayName": display_name},
        )
        return await self._sender.write(request, call, lambda answer: parse_as(RoleMember, answer.body))

    async def remove_member(
        self, tenant_id: str, role_id: str, user_id: str, *, call: Call | None = None
    ) -> Outcome[None]:
        """Take a role from a user."""
        values = {"tenant_id": tenant_id, "role_id": role_id, "user_id": user_id}
        request = self._sender.request("roles.remove_member", values)
        return await self._sender.write(request, call, lambda _answer: None)

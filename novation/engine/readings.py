"""Readings that several steps make."""

from __future__ import annotations

from collections.abc import Mapping

from novation.domain.answers import TransferRead
from novation.engine.step import Accounts
from novation.engine.translate import transfer
from novation.engine.work import Work
from novation.partnercenter import GdapRelationship, PartnerCenter, SubscribedSku, errors


async def relation(client: PartnerCenter, tenant: str) -> str:
    """Microsoft's word for our relationship. A refusal to show the customer means that there is none."""
    try:
        customer = await client.customers.get(tenant)
    except (errors.NotFound, errors.NoRelationship):
        return "none"
    return str(customer.relationship or "none").lower()


async def grants_of(client: PartnerCenter, tenant: str) -> list[GdapRelationship]:
    """The delegated admin relationships of one account with one customer."""
    return [row async for row in client.gdap.list(filter=f"customer/tenantId eq '{tenant}'")]


async def licences_of(client: PartnerCenter, tenant: str) -> Mapping[str, int] | None:
    """Licences assigned to the tenant's users, by product; None when this account may not read them."""
    try:
        rows = await client.users.subscribed_skus(tenant)
    except (errors.NotAuthorised, errors.NotFound, errors.NoRelationship):
        return None
    return {_product_name(row): row.consumed_units or 0 for row in rows}


def _product_name(row: SubscribedSku) -> str:
    sku = row.product_sku
    return str((sku and (sku.name or sku.sku_part_number or sku.id)) or "?")


async def named_transfer(accounts: Accounts, work: Work) -> TransferRead:
    """The request that the work is about, as the target sees it."""
    return transfer(await accounts.target.transfers.get(work.tenant, work.data["transfer"]))


def is_pending(row: TransferRead) -> bool:
    """True while nobody has accepted, or taken back, the request."""
    return row.status.lower() == "pending"

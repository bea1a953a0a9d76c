"""Readings of both accounts."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from novation.domain import gdap, microsoft_words
from novation.engine.actions.calls import Accounts, done
from novation.engine.translate import subscription
from novation.engine.work import Result, Work
from novation.partnercenter import GdapRelationship, PartnerCenter, SubscribedSku, Transfer, errors

_NOT_FOR_US = (errors.NotFound, errors.NoRelationship, errors.NotAuthorised)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def grant_value(row: GdapRelationship) -> dict[str, Any]:
    """A delegated admin relationship as plain values."""
    return {"id": row.id, "status": str(row.status or "created"), "ends_at": row.ends_at}


async def licences_of(client: PartnerCenter, tenant: str) -> dict[str, int] | None:
    """Licences assigned to the tenant's users, by product; None when this account may not read them."""
    try:
        rows = await client.users.subscribed_skus(tenant)
    except (errors.NotAuthorised, errors.NotFound, errors.NoRelationship):
        return None
    return {_product_name(row): row.consumed_units or 0 for row in rows}


def _product_name(row: SubscribedSku) -> str:
    sku = row.product_sku
    return str((sku and (sku.name or sku.sku_part_number or sku.id)) or "?")


def transfer_value(row: Transfer) -> dict[str, Any]:
    """A transfer as plain values. Its status is Microsoft's word."""
    return {
        "id": row.id,
        "status": str(row.status or ""),
        "source": (row.source_id or "").lower(),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "completed_at": row.completed_time,
    }


async def grants_of(client: PartnerCenter, tenant: str) -> list[GdapRelationship]:
    """The delegated admin relationships of one account with one customer."""
    return [row async for row in client.gdap.list(filter=f"customer/tenantId eq '{tenant}'")]


async def baseline(accounts: Accounts, work: Work) -> Result:
    """Customer, subscriptions and delegated access on the source; agreements and transfers when they are due."""
    client = accounts.source
    customer = await client.customers.get(work.tenant)
    rows = [subscription(row) for row in await client.subscriptions.list(work.tenant)]
    grants = [grant_value(row) for row in await grants_of(client, work.tenant)]
    billing, company = customer.billing_profile, customer.company_profile
    address = (billing and billing.default_address) or (company and company.address)
    profile = {
        "first_name": (billing and billing.first_name) or "",
        "last_name": (billing and billing.last_name) or "",
        "email": (billing and billing.email) or "",
        "language": (billing and billing.language) or "",
        "phone": (address and address.phone_number) or "",
        "country": (address and address.country) or "",
        "city": (address and address.city) or "",
    }
    alive = [grant for grant in grants if grant["status"] in gdap.IN_FORCE]
    licences = {"licences": await licences_of(client, work.tenant)} if work.data.get("licences") else {}
    return done(
        {
            **licences,
            "subscriptions": rows,
            "profile": profile,
            "grants": grants,
            "delegated": bool(customer.allow_delegated_access) or bool(alive),
            "papers": await _papers(client, work) if work.data.get("papers") else None,
        }
    )


async def _papers(client: PartnerCenter, work: Work) -> dict[str, Any]:
    """What is on record on the source beside the goods; what may not be read is left out as not read."""
    papers: dict[str, Any] = {"agreements": None, "foreign_transfers": []}
    with contextlib.suppress(*_NOT_FOR_US):
        papers["agreements"] = [
            {"kind": row.type or "", "agreed_at": _iso(row.agreed_at)}
            for row in await client.agreements.list(work.tenant, agreement_type="*")
        ]
    with contextlib.suppress(*_NOT_FOR_US):
        papers["foreign_transfers"] = [
            row.target_partner_name or row.target_id
            for row in await client.transfers.list(work.tenant)
            if str(row.status or "").lower() in microsoft_words.TRANSFER_RUNNING
            and (row.target_id or "").lower() not in ("", work.data["target"].lower())
        ]
    return papers


async def invitation(accounts: Accounts, work: Work) -> Result:
    """The link by which customers accept the target (page request-reseller-relationship)."""
    return done({"url": (await accounts.target.relationships.invitation()).url})


async def relationship(accounts: Accounts, work: Work) -> Result:
    """Whether the target sees the customer. A refusal to show it means that there is no relationship."""
    return done({"relationship": await _relation(accounts.target, work.tenant)})


async def _relation(client: PartnerCenter, tenant: str) -> str:
    try:
        customer = await client.customers.get(tenant)
    except (errors.NotFound, errors.NoRelationship):
        return "none"
    return str(customer.relationship or "none").lower()


async def agreement(accounts: Accounts, work: Work) -> Result:
    """Direct acceptance, and agreements confirmed with the target."""
    direct = await accounts.target.agreements.direct_signed(work.tenant)
    rows = await accounts.target.agreements.list(work.tenant)
    return done(
        {
            "direct": direct,
            "agreements": [{"template": row.template_id, "agreed_at": _iso(row.agreed_at)} for row in rows],
        }
    )


async def attestation(accounts: Accounts, work: Work) -> Result:
    """How far the customer is on Microsoft's agreement page."""
    try:
        row = await accounts.target.agreements.attestation(work.data["attestation"])
    except errors.NotFound:
        # A link that Microsoft does not know (any more) leads nowhere: the customer gets a new one.
        return done({"id": work.data["attestation"], "status": "not found"})
    return done({"id": row.id, "status": str(row.status or "")})


async def access(accounts: Accounts, work: Work) -> Result:
    """The target's delegated admin relationship and, once it is active, its group assignment."""
    row = await accounts.target.gdap.get(work.data["relationship"])
    value = grant_value(row)
    wanted = {str(role).lower() for role in work.data.get("roles", ())}
    if value["status"] in gdap.ACTIVE:
        value["roles_missing"] = sorted(wanted - {role.lower() for role in row.roles}) if row.roles else []
        for assignment in await accounts.target.gdap.assignments(row.id):
            if assignment.group_id == work.data["group"] or not work.data["group"]:
                value["assignment_id"] = assignment.id or ""
                value["assignment_status"] = str(assignment.status or "")
    return done(value)


async def transfers(accounts: Accounts, work: Work) -> Result:
    """Every transfer of this customer that the target sees."""
    return done(
        {"transfers": [transfer_value(row) for row in await accounts.target.transfers.list(work.tenant)]}
    )


async def transfer(accounts: Accounts, work: Work) -> Result:
    """One transfer, as the target sees it; when the customer has left the target, as the source does."""
    try:
        row = await accounts.target.transfers.get(work.tenant, work.data["transfer"])
    except errors.NoRelationship:
        row = await accounts.source.transfers.get(work.tenant, work.data["transfer"])
    return done(transfer_value(row))


async def both_sides(accounts: Accounts, work: Work) -> Result:
    """Every subscription of the customer on both accounts, read one right after the other."""
    new = [subscription(row) for row in await accounts.target.subscriptions.list(work.tenant)]
    old = [subscription(row) for row in await accounts.source.subscriptions.list(work.tenant)]
    licences = await licences_of(accounts.target, work.tenant) if work.data.get("licences") else None
    return done({"source": old, "target": new, "licences": licences})


async def old_side(accounts: Accounts, work: Work) -> Result:
    """What the source still has with this customer."""
    client = accounts.source
    present = await _relation(client, work.tenant) != "none"
    rows = []
    if present:
        try:
            rows = await client.subscriptions.list(work.tenant)
        except errors.NoRelationship:
            present = False  # the customer was answered from a copy that was older than the removal
    left = [row for row in rows if str(row.status or "").lower() in microsoft_words.SUBSCRIPTION_ALIVE]
    grants = [grant_value(row) for row in await grants_of(client, work.tenant)]
    return done({"present": present, "left": len(left), "grants": grants})

"""Calls for the agreement and the delegated access, and the look-ups of their unknown outcomes."""

from __future__ import annotations

from novation.engine.actions.calls import Accounts, done, not_there
from novation.engine.actions.reading import grant_value
from novation.engine.translate import written
from novation.engine.work import Came, Result, Work
from novation.partnercenter import Done, NotDone, errors


async def create_attestation(accounts: Accounts, work: Work) -> Result:
    """Asks Microsoft for the link to the customer agreement (page integrate-sandbox-confirm-customer-accept)."""
    data = work.data
    names = ("country", "language", "company_name", "first_name", "last_name", "email", "phone")
    signatory = {name: data[name] for name in names}
    outcome = await accounts.target.agreements.create_attestation(
        **{**signatory, "phone": signatory["phone"] or None}, call=accounts.call(work)
    )
    if isinstance(outcome, Done):
        row = outcome.value
        value = {"id": row.id, "url": row.url or "", "expires_at": row.expires_at, "signatory": signatory}
        return written(outcome, value)
    if isinstance(outcome, NotDone) and isinstance(outcome.error, errors.AlreadyExists):
        # Error 600061: this person has confirmed before. Read first; it may be valid already.
        return Result(came=Came.DONE, value={"duplicate": True}, text=str(outcome.error))
    return written(outcome)


async def create_agreement(accounts: Accounts, work: Work) -> Result:
    """Records the accepted agreement with the target."""
    attestation = work.data["attestation"]
    outcome = await accounts.target.agreements.create(
        work.tenant, attestation_id=attestation, call=accounts.call(work)
    )
    if isinstance(outcome, NotDone) and isinstance(outcome.error, errors.AlreadyExists):
        # Error 600061: it is on record already, so it is read back like one that we made.
        value = {"attestation": attestation, "duplicate": True}
        return Result(came=Came.DONE, value=value, text=str(outcome.error))
    return written(outcome, {"attestation": attestation})


async def look_up_agreement(accounts: Accounts, work: Work) -> Result:
    """Is an agreement on record?"""
    rows = await accounts.target.agreements.list(work.tenant)
    if rows or await accounts.target.agreements.direct_signed(work.tenant):
        return done({"attestation": work.data["attestation"]})
    return not_there("No agreement is on record.")


async def create_access(accounts: Accounts, work: Work) -> Result:
    """Asks for delegated admin rights, pinned to the tenant (Graph, create delegatedAdminRelationship)."""
    data = work.data
    outcome = await accounts.target.gdap.create(
        display_name=data["display_name"],
        customer_tenant_id=work.tenant,
        customer_name=data["customer_name"],
        roles=data["roles"],
        duration=f"P{data['days']}D",
        call=accounts.call(work),
    )
    return written(outcome, grant_value(outcome.value) if isinstance(outcome, Done) else None)


async def look_up_access(accounts: Accounts, work: Work) -> Result:
    """Does a request with our unique name exist?"""
    wanted = work.data["display_name"]
    async for row in accounts.target.gdap.list():
        if row.display_name == wanted:
            return done(grant_value(row))
    return not_there("No request with this name exists.")


async def lock_access(accounts: Accounts, work: Work) -> Result:
    """Makes the request ready for the customer's approval."""
    outcome = await accounts.target.gdap.lock_for_approval(
        work.data["relationship"], call=accounts.call(work)
    )
    return written(outcome)


async def look_up_lock(accounts: Accounts, work: Work) -> Result:
    """Is the request past `created`?"""
    row = await accounts.target.gdap.get(work.data["relationship"])
    return done({}) if str(row.status) != "created" else not_there("It is still in state created.")


async def assign_access(accounts: Accounts, work: Work) -> Result:
    """Gives the roles to our security group."""
    data = work.data
    outcome = await accounts.target.gdap.assign(
        data["relationship"], group_id=data["group"], roles=data["roles"], call=accounts.call(work)
    )
    if isinstance(outcome, Done):
        return written(outcome, {"id": outcome.value.id or "", "status": str(outcome.value.status or "")})
    return written(outcome)


async def look_up_assignment(accounts: Accounts, work: Work) -> Result:
    """Has our group an assignment?"""
    for row in await accounts.target.gdap.assignments(work.data["relationship"]):
        if row.group_id == work.data["group"]:
            return done({"id": row.id or "", "status": str(row.status or "")})
    return not_there("The group has no assignment.")

"""Calls of the transfer and the clean-up, and the look-ups of their unknown outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from novation.domain import gdap, microsoft_words
from novation.engine.actions.calls import Accounts, done, not_there
from novation.engine.actions.reading import transfer_value
from novation.engine.translate import subscription, written
from novation.engine.work import Came, Result, Work
from novation.partnercenter import Done, NotDone, errors


async def create_transfer(accounts: Accounts, work: Work) -> Result:
    """The target asks for the customer's subscriptions (page create-a-transfer)."""
    data = work.data
    outcome = await accounts.target.transfers.create(
        work.tenant,
        source_tenant_id=data["source_tenant"],
        source_name=data["source_name"],
        customer_email=data["customer_email"],
        customer_name=data["customer_name"],
        transfer_type=data["transfer_type"],
        call=accounts.call(work),
    )
    return written(outcome, transfer_value(outcome.value) if isinstance(outcome, Done) else None)


async def look_up_transfer(accounts: Accounts, work: Work) -> Result:
    """Is there a request that we did not know when the call was begun?"""
    for row in await accounts.target.transfers.list(work.tenant):
        value = transfer_value(row)
        ours = value["id"] not in work.data["known"] and value["source"] == work.data["source_tenant"]
        if ours and value["status"].lower() not in microsoft_words.TRANSFER_OVER:
            return done(value)
    return not_there("No new request exists.")


async def accept_transfer(accounts: Accounts, work: Work) -> Result:
    """The source hands over the items of one request (page update-a-transfer)."""
    lines = [(subscription, product_type) for subscription, product_type in work.data["lines"]]
    outcome = await accounts.source.transfers.accept(
        work.tenant, work.data["transfer"], items=lines, call=accounts.call(work)
    )
    return written(outcome, transfer_value(outcome.value) if isinstance(outcome, Done) else None)


async def _as_read(accounts: Accounts, work: Work) -> dict[str, Any]:
    return transfer_value(await accounts.target.transfers.get(work.tenant, work.data["transfer"]))


async def look_up_acceptance(accounts: Accounts, work: Work) -> Result:
    """Is the request still pending?"""
    value = await _as_read(accounts, work)
    if value["status"].lower() == "pending":
        return not_there("The request is still pending.")
    return done(value)


async def cancel_transfer(accounts: Accounts, work: Work) -> Result:
    """The target takes a pending request back."""
    outcome = await accounts.target.transfers.cancel(
        work.tenant, work.data["transfer"], call=accounts.call(work)
    )
    return written(outcome, transfer_value(outcome.value) if isinstance(outcome, Done) else None)


async def look_up_cancellation(accounts: Accounts, work: Work) -> Result:
    """Was it taken back?"""
    value = await _as_read(accounts, work)
    if value["status"].lower() == "pending":
        return not_there("The request is still pending.")
    return done(value)


_SETTINGS = ("auto_renew", "cancel_at_end", "next_term")


def _at_its_end(
    auto_renew: bool, cancel_at_end: bool, instructions: Mapping[str, Any] | None
) -> Callable[[dict[str, Any]], None]:
    """Changes a full subscription so that this happens at the end of its term (page create-scheduled-changes)."""

    def change(full: dict[str, Any]) -> None:
        full["autoRenewEnabled"] = auto_renew
        if instructions:
            full["scheduledNextTermInstructions"] = dict(instructions)
        elif not auto_renew:
            full["scheduledNextTermInstructions"] = None  # they need a renewal
        if cancel_at_end:
            full["scheduledActions"] = [{"action": "cancelAtTermEnd"}]
        elif full.get("scheduledActions"):
            full["scheduledActions"] = None

    return change


async def restore_setting(accounts: Accounts, work: Work) -> Result:
    """Sets back what the baseline had for the end of the term (page update-a-subscription-by-id)."""
    data = work.data
    change = _at_its_end(data["auto_renew"], data.get("cancel_at_end", False), data.get("instructions"))
    outcome = await accounts.target.subscriptions.update(
        work.tenant, data["subscription"], change, call=accounts.call(work)
    )
    return written(outcome, _set_back(data))


def _set_back(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"item": data["item"], **{name: data[name] for name in _SETTINGS if name in data}}


async def look_up_setting(accounts: Accounts, work: Work) -> Result:
    """Is it as it should be?"""
    data = work.data
    row = subscription(await accounts.target.subscriptions.get(work.tenant, data["subscription"]))
    if all(row[name] == data[name] for name in _SETTINGS if name in data):
        return done(_set_back(data))
    return not_there("The setting is still another one.")


async def set_term_end(accounts: Accounts, work: Work) -> Result:
    """The source sets what happens when the term of a subscription that stays ends."""
    data = work.data
    change = _at_its_end(data["auto_renew"], data["cancel_at_end"], None)
    outcome = await accounts.source.subscriptions.update(
        work.tenant, data["subscription"], change, call=accounts.call(work)
    )
    return written(outcome, data)


async def look_up_term_end(accounts: Accounts, work: Work) -> Result:
    """Does the source show it?"""
    data = work.data
    row = subscription(await accounts.source.subscriptions.get(work.tenant, data["subscription"]))
    if (row["auto_renew"], row["cancel_at_end"]) == (data["auto_renew"], data["cancel_at_end"]):
        return done(data)
    return not_there("The old account still shows another end.")


async def end_old_access(accounts: Accounts, work: Work) -> Result:
    """The source ends its delegated admin relationship."""
    relationship = work.data["relationship"]
    outcome = await accounts.source.gdap.terminate(relationship, call=accounts.call(work))
    if isinstance(outcome, NotDone) and (await look_up_old_access(accounts, work)).came is Came.DONE:
        # Refused because it has ended, or is ending, already: by the customer, or by a call of ours that got lost.
        return Result(came=Came.DONE, value={"id": relationship}, text=str(outcome.error))
    return written(outcome, {"id": relationship})


async def look_up_old_access(accounts: Accounts, work: Work) -> Result:
    """Is it ending? Asked for by its id: that a list does not show it says nothing."""
    relationship = work.data["relationship"]
    try:
        row = await accounts.source.gdap.get(relationship)
    except errors.NotFound:
        return done({"id": relationship})
    if str(row.status) not in gdap.OVER:
        return not_there(f"Its status is {row.status}.")
    return done({"id": relationship})


async def remove_relationship(accounts: Accounts, work: Work) -> Result:
    """The source gives up the empty reseller relationship (page remove-a-reseller-relationship-with-a-customer)."""
    return written(await accounts.source.customers.remove_relationship(work.tenant, call=accounts.call(work)))


async def look_up_removal(accounts: Accounts, work: Work) -> Result:
    """Does the source still see the customer?"""
    try:
        customer = await accounts.source.customers.get(work.tenant)
    except (errors.NotFound, errors.NoRelationship):
        return done({})
    if str(customer.relationship or "none").lower() == "none":
        return done({})
    return not_there("The old account still lists the customer.")

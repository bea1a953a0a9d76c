"""What may happen to a transfer, and what does (pages ``create-a-transfer``, ``update-a-transfer``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from novation.emulator import agreements
from novation.emulator.calendar import transfer_expiry
from novation.emulator.customers import Customer, CustomerFile
from novation.emulator.ids import order_id
from novation.emulator.names import REGION
from novation.emulator.partners import PARTNERS, other
from novation.emulator.refusals import Refusal, invalid, missing_agreement, no_relationship, not_found
from novation.emulator.subscriptions import Subscription, transferred_copy
from novation.emulator.transfers import MAX_LINES, PRODUCT_TYPES, Line, Transfer
from novation.emulator.world import World

# What a line calls the product types of subscriptions; others cannot be transferred.
_TRANSFERRED_AS = {"OnlineServicesNCE": "OnlineServicesNCE", "Azure": "AzureSubscription"}


def create(
    world: World, customer: Customer, account: str, *, source_tenant: str, source_name: str, email: str,
    name: str, kind: int, product_types: list[str], mpn: str | None, actor: str | None,
) -> tuple[Transfer, bool]:  # fmt: skip
    """The target asks for a transfer. Returns it and whether a pending one for the same pair existed already.

    Raises Refusal: 900148 own tenant as source, 900160 unknown source, 900400 outside the region, 13605 no
    agreement, 900101 while an accepted transfer of the pair is under way.
    """
    file = world.file(customer)
    if source_tenant == PARTNERS[account].tenant_id:
        raise Refusal(400, 900148, "The source partner and the requesting partner are the same.")
    source = next((p.account for p in PARTNERS.values() if p.tenant_id == source_tenant), None)
    if source is None or not world.sold_by(customer, source):
        raise Refusal(
            400, 900160, "The source partner is unknown or does not sell to this customer.", [source_tenant]
        )
    if customer.country not in REGION:
        raise Refusal(
            400, 900400, "The customer's market is outside the target partner's region.", [customer.country]
        )
    knobs = world.faults.knobs
    if knobs.transfer_needs_agreement and not agreements.is_signed(
        file.agreements, account, direct_travels=knobs.direct_acceptance_travels
    ):
        raise missing_agreement()
    pair = [t for t in file.transfers.values() if t.live and (t.source, t.target) == (source, account)]
    if any(t.status == "InProgress" for t in pair):
        raise Refusal(409, 900101, "The original transfer is in progress.")
    now = world.now
    transfer = Transfer(
        id=world.new_id(),
        customer_id=customer.tid,
        source=source,
        target=account,
        source_name=source_name,
        target_name=PARTNERS[account].name,
        customer_email=email,
        customer_name=name or customer.name,
        kind=kind,
        product_types=product_types,
        created_at=now,
        expires_at=transfer_expiry(now),
        changed_at=now,
        mpn=mpn,
    )
    file.transfers[transfer.id] = transfer
    world.schedule(transfer.expires_at, lambda at: _expire(world, customer, transfer, at), customer)
    _announce(world, customer, transfer, "create_transfer", "create-transfer", actor)
    return transfer, bool(pair)


def find_transfer(world: World, customer: Customer, account: str, transfer_id: str) -> Transfer:
    """A transfer that the account takes part in, or 404/900100."""
    transfer = world.file(customer).transfers.get(transfer_id)
    if transfer is None or account not in (transfer.source, transfer.target):
        raise not_found("The transfer", 900100)
    return transfer


def accept(
    world: World, customer: Customer, account: str, transfer: Transfer, lines: list[tuple[str, str]],
    actor: str | None,
) -> None:  # fmt: skip
    """The source picks the items and lets them go; they move by themselves afterwards.

    All lines are checked before anything happens. Raises Refusal.
    """
    if account != transfer.source:
        raise Refusal(403, 900150, "Only the source partner can accept a transfer.")
    if transfer.status == "InProgress":
        raise Refusal(409, 900104, "The transfer is being processed by another request.")
    if transfer.status != "Pending":
        raise Refusal(400, 900102, f"The transfer cannot be processed: it is {transfer.status}.")
    if not world.sold_by(customer, transfer.target):
        raise no_relationship(customer.tid)
    if not 1 <= len(lines) <= MAX_LINES:
        raise invalid("lineItems", f"give 1 to {MAX_LINES} line items")
    if len({sid for sid, _ in lines}) != len(lines):
        raise invalid("lineItems", "a subscription is named twice")
    file = world.file(customer)
    items = [_eligible(file, account, transfer, sid, kind) for sid, kind in lines]
    _check_addons(file, items)
    for item, (sid, kind) in zip(items, lines, strict=True):
        item.transfer_id = transfer.id
        transfer.lines.append(Line(sid, PRODUCT_TYPES[kind.lower()]))
    now = world.now
    transfer.move_to("InProgress", now)
    _announce(world, customer, transfer, "update_transfer", "update-transfer", actor)
    draw = Random(f"{world.seed}/{transfer.id}")
    longest = (
        timedelta(days=4) if world.faults.should_inject("transfer_stuck", transfer.id) else timedelta(hours=5)
    )
    base = now + timedelta(minutes=6) + draw.random() * longest
    for number, line in enumerate(transfer.lines):
        # A line may finish up to half an hour after the first: states are mixed in between.
        due = base + timedelta(minutes=1) * number + timedelta(minutes=draw.random() * 5)
        world.schedule(due, lambda at, line=line: _finish_line(world, customer, transfer, line, at), customer)  # type: ignore[misc]  # mypy cannot infer a lambda with a default


def _eligible(file: CustomerFile, account: str, transfer: Transfer, sid: str, kind: str) -> Subscription:
    item = file.subscriptions.get(sid)
    wanted = PRODUCT_TYPES.get(kind.lower())
    why = None
    if item is None or item.account != account:
        why = "it does not exist"
    elif item.transfer_id is not None:
        raise Refusal(409, 900104, "A subscription is already part of another transfer.", [sid])
    elif item.status != "active":
        why = f"it is {item.status}"
    elif item.is_trial:
        why = "a trial cannot be transferred"
    elif item.legacy:
        why = "it was bought before New Commerce"
    elif wanted is None or wanted != _TRANSFERRED_AS.get(item.sku.product_type):
        why = f"its product type is not {kind}"
    elif transfer.product_types and wanted not in transfer.product_types:
        why = f"the request does not ask for {wanted}"
    if why is not None or item is None:
        raise Refusal(400, 800078, f"The subscription is not valid for a transfer: {why}.", [sid])
    return item


def _check_addons(file: CustomerFile, items: list[Subscription]) -> None:
    chosen = {item.id for item in items}
    for item in items:
        parent = file.subscriptions.get(item.parent_id or "")
        if parent is not None and parent.live and parent.account == item.account and parent.id not in chosen:
            raise Refusal(
                400, 800078, "An add-on moves together with its base subscription.", [item.id, parent.id]
            )


def cancel(world: World, customer: Customer, account: str, transfer: Transfer, actor: str | None) -> None:
    """The target takes its request back, while nobody has accepted it."""
    if account != transfer.target:
        raise Refusal(403, 900150, "Only the partner that created a transfer can cancel it.")
    if transfer.status != "Pending":
        raise Refusal(400, 900102, f"The transfer cannot be cancelled: it is {transfer.status}.")
    transfer.move_to("Cancel", world.now)
    _announce(world, customer, transfer, "update_transfer", "update-transfer", actor)


def reject(world: World, customer: Customer, account: str, transfer: Transfer, actor: str | None) -> None:
    """The source says no. Only the legacy page describes this call; its spelling is assumed here."""
    if account != transfer.source:
        raise Refusal(403, 900150, "Only the source partner can reject a transfer.")
    if transfer.status != "Pending":
        raise Refusal(400, 900102, f"The transfer cannot be rejected: it is {transfer.status}.")
    transfer.move_to("Reject", world.now)
    _announce(world, customer, transfer, "update_transfer", "update-transfer", actor)


def cancel_pending_transfers(world: World, customer: Customer, account: str) -> None:
    """The customer's veto: without the target's relationship its pending requests die."""
    for transfer in world.file(customer).transfers.values():
        if transfer.status == "Pending" and account in (transfer.source, transfer.target):
            transfer.move_to("Cancel", world.now)
            _announce(world, customer, transfer, "update_transfer", "update-transfer", None)


def _expire(world: World, customer: Customer, transfer: Transfer, at: datetime) -> None:
    if transfer.status == "Pending":
        transfer.move_to("Expired", at)
        _announce(world, customer, transfer, "update_transfer", "expire-transfer", None)


def _finish_line(world: World, customer: Customer, transfer: Transfer, line: Line, at: datetime) -> None:
    file = world.file(customer)
    item = file.subscriptions[line.subscription_id]
    item.transfer_id = None
    if not item.live or world.faults.should_inject("transfer_line_fails", line.subscription_id):
        line.status = "Failed"
        line.error = "900103: The order for the transferred item failed. SyncState must be SyncComplete."
    else:
        _move_item(world, customer, file, transfer, line, item, at)
    line.done_at = at
    if all(other_line.done_at is not None for other_line in transfer.lines):
        results = {other_line.status for other_line in transfer.lines}
        done = "Complete" in results
        partial = world.faults.knobs.transfer_partial_status
        transfer.move_to("Failed" if not done else partial if "Failed" in results else "Complete", at)
        transfer.completed_at = at
        event = "complete-transfer" if done else "fail-transfer"
        _announce(world, customer, transfer, "update_transfer", event, None)


def _move_item(
    world: World, customer: Customer, file: CustomerFile, transfer: Transfer, line: Line, item: Subscription,
    at: datetime,
) -> None:  # fmt: skip
    line.new_id = world.new_id()
    line.new_order_id = next((o.new_order_id for o in transfer.lines if o.new_order_id), None) or order_id(
        world.draw
    )
    copy = transferred_copy(item, line.new_id, line.new_order_id, transfer.target, at)
    if world.faults.should_inject("transfer_resets_renewal", item.id):
        copy.auto_renew = True
    copy.parent_id = _new_parent(file, item)
    file.subscriptions[copy.id] = copy
    for child in file.subscriptions.values():
        if child.account == transfer.target and child.parent_id == item.id:
            child.parent_id = copy.id
    item.end("transfer", "deleted", at)
    line.status = "Complete"
    for changed in (item, copy):
        uri = f"/v1/customers/{customer.tid}/subscriptions/{changed.id}"
        world.queue_event(changed.account, "subscription-updated", uri, "subscription")
    world.forget_next_renewal(customer)


def _new_parent(file: CustomerFile, item: Subscription) -> str | None:
    if item.parent_id is None:
        return None
    parent = file.subscriptions.get(item.parent_id)
    lineage = parent.lineage if parent else None
    heirs = [
        s.id
        for s in file.subscriptions.values()
        if s.lineage == lineage and s.live and s.account != item.account
    ]
    return heirs[0] if heirs else item.parent_id


def _announce(
    world: World, customer: Customer, transfer: Transfer, operation: str, event: str, actor: str | None
) -> None:
    value = {"id": transfer.id, "status": transfer.status, "customerTenantId": customer.tid}
    for account in (transfer.target, other(transfer.target)):
        # Each partner's log names its own users only.
        own = actor if actor == PARTNERS[account].user_name else None
        record = world.log_activity(
            account, customer, "transfer", operation, value, at=transfer.changed_at, actor=own,
            data={"TransferId": transfer.id, "Status": transfer.status},
        )  # fmt: skip
        world.queue_event(
            account, event, f"/v1/customers/{customer.tid}/transfers/{transfer.id}", "transfer", record
        )

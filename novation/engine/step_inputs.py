"""Inputs that several steps share: taken from the rows inside the claim's transaction; no secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from novation.domain.batches import line_type
from novation.domain.next_action import MakeCall
from novation.moves.models import Item, Move
from novation.moves.services.observed import access, transfer
from novation.prepared_queries import Prepared


def attestation(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    """The newest link to Microsoft's agreement page."""
    return {"attestation": move.attestations.latest("id").remote_id}


def newest_grant(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    """The target's newest request for delegated admin rights."""
    row = access.newest(move, "target")
    return {
        "relationship": row.remote_id,
        "assignment": row.assignment_id,
        "group": move.programme.access_group,
        "roles": list(move.programme.access_roles),
    }


def transfer_request(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    """One request of transfer and its items."""
    batch = transfer.numbered(move, do.batch or 0)
    lines = [[item.subscription_id, line_type(item.product_type)] for item in _OF_BATCH(batch.pk)]
    return {"transfer": batch.remote_id, "lines": lines}


_OF_BATCH = Prepared(
    lambda batch: Item.objects.filter(batch_id=batch).order_by("id").only("subscription_id", "product_type")
)


def order(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    """What is bought anew for one item."""
    item = move.items.get(pk=do.item or 0)
    return {
        "item": item.pk,
        "product": item.product,
        "name": item.name,
        "quantity": item.quantity,
        "term": item.term,
        "billing_cycle": item.billing_cycle,
        "country": move.customer.country,
        "cart": item.cart,
        "cart_at": item.cart_at.isoformat() if item.cart_at else "",
        "subscription": item.new_subscription_id,
        "known": list(
            move.items.exclude(new_subscription_id="").values_list("new_subscription_id", flat=True)
        ),
    }

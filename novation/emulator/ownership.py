"""Who owns what now: the verdict on a whole move, item by item."""

from __future__ import annotations

from collections import Counter
from typing import Any

from novation.emulator.catalogue import AZURE_PLAN
from novation.emulator.customers import CustomerFile
from novation.emulator.world import World


def ownership_summary(world: World) -> dict[str, Any]:
    """Items, subscriptions, seats and relationships by account.

    ``items`` follows each item that was active in the seed: owned and billed by ``source``, by ``target``,
    by ``both``, by ``neither``; ``ended`` are those whose own term ran out, which is nobody's fault.
    """
    total, items_at_start, seats_at_start = world.seed_totals()
    items: Counter[str] = Counter()
    live: Counter[str] = Counter()
    seats: Counter[str] = Counter()
    relationships: Counter[str] = Counter()
    transfers: Counter[str] = Counter()
    seen = 0
    # Customers that nobody has looked at are as the seed made them: all of the seed less those looked at.
    untouched, untouched_seats = items_at_start, seats_at_start
    for customer, file in world.opened_files():
        if customer.seeded:
            _, billed, billed_seats = world.seeded_totals(customer)
            untouched, untouched_seats = untouched - billed, untouched_seats - billed_seats
        items.update(_owner(file, lineage) for lineage in file.originals)
        seen += len(file.originals)
        for item in file.subscriptions.values():
            if item.live:
                live[item.account] += 1
                seats[item.account] += item.quantity if item.sku is not AZURE_PLAN else 0
        for relationship in file.gdap.values():
            relationships[f"gdap_{relationship.account}_{relationship.status}"] += 1
        for transfer in file.transfers.values():
            transfers[transfer.status] += 1
    items["source"] += total - seen
    for account, roster in world.rosters.items():
        relationships[account] = len(roster)
    return {
        "items": {
            "total": total,
            **{key: items[key] for key in ("source", "target", "both", "neither", "ended")},
        },
        "subscriptions": {"source": live["source"] + untouched, "target": live["target"]},
        "seats": {
            "source": seats["source"] + untouched_seats,
            "target": seats["target"],
            "at_start": seats_at_start,
        },
        "relationships": dict(sorted(relationships.items())),
        "transfers": dict(sorted(transfers.items())),
    }


def _owner(file: CustomerFile, lineage: str) -> str:
    copies = [item for item in file.subscriptions.values() if item.lineage == lineage]
    owners = [item.account for item in copies if item.live]
    if len(owners) > 1:
        return "both"
    if owners:
        return owners[0]
    return "ended" if any(item.ended == "term" for item in copies) else "neither"

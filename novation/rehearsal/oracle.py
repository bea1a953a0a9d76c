"""What became of every subscription, by the emulator's truth: the judge's figures in our words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novation.domain import microsoft_words


@dataclass
class ItemComparison:
    """Seats and subscriptions that were on the old account in the beginning.

    Those whose own term ran out on the way are counted apart: nobody lost them. `before` is what the old
    account had last, when each left it or now; `after` is what is owned and billed anywhere now.
    """

    seats_before: int = 0
    seats_after: int = 0
    subscriptions_before: int = 0
    subscriptions_after: int = 0
    in_both: int = 0
    in_neither: int = 0
    ended: int = 0
    moved: int = 0
    by_customer: dict[str, int] = field(default_factory=dict)


def compare_items(
    truths: Iterable[Mapping[str, Any]], active_items: Mapping[str, frozenset[str]]
) -> ItemComparison:
    """Follows each original item by its lineage.

    Args:
        truths: everything about each customer, from the control port.
        originals: by tenant, the items that were active in the beginning.
    """
    found = ItemComparison()
    for truth in truths:
        tenant = truth["tenantId"].lower()
        copies: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for subscription in truth["subscriptions"]:
            copies[subscription["lineage"]].append(subscription)
        moved = 0
        for lineage in active_items[tenant]:
            moved += _follow(found, copies[lineage])
        found.moved += moved
        found.by_customer[tenant] = moved
    return found


def _follow(found: ItemComparison, copies: list[Mapping[str, Any]]) -> int:
    live = [copy for copy in copies if is_alive(copy)]
    if not live and any(copy["ended"] == "term" for copy in copies):
        found.ended += 1
        return 0
    first = next((copy for copy in copies if copy["owner"] == "source"), None)
    found.subscriptions_before += 1
    found.seats_before += first["quantity"] if first else 0
    found.subscriptions_after += len(live)
    found.seats_after += sum(copy["quantity"] - _by_schedule(copy) for copy in live)
    owners = {copy["owner"] for copy in live}
    found.in_both += len(live) > 1
    found.in_neither += not live
    return int(owners == {"target"})


def _by_schedule(copy: Mapping[str, Any]) -> int:
    """Seats that the customer's own instruction for the next term gave or took after the move: nobody's loss."""
    return int(copy.get("seatsBySchedule", 0)) if copy["owner"] == "target" else 0


def is_alive(copy: Mapping[str, Any]) -> bool:
    """True while a subscription is owned and billed."""
    return copy["status"] in microsoft_words.SUBSCRIPTION_ALIVE


def active_items(truths: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """The items that are active now, by tenant; called before anything moves."""
    return {
        truth["tenantId"].lower(): frozenset(
            s["lineage"] for s in truth["subscriptions"] if s["owner"] == "source" and s["status"] == "active"
        )
        for truth in truths
    }

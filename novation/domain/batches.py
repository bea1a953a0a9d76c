"""Which subscriptions are transferred, in which requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from novation.domain import microsoft_words, states
from novation.domain.facts import Item, ItemState
from novation.domain.policy import Policy

#: What a list of subscriptions calls by another name than the line of a transfer does.
LINE_TYPES = {"Azure": "AzureSubscription"}
#: Product types that a transfer moves (pages create-a-transfer, transfer-entity-resources).
MOVABLE = frozenset(
    {"OnlineServicesNCE", "AzureSubscription", "AzureReservation", "AzureSavingsPlan", *LINE_TYPES}
)


def line_type(product_type: str) -> str:
    """The name of this product type in a line of a transfer request."""
    return LINE_TYPES.get(product_type, product_type)


def why_it_stays(item: Item) -> str:
    """Why this subscription cannot be transferred, or an empty string when it can."""
    if item.status not in microsoft_words.SUBSCRIPTION_MOVABLE:
        return f"its status is {item.status}; only active subscriptions move"
    if item.is_trial:
        return "it is a trial"
    if item.product_type not in MOVABLE:
        return f"{item.product_type or 'this product type'} does not move"
    return ""


def staying(items: Iterable[Item]) -> dict[int, str]:
    """Why some of the subscriptions on the old side cannot be transferred, by item id.

    An add-on never moves without what it belongs to (error 800078), so it stays with it.
    """
    here = {item.subscription_id: item for item in items if item.state in states.ON_SOURCE}
    out: dict[int, str] = {}
    for item in here.values():
        reason = why_it_stays(item)
        above = [here[name] for name in _chain(item, here)[1:]]
        if not reason and any(one.state is ItemState.STAYS or why_it_stays(one) for one in above):
            reason = "the subscription that it belongs to stays"
        if reason:
            out[item.id] = reason
    return out


def movable(items: Iterable[Item]) -> list[Item]:
    """The subscriptions still on the old side, in no request yet, that a transfer can take."""
    known = list(items)
    stays = staying(known)
    return [
        item
        for item in known
        if item.state is ItemState.IN_OLD and item.batch is None and item.id not in stays
    ]


def families(items: Iterable[Item]) -> dict[str, list[Item]]:
    """What must move together: a base subscription with its add-ons, by the id of the topmost."""
    present = {item.subscription_id: item for item in items}
    out: dict[str, list[Item]] = {}
    for item in present.values():
        chain = _chain(item, present)
        # In a circle of parents, which only damaged data has, the smallest id stands for all of them.
        top = min(chain) if present[chain[-1]].parent in present else chain[-1]
        out.setdefault(top, []).append(item)
    return out


def _chain(item: Item, present: Mapping[str, Item]) -> list[str]:
    """The ids of an item and of what it belongs to, up to the topmost that is present."""
    chain = [item.subscription_id]
    while (parent := present[chain[-1]].parent) in present and parent not in chain:
        chain.append(parent)
    return chain


def free_to_go(items: Iterable[Item], policy: Policy, now: datetime) -> list[Item]:
    """Those that may be requested now; a near renewal or an open order holds back the whole family."""
    out: list[Item] = []
    for family in families(items).values():
        if not any(item.pending_change or near_renewal(item, policy, now) for item in family):
            out += family
    return sorted(out, key=lambda item: item.id)


def near_renewal(item: Item, policy: Policy, now: datetime) -> bool:
    """True from the guard window before the end of the item's term until its renewal has been read.

    A renewal in the middle of a transfer would change term and price of what is being compared.
    """
    return item.ends is not None and item.ends <= now + policy.guard_window


def split(items: Sequence[Item], size: int) -> tuple[tuple[int, ...], ...]:
    """Splits items into requests of at most `size`, keeping add-ons with what they belong to.

    Args:
        items: what is to move.
        size: items in one request, at least 1.

    Returns:
        Item ids per request, in a stable order. A family larger than `size` is cut, base first.
    """
    grouped = families(items)
    out: list[list[int]] = []
    for key in sorted(grouped):
        members = sorted(grouped[key], key=lambda item: (item.subscription_id != key, item.id))
        ids = [item.id for item in members]
        while ids:
            if not out or (len(out[-1]) + len(ids) > size and out[-1]):
                out.append([])
            room = size - len(out[-1])
            out[-1].extend(ids[:room])
            ids = ids[room:]
    return tuple(tuple(batch) for batch in out)

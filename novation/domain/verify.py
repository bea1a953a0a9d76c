"""Compares the baseline with both accounts, item by item: ids are new after a transfer, the rest must not be.

Matching goes by product, quantity and end of term (partner-center-api 7.5), exact matches first, so that one
changed subscription does not take the place of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from novation.domain import microsoft_words
from novation.domain.facts import Item, ItemState

#: Points that the new account may simply set again (page update-a-subscription-by-id).
RESTORABLE = frozenset({"renews by itself", "next term", "ends with its term"})

#: What no reading of a subscription tells; named with every comparison so that silence is not taken for "the same".
NOT_READABLE = ("price",)

#: Two readings of the same end of term may differ by rounding to midnight UTC.
SLACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One subscription as read on an account just now."""

    subscription_id: str
    product: str
    quantity: int
    term: str
    billing_cycle: str
    ends: datetime | None
    auto_renew: bool
    status: str
    promotion: str = ""
    next_term: str = ""
    cancel_at_end: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which the new side is not like the baseline."""

    point: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.point} {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where one item is, what it became, and what differs."""

    item: int
    state: ItemState
    found: Seen | None
    differs: tuple[Difference, ...] = ()

    @property
    def restorable(self) -> bool:
        """True when all that differs are settings that we may set back ourselves."""
        return self.state is ItemState.CHANGED and {d.point for d in self.differs} <= RESTORABLE


def compare(items: Iterable[Item], source: Sequence[Seen], target: Sequence[Seen]) -> list[Verdict]:
    """Judges every item that was handed over.

    Args:
        items: those in a batch, as the baseline has them.
        source, target: what each account lists now, in any status.
    """
    still = {seen.subscription_id for seen in source if seen.status in microsoft_words.SUBSCRIPTION_ALIVE}
    free = [seen for seen in target if seen.status not in microsoft_words.SUBSCRIPTION_OVER]
    pairs: dict[int, Seen] = {}
    # Of twins, the one that has left the source is the one that arrived.
    waiting = sorted(items, key=lambda item: (item.subscription_id in still, item.id))
    for strictness in (_unchanged, _same, _nearly, _kin):
        for item in list(waiting):
            match = next((seen for seen in free if strictness(item, seen)), None)
            if match is not None:
                pairs[item.id] = match
                free.remove(match)
                waiting.remove(item)
    verdicts = [_judge(item, pairs.get(item.id), item.subscription_id in still) for item in waiting]
    found = [item for item in items if item.id in pairs]
    verdicts += [_judge(item, pairs[item.id], item.subscription_id in still) for item in found]
    return sorted(verdicts, key=lambda verdict: verdict.item)


def _unchanged(item: Item, seen: Seen) -> bool:
    # Twins that differ only in a setting must each find their own heir, in whatever order they are listed.
    return _kin(item, seen) and item.ends == seen.ends and not any(_differences(item, seen))


def _same(item: Item, seen: Seen) -> bool:
    return _nearly(item, seen) and _close(item.ends, seen.ends)


def _nearly(item: Item, seen: Seen) -> bool:
    return _kin(item, seen) and item.quantity == seen.quantity


def _kin(item: Item, seen: Seen) -> bool:
    return item.product.lower() == seen.product.lower()


def _close(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SLACK


def _judge(item: Item, seen: Seen | None, still_there: bool) -> Verdict:
    if seen is None:
        return Verdict(item.id, ItemState.IN_OLD if still_there else ItemState.IN_NEITHER, None)
    differs = tuple(_differences(item, seen))
    if still_there:
        return Verdict(item.id, ItemState.IN_BOTH, seen, differs)
    return Verdict(item.id, ItemState.CHANGED if differs else ItemState.VERIFIED, seen, differs)


def goods(item: Item, seen: Seen) -> Iterable[Difference]:
    """In what the goods differ: what is bought, not what was set for the end of the term."""
    if not _kin(item, seen):
        yield Difference("product", item.product, seen.product)
    if item.quantity != seen.quantity:
        yield Difference("seats", str(item.quantity), str(seen.quantity))
    if item.term != seen.term:
        yield Difference("term", item.term, seen.term)
    if item.billing_cycle != seen.billing_cycle:
        yield Difference("billing", item.billing_cycle, seen.billing_cycle)


def _differences(item: Item, seen: Seen) -> Iterable[Difference]:
    yield from goods(item, seen)
    if not _close(item.ends, seen.ends):
        yield Difference("end", _day(item.ends), _day(seen.ends))
    if item.auto_renew != seen.auto_renew:
        yield Difference("renews by itself", _yes(item.auto_renew), _yes(seen.auto_renew))
    if item.cancel_at_end != seen.cancel_at_end:
        yield Difference("ends with its term", _yes(item.cancel_at_end), _yes(seen.cancel_at_end))
    if item.next_term != seen.next_term:
        yield Difference("next term", item.next_term or "as it is", seen.next_term or "as it is")
    if item.promotion != seen.promotion:
        yield Difference("promotion", item.promotion or "none", seen.promotion or "none")
    if seen.status != "active":
        yield Difference("status", item.status, seen.status)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"

"""Subscriptions whose term ends on the old account."""

from __future__ import annotations

from datetime import datetime

from novation.domain import microsoft_words, states
from novation.moves.models import Item, Move

#: What stays with the old account and may still be chosen for.


def staying(move: Move) -> list[Item]:
    """Subscriptions of a move that has ended which the old account still sells, the earliest end first."""
    if move.closeout_state not in states.OLD_SIDE_LEFT:
        return []
    rows = move.items.filter(
        state__in=states.ON_SOURCE, status__in=microsoft_words.SUBSCRIPTION_SOLD, ends__isnull=False
    )
    return list(rows.order_by("ends", "id"))


def still_open(move: Move, now: datetime) -> list[Item]:
    """Those whose end comes within the first period and that have no choice yet."""
    until = now + max(move.programme.policy.choose_before)
    return [item for item in staying(move) if not item.choice and item.ends and now < item.ends <= until]

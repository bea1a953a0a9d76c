"""Who holds the items of a move, as its readings show."""

from __future__ import annotations

from datetime import datetime

from novation.customers.services.holdings import ObservedHolding, observe_holdings
from novation.domain.facts import ItemState
from novation.domain.holding import Holder, holder_of
from novation.moves.models import Item, Move
from novation.prepared_queries import Prepared


def record_holdings(move: Move, *, observed_by: str, now: datetime) -> None:
    """Writes who holds each item of a move, after a reading or an answer that says so.

    Args:
        move: its items are as that reading left them.
        observed_by: the kind of step that read it.
        now: programme time.
    """
    observed = [one for item in _ITEMS(move.pk) for one in _observed(move, item)]
    observe_holdings(move.customer_id, observed, observed_by=observed_by, now=now)


_ITEMS = Prepared(
    lambda move: Item.objects.filter(move_id=move).only(
        "subscription_id", "new_subscription_id", "state", "status", "replaced_at"
    )
)


def _observed(move: Move, item: Item) -> list[ObservedHolding]:
    holder = holder_of(ItemState(item.state), item.status)
    moved = holder is Holder.TARGET
    account = (
        move.programme.source_id if holder is Holder.SOURCE else move.programme.target_id if moved else None
    )
    present = item.new_subscription_id if moved else item.subscription_id
    found = [ObservedHolding(item.subscription_id, present, holder, account)]
    if item.replaced_at is not None and not moved:
        # Bought anew: a second item, seen on the target while the first runs out.
        new = item.new_subscription_id
        found.append(ObservedHolding(new, new, Holder.TARGET, move.programme.target_id))
    return found

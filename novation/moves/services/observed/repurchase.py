"""What was bought anew on the new account, and how it compares with what ends on the old one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from novation.domain import states
from novation.domain.answers import CartMade, OrderPlaced, OrderRead
from novation.domain.facts import Choice
from novation.domain.steps import TaskKind
from novation.domain.verify import goods
from novation.evidence.tags import Tag
from novation.moves.models import Item, Move
from novation.moves.services import tasks, tracks
from novation.moves.services.holdings import record_holdings
from novation.moves.to_domain import known_item, seen


def prepared(move: Move, made: CartMade, *, now: datetime) -> None:
    """A cart binds nobody; it is checked out next. Its time is Microsoft's."""
    Item.objects.filter(move=move, pk=made.item).update(cart=made.cart, cart_at=made.at)


def placed(move: Move, order: OrderPlaced, *, now: datetime) -> None:
    """The order was answered; it is believed when the subscription has been read."""
    item = move.items.get(pk=order.item)
    item.bought_at, item.order_read_at = now, None
    item.new_subscription_id = order.subscription
    item.save(update_fields=["bought_at", "order_read_at", "new_subscription_id"])
    data = {
        "subscription": item.subscription_id,
        "new": item.new_subscription_id,
        "order": order.order,
        "name": item.name,
        "seats": item.quantity,
    }
    tracks.transition(move, {}, tag=Tag.ITEM_BOUGHT_ANEW, at=now, actor="engine", data=data)


def awaited(move: Move) -> list[Item]:
    """What is to be bought anew and was not yet."""
    if move.closeout_state not in states.OLD_SIDE_LEFT:
        return []
    return list(move.items.filter(choice=Choice.BUY_NEW, bought_at=None))


def missed(move: Move, waited: Iterable[Item], *, now: datetime) -> None:
    """A person is called for what ended before it was bought.

    Args:
        move: its old side was just read.
        waited: what was `awaited` before that reading.
        now: programme time.
    """
    gone = move.items.filter(pk__in=[item.pk for item in waited], choice="")
    names = ", ".join(gone.values_list("name", flat=True))
    if names:
        why = f"Ended before it was bought anew, so that the service may stand still: buy it by hand now. {names}"
        tasks.open_task(move, TaskKind.REVIEW, why=why, now=now)


def reading(move: Move, read: OrderRead, *, now: datetime) -> None:
    """What the new account shows of it; a difference is put before a person."""
    item, found = move.items.get(pk=read.item), read.found
    item.order_read_at = now
    if found is None or found.status != "active":
        item.save(update_fields=["order_read_at"])
        return
    differs = [str(difference) for difference in goods(known_item(item), seen(found))]
    item.replaced_at, item.result = now, dict(found.raw)
    item.why = f"bought anew on the new account{', but ' if differs else ''}{', '.join(differs)}"[:300]
    item.save(update_fields=["order_read_at", "replaced_at", "result", "why"])
    record_holdings(move, observed_by="read-order", now=now)
    data = {
        "subscription": item.subscription_id,
        "new": item.new_subscription_id,
        "name": item.name,
        "differs": differs,
    }
    tracks.transition(move, {}, tag=Tag.ITEM_REPLACED, at=now, actor="engine", data=data)
    if differs:
        why = f"{item.name} was bought anew otherwise: {', '.join(differs)}."
        tasks.open_task(move, TaskKind.REVIEW, why=why, now=now)

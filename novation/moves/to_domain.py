"""Rows as the rules know them."""

from __future__ import annotations

from dataclasses import fields

from novation.domain import facts, states
from novation.domain.answers import SubscriptionRead
from novation.domain.verify import Seen
from novation.moves.models import Item, Move


def known_item(item: Item) -> facts.Item:
    """One subscription's row as the frozen value that rules judge."""
    return facts.Item(
        id=item.pk,
        subscription_id=item.subscription_id,
        product=item.product,
        name=item.name,
        quantity=item.quantity,
        term=item.term,
        billing_cycle=item.billing_cycle,
        ends=item.ends,
        auto_renew=item.auto_renew,
        status=item.status,
        product_type=item.product_type,
        is_trial=item.is_trial,
        parent=item.parent,
        pending_change=item.pending_change,
        state=facts.ItemState(item.state),
        batch=item.batch_id,
        restorable=item.restorable,
        promotion=item.promotion,
        next_term=item.next_term,
        cancel_at_end=item.cancel_at_end,
        choice=facts.Choice(item.choice) if item.choice else None,
        chosen_at=item.chosen_at,
        choice_sent_at=item.choice_sent_at,
        cart=item.cart,
        cart_at=item.cart_at,
        bought_at=item.bought_at,
        order_read_at=item.order_read_at,
        replaced_at=item.replaced_at,
    )


def seen(row: SubscriptionRead) -> Seen:
    """One subscription, as an account was just read, as the rules compare it."""
    return Seen(**{field.name: getattr(row, field.name) for field in fields(Seen)})


def handed_over(move: Move) -> bool:
    """True when something was handed over, so that a decision cannot be taken back any more."""
    if move.transfer_state not in states.NOTHING_HANDED_OVER:
        return True
    return move.batches.filter(state__in=states.HANDED_OVER).exists()

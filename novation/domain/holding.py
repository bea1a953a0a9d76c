"""Who sells an item to a customer now."""

from __future__ import annotations

from enum import StrEnum

from novation.domain.facts import ItemState
from novation.domain.microsoft_words import SUBSCRIPTION_OVER


class Holder(StrEnum):
    """The side that holds one item. The words are those of the programme that moves it."""

    SOURCE = "source"
    TARGET = "target"
    IN_TRANSFER = "in-transfer"  # handed over by the source, and not yet seen on the target
    NOBODY = "nobody"  # it was seen to have ended
    UNKNOWN = "unknown"  # missing where it was, on both sides, or not seen since


#: An operation on such an item has one account to go to.
SETTLED = frozenset({Holder.SOURCE, Holder.TARGET})

_OF_STATE = {
    ItemState.IN_OLD: Holder.SOURCE,
    ItemState.STAYS: Holder.SOURCE,
    ItemState.IN_TRANSFER: Holder.IN_TRANSFER,
    ItemState.VERIFIED: Holder.TARGET,
    ItemState.CHANGED: Holder.TARGET,
    ItemState.IN_BOTH: Holder.UNKNOWN,
    ItemState.IN_NEITHER: Holder.UNKNOWN,
    ItemState.GONE: Holder.UNKNOWN,
}


def holder_of(state: ItemState, status: str) -> Holder:
    """Who holds an item of a move.

    Args:
        state: where the move has it.
        status: Microsoft's word, as last read. Only a word that says so ends an item; absence does not.
    """
    holder = _OF_STATE[state]
    on_source = holder is Holder.SOURCE or state is ItemState.GONE
    return Holder.NOBODY if on_source and status.lower() in SUBSCRIPTION_OVER else holder

"""Who sells an item to a customer now."""

from __future__ import annotations

from enum import StrEnum


class Holder(StrEnum):
    """The side that holds one item. The words are those of the programme that moves it."""

    SOURCE = "source"
    TARGET = "target"
    IN_TRANSFER = "in-transfer"  # requested by the target, and not seen on either side as settled
    NOBODY = "nobody"  # it was seen to have ended
    UNKNOWN = "unknown"  # it is missing where it was, and was not seen elsewhere


#: An operation on such an item has one account to go to.
SETTLED = frozenset({Holder.SOURCE, Holder.TARGET})

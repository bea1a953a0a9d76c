"""Ids that follow from the seed, so that the same seed gives the same world."""

from __future__ import annotations

from random import Random
from uuid import UUID

_ORDER_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def guid(draw: Random) -> str:
    """A version 4 GUID from the given source of chance."""
    return str(UUID(int=draw.getrandbits(128), version=4))


def order_id(draw: Random) -> str:
    """An order number as New Commerce makes them: twelve letters and digits."""
    return "".join(draw.choices(_ORDER_LETTERS, k=12))


def is_guid(text: str) -> bool:
    """Is this a GUID in its usual spelling?"""
    if len(text) != 36:
        return False
    try:
        UUID(text)
    except ValueError:
        return False
    return True

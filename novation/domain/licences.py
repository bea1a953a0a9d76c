"""Licences that the tenant's users hold, before and after: a transfer must not take one away (page subscribedskus)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assigned:
    """Licences of one product. None: not readable on that side, which is not the same as none."""

    product: str
    before: int | None
    after: int | None

    @property
    def lost(self) -> int:
        """So many users have lost it, as far as both sides could be read."""
        if self.before is None or self.after is None:
            return 0
        return max(0, self.before - self.after)


def compare_licences(
    before: Mapping[str, int] | None, after: Mapping[str, int] | None
) -> tuple[Assigned, ...]:
    """Compares assigned licences by product.

    Args:
        before: product → licences assigned, as the old account read them; None when it could not.
        after: the same as the new account reads them; None when it has no right to.
    """
    names = sorted({*(before or {}), *(after or {})})
    return tuple(
        Assigned(
            name,
            None if before is None else before.get(name, 0),
            None if after is None else after.get(name, 0),
        )
        for name in names
    )


def readable(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> bool:
    """True when both sides could be read, so that "nothing lost" means something."""
    return before is not None and after is not None

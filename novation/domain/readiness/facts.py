"""All that the readiness check looks at, read once and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from novation.domain.facts import Item
from novation.domain.readiness.money import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address on file. `shared` says how many other customers of the programme have the same."""

    email: str
    shared: int = 0
    bounced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One agreement on record with the source: its kind in Microsoft's words, and when it was accepted."""

    kind: str
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What is known of one subscription beside the fields that every rule needs.

    `scheduled` says what changes at the next renewal, `reseller` is the MPN id on the order, `price` None when
    no invoice line has told it yet.
    """

    scheduled: str = ""
    reseller: str = ""
    price: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One customer as last read. None always means "not read", never "there is none"."""

    country: str = ""
    addresses: Sequence[Address] = ()
    own_domains: frozenset[str] = frozenset()
    delegated: bool | None = None
    agreements: Sequence[Paper] | None = None
    foreign_transfers: Sequence[str] = ()  # who else has asked the source for this customer
    own_partner_ids: frozenset[str] = frozenset()  # MPN ids of both accounts
    items: Sequence[Item] = ()
    extras: Mapping[int, Extra] = field(default_factory=dict)  # by item id

    def beside(self, item: Item) -> Extra:
        """What else is known of an item."""
        return self.extras.get(item.id, _NOTHING)


_NOTHING = Extra()

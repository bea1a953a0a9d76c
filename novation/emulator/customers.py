"""A customer tenant: who it is, which partners it has, and the file of everything it owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novation.emulator.agreements import Agreement
    from novation.emulator.gdap import AdminRelationship
    from novation.emulator.orders import Cart, Order
    from novation.emulator.subscriptions import Subscription
    from novation.emulator.transfers import Transfer
    from novation.emulator.users import Directory


@dataclass(slots=True)
class Relationship:
    """One partner on one customer. ``dap`` is the old delegated admin, which new invitations do not give."""

    since: datetime
    dap: bool = False
    removed_at: datetime | None = None

    @property
    def live(self) -> bool:
        """True until it is removed."""
        return self.removed_at is None


@dataclass(slots=True)
class Contact:
    """The person in the billing profile."""

    first_name: str
    last_name: str
    email: str
    phone: str


@dataclass(slots=True)
class CustomerFile:
    """All that a customer owns. Made from the seed at the first look, so that idle customers cost little."""

    relationships: dict[str, Relationship]
    subscriptions: dict[str, Subscription]
    agreements: list[Agreement]
    gdap: dict[str, AdminRelationship]
    originals: frozenset[str] = frozenset()
    transfers: dict[str, Transfer] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    carts: dict[str, Cart] = field(default_factory=dict)
    qualifications: list[dict[str, Any]] = field(default_factory=list)
    conversions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    directory: Directory | None = None
    next_renewal: datetime | None = None


@dataclass(slots=True)
class Customer:
    """One tenant. The fields here come straight from the seed; ``file`` is opened by the world."""

    index: int
    tid: str
    name: str
    country: str
    sector: str
    domain: str
    contact: Contact
    city: str
    postal_code: str
    street: str
    seeded: bool = True
    version: int = 1
    culture: str = ""
    registration_number: str | None = None
    file: CustomerFile | None = None

    @property
    def default_domain(self) -> str:
        """The tenant's first domain, which cannot be removed."""
        return f"{self.domain.rsplit('.', 1)[0].replace('.', '')}.onmicrosoft.com"

    @property
    def admin_upn(self) -> str:
        """The Global Administrator made together with the tenant."""
        return f"admin@{self.default_domain}"

"""What is known of one customer's move: frozen values, read once, judged by `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from novation.domain.policy import Policy
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import FIRST, Track


class ItemState(StrEnum):
    """Where one subscription is."""

    IN_OLD = "in-old"  # on the source, as at the baseline
    IN_TRANSFER = "in-transfer"  # handed over, not yet seen on the target
    VERIFIED = "verified"  # on the target alone, the same in every point that counts
    CHANGED = "changed"  # on the target alone, but something differs
    IN_BOTH = "in-both"  # billed twice: a person is called
    IN_NEITHER = "in-neither"  # on no side: a person is called
    STAYS = "stays"  # cannot be transferred; stays to the end of its term
    GONE = "gone"  # ended or cancelled on the source before it was moved


class BatchState(StrEnum):
    """How far one transfer request of at most 25 items is."""

    PLANNED = "planned"
    PENDING = "pending"  # created by the target
    MOVING = "moving"  # accepted by the source
    COMPLETE = "complete"
    EXPIRED = "expired"  # nobody accepted within 30 days
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One subscription as the baseline has it, and where it is now. `ends` is the end of its term."""

    id: int
    subscription_id: str
    product: str
    name: str
    quantity: int
    term: str = "P1Y"
    billing_cycle: str = "annual"
    ends: datetime | None = None
    auto_renew: bool = True
    status: str = "active"
    product_type: str = "OnlineServicesNCE"
    is_trial: bool = False
    parent: str = ""
    pending_change: bool = False
    state: ItemState = ItemState.IN_OLD
    batch: int | None = None
    restorable: bool = False  # differs only in a setting that we may set back, and have not yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transfer request. Times are programme time."""

    number: int
    state: BatchState = BatchState.PLANNED
    remote_id: str = ""
    created_at: datetime | None = None
    accepted_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One letter or mail to the customer: announcement, reminder-1, …"""

    purpose: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """Microsoft's link to the customer agreement."""

    status: str
    issued_at: datetime
    expires_at: datetime | None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One GDAP relationship as last read; `assigned` says how far its group assignment is."""

    status: str
    assigned: str = ""
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A call whose outcome is not known; looked up from `look_at` on, never sent again blindly."""

    step: int
    kind: StepKind
    look_at: datetime
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that `decide` looks at."""

    policy: Policy = field(default_factory=Policy)
    tracks: Mapping[Track, str] = field(default_factory=lambda: dict(FIRST))
    since: Mapping[Track, datetime] = field(default_factory=dict)
    released_at: datetime | None = None  # when its wave was launched
    paused: bool = False
    baseline_at: datetime | None = None
    blockers: tuple[str, ...] = ()
    has_contact: bool = True
    items: tuple[Item, ...] = ()
    notices: tuple[Notice, ...] = ()
    mandate_until: datetime | None = None
    invitation_known: bool = False
    relationship_read_at: datetime | None = None
    agreement_read_at: datetime | None = None
    attestation: Attestation | None = None
    grant: Grant | None = None
    old_grant: Grant | None = None
    transfers_read_at: datetime | None = None
    foreign_transfer: bool = False
    batches: tuple[Batch, ...] = ()
    verified_at: datetime | None = None
    old_side_read_at: datetime | None = None
    left_behind: int = 0
    old_relationship: bool = True
    open_tasks: frozenset[TaskKind] = frozenset()
    ended_tasks: Mapping[TaskKind, tuple[TaskOutcome, datetime]] = field(default_factory=dict)
    uncertain: tuple[Uncertain, ...] = ()
    retry_at: Mapping[StepKind, datetime] = field(default_factory=dict)
    stopped: frozenset[StepKind] = frozenset()

    def track(self, track: Track) -> str:
        """The stored state of one track."""
        return self.tracks[track]

    def notice(self, purpose: str) -> Notice | None:
        """The latest notice of this purpose, or None."""
        return next((n for n in reversed(self.notices) if n.purpose == purpose), None)

"""What is known of one customer's move: frozen values, read once, judged by `decide`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from novation.domain.policy import Policy
from novation.domain.steps import TaskKind, TaskOutcome
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


class Choice(StrEnum):
    """What happens to a subscription that stays when its term ends; always a person's choice."""

    RENEW = "renew"  # it renews on the old account
    CANCEL = "cancel"  # it ends with its term; the service stops that day
    EXTEND = "extend"  # it goes on month by month at a higher price (Extended Service Term)
    BUY_NEW = "buy-new"  # it ends with its term, and is bought anew on the new account before


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
    restorable: bool = False  # differs only in settings that we may set back, and have not yet
    promotion: str = ""
    next_term: str = ""  # instructions for the next term, in words that can be compared
    cancel_at_end: bool = False
    choice: Choice | None = None  # what a person chose for the end of its term on the old side
    chosen_at: datetime | None = None
    choice_sent_at: datetime | None = None  # when it was last set on the source
    cart: str = ""  # id of the cart on the target with which it is bought anew
    cart_at: datetime | None = None
    bought_at: datetime | None = None
    order_read_at: datetime | None = None  # when the target was last asked for what was bought
    replaced_at: datetime | None = None  # when what was bought was seen there


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
    failed: bool = False  # the assignment ended in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A call whose outcome is not known; looked up from `look_at` on, never sent again blindly."""

    step: int
    kind: str
    look_at: datetime
    batch: int | None = None


class NotLoaded(Exception):
    """A rule looked at a fact that has not been read yet: read it, and ask the rule again."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} was not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that `decide` looks at.

    A fact that was not read has no value (`partial`); whoever looks at it raises NotLoaded. So a rule never decides
    on what is not known, and nobody keeps a second list of what each rule needs.
    """

    policy: Policy = field(default_factory=Policy)
    tracks: Mapping[Track, str] = field(default_factory=lambda: dict(FIRST))
    since: Mapping[Track, datetime] = field(default_factory=dict)
    released_at: datetime | None = None  # when its wave was launched
    paused: bool = False
    followed: bool = False  # the activity logs are read, which name whom to look at
    baseline_at: datetime | None = None
    blockers: tuple[str, ...] = ()
    has_contact: bool = True
    items: tuple[Item, ...] = ()
    notices: tuple[Notice, ...] = ()
    mandate_until: datetime | None = None
    clock_stopped: timedelta = timedelta(0)  # so long a question of the customer stopped its clock
    signatory_at: datetime | None = None  # since somebody else than the decider signs the agreement
    invitation_known: bool = False
    relationship_read_at: datetime | None = None
    agreement_read_at: datetime | None = None
    attestation: Attestation | None = None
    grant: Grant | None = None
    access_requests: int = 0  # GDAP requests made by the target so far
    old_grant: Grant | None = None
    transfers_read_at: datetime | None = None
    foreign_transfer: bool = False
    batches: tuple[Batch, ...] = ()
    verified_at: datetime | None = None
    old_side_read_at: datetime | None = None
    left_behind: int = 0
    old_relationship: bool = True
    azure_moved: bool = False
    secret_held: bool = False  # our vault holds the first password of the customer's admin account
    open_tasks: frozenset[TaskKind] = frozenset()
    ended_tasks: Mapping[TaskKind, tuple[TaskOutcome, datetime]] = field(default_factory=dict)
    uncertain: tuple[Uncertain, ...] = ()
    retry_at: Mapping[str, datetime] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()

    def track(self, track: Track) -> str:
        """The stored state of one track."""
        return self.tracks[track]

    def notice(self, purpose: str) -> Notice | None:
        """The latest notice of this purpose, or None."""
        return next((n for n in reversed(self.notices) if n.purpose == purpose), None)

    if not TYPE_CHECKING:  # it would let every misspelt name pass

        def __getattr__(self, name: str) -> Any:
            # Called only for what has no value.
            raise NotLoaded(name) if name in type(self).__dataclass_fields__ else AttributeError(name)


_set = object.__setattr__  # facts are frozen
_DEFAULTS: dict[str, Callable[[], Any]] = {
    field.name: field.default_factory
    if field.default_factory is not MISSING
    else functools.partial(copy, field.default)
    for field in fields(Facts)
}


def partial(missing: Collection[str], **known: Any) -> Facts:
    """Facts of which some have not been read.

    Args:
        missing: names of the fields without a value.
        known: values of the others.
    """
    # Made for every look at every move: the usual way sets all defaults first, which takes four times as long.
    facts = object.__new__(Facts)
    for name, value in known.items():
        _set(facts, name, value)
    for name, default in _DEFAULTS.items():
        if name not in known and name not in missing:
            _set(facts, name, default())
    return facts


def fill(facts: Facts, values: Mapping[str, Any]) -> None:
    """Gives values to facts that had none. What is known already never changes.

    Raises:
        ValueError: one of them has a value.
    """
    for name, value in values.items():
        try:
            object.__getattribute__(facts, name)
        except AttributeError:
            _set(facts, name, value)
        else:
            raise ValueError(f"{name} is known already")

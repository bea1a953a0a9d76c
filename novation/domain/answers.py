"""What Microsoft's side answered: one frozen class for each call. The engine makes them, services take them in.

Fields have the names under which an answer is kept as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that says nothing but that it was done.

    Args:
        exchanges: the requests behind a reading, and the ids of their answers.
    """

    exchanges: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    def as_read(self) -> dict[str, Any]:
        """The same as plain values, without what was not read."""
        read: dict[str, Any] = _plain(self)
        return {name: value for name, value in read.items() if name != "exchanges" and value is not None}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: _plain(getattr(value, one.name))
            for one in fields(value)
            if one.name != "exchanges" or getattr(value, one.name)
        }
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRead:
    """One subscription as an account shows it. `raw` is the answer itself, which changes are built on."""

    subscription_id: str
    product: str
    name: str
    quantity: int
    term: str
    billing_cycle: str
    ends: datetime | None
    auto_renew: bool
    status: str
    product_type: str = ""
    is_trial: bool = False
    parent: str = ""
    pending_change: bool = False
    promotion: str = ""
    next_term: str = ""
    cancel_at_end: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def as_item(self) -> dict[str, Any]:
        """Its values by the names of an item's fields: all but its id and the answer itself."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("raw", "subscription_id")
        }


# -- relationship ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRead(Answer):
    """The link by which customers accept the target."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipRead(Answer):
    """Microsoft's word for the relationship, `none` where there is none. `by`: what was read, if not the customer."""

    relationship: str
    by: str | None = None

    @property
    def present(self) -> bool:
        """True when the customer is ours."""
        return self.relationship == "reseller"


# -- agreement ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """An agreement on record. `agreed_at` is Microsoft's date as written, None when there is none."""

    template: str | None
    agreed_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementsRead(Answer):
    """What is on record with the target: signed directly with Microsoft, or confirmed through us."""

    direct: bool
    agreements: tuple[AgreementRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationMade(Answer):
    """A link to Microsoft's agreement page, for one signatory."""

    id: str
    url: str
    expires_at: datetime | None
    signatory: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedBefore(Answer):
    """Error 600061 instead of a link: this person has confirmed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRead(Answer):
    """How far the customer is on Microsoft's page, in Microsoft's word; `not found` when the link leads nowhere."""

    id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementMade(Answer):
    """The agreement was recorded. `duplicate`: it was on record before (error 600061)."""

    attestation: str
    duplicate: bool = False


# -- delegated admin rights -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRead(Answer):
    """A delegated admin relationship (GDAP). The fields after `ends_at` are None when they were not asked for."""

    id: str
    status: str
    ends_at: datetime | None = None
    roles_missing: tuple[str, ...] | None = None
    assignment_id: str | None = None
    assignment_status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentMade(Answer):
    """Our group has been given the roles."""

    id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnded(Answer):
    """A delegated admin relationship of the source, by its id, was given up."""

    id: str


# -- transfer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRead(Answer):
    """A transfer request. `status` is Microsoft's word; `source` the tenant id in small letters."""

    id: str
    status: str
    source: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransfersRead(Answer):
    """Every transfer request of one customer that the target sees."""

    transfers: tuple[TransferRead, ...]


# -- both sides -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRead(Answer):
    """What the source has of a customer.

    Args:
        subscriptions: all of them.
        profile: billing contact and company data by name.
        grants: delegated admin relationships of the source.
        delegated: whether delegated admin rights are alive.
        papers: agreements and transfers on record; None when they were not asked for this time.
        licences: product → licences assigned; None when the source may not read them.
        licences_asked: whether licences were asked for this time.
    """

    subscriptions: tuple[SubscriptionRead, ...]
    profile: Mapping[str, str]
    grants: tuple[GrantRead, ...]
    delegated: bool
    papers: Mapping[str, Any] | None = None
    licences: Mapping[str, int] | None = None
    licences_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSidesRead(Answer):
    """Every subscription of the customer on both accounts; licences as the target reads them, None if it may not."""

    source: tuple[SubscriptionRead, ...]
    target: tuple[SubscriptionRead, ...]
    licences: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldSideRead(Answer):
    """What the source still has. `left`: subscriptions that are not over."""

    present: bool
    left: int
    grants: tuple[GrantRead, ...]


# -- single subscriptions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRestored(Answer):
    """What was set back on the target for the end of a term; `item` is our id."""

    item: int
    auto_renew: bool | None = None
    cancel_at_end: bool | None = None
    next_term: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEndSet(Answer):
    """What was set on the source for the end of a term; `item` is our id."""

    item: int
    subscription: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CartMade(Answer):
    """A cart for one item, by our id. `at` is Microsoft's own time, so that orders can be compared with it."""

    item: int
    cart: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Answer):
    """What was bought for one item, by our id."""

    item: int
    order: str
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRead(Answer):
    """What the target shows of what was bought for one item; None when it shows nothing."""

    item: int
    found: SubscriptionRead | None

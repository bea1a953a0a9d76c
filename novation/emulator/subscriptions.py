"""A subscription and what time does to it: renewal, extended service term, expiry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from novation.emulator.calendar import CANCEL_WINDOW, TERM_MONTHS, add_months
from novation.emulator.catalogue import BY_PRODUCT, LEGACY, LEGACY_OFFER_ID, Sku
from novation.emulator.charges import Step

LIVE = frozenset({"active", "suspended", "pending"})
# After a term that was not renewed (page "subscription-lifecycle", 2023): people work on for 30 days, administrators
# for 90 more, then the data is deleted.
GRACE, DISABLED = timedelta(days=30), timedelta(days=90)


@dataclass(slots=True)
class Subscription:
    """One item, owned and billed by one account. ``lineage`` is the id of the item it descends from."""

    id: str
    account: str
    lineage: str
    order_id: str
    sku: Sku
    friendly_name: str
    quantity: int
    status: str
    term: str
    cycle: str
    auto_renew: bool
    created: datetime
    effective_start: datetime
    commitment_end: datetime
    cancel_until: datetime | None
    batches: list[tuple[int, datetime]] = field(default_factory=list)
    is_trial: bool = False
    promotion_id: str | None = None
    scheduled: dict[str, Any] | None = None
    scheduled_actions: list[dict[str, Any]] | None = None
    seats_by_schedule: int = 0  # by how much instructions for the next term have changed its seats
    parent_id: str | None = None
    partner_mpn: str | None = None
    version: int = 1
    updates: int = 0
    transfer_id: str | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    suspension_reasons: list[str] = field(default_factory=list)
    extended: bool = False
    lapses: bool = False  # goes through grace and disabled before it is deleted; items of a rich seed do
    azure: dict[str, str] | None = None
    provisioned_at: datetime | None = None
    registered_at: datetime | None = None
    visible_at: datetime | None = None
    history: list[Step] = field(default_factory=list)

    def add_step(self, kind: str, how: str, at: datetime) -> None:
        """Adds a step to the history that charges are computed from."""
        self.history.append(
            Step(
                at,
                kind,
                how,
                self.quantity,
                self.sku,
                self.term,
                self.cycle,
                self.effective_start,
                self.commitment_end,
                self.is_trial,
            )
        )

    @property
    def live(self) -> bool:
        """Owned and billed now. A suspended item is billed on (page "suspend-a-subscription")."""
        return self.status in LIVE

    @property
    def legacy(self) -> bool:
        """Bought before New Commerce."""
        return self.sku is LEGACY

    @property
    def offer_id(self) -> str:
        """GUID for legacy items, product:sku:availability for New Commerce."""
        return LEGACY_OFFER_ID if self.legacy else self.sku.offer_id

    @property
    def etag(self) -> str:
        """Changes with every change of the item."""
        return f"{self.id[:8]}.{self.version}"

    def bump_version(self) -> None:
        """Marks a change."""
        self.version += 1

    def end(self, how: str, status: str, at: datetime) -> None:
        """Closes the item for good; ``how`` is kept for the judge of lineage."""
        self.status, self.ended, self.ended_at = status, how, at
        self.add_step("end", how, at)
        self.scheduled, self.cancel_until, self.batches = None, None, []
        self.bump_version()


def open_cancel_window(item: Subscription, start: datetime, quantity: int) -> None:
    """A purchase, an addition or a renewal opens seven days in which these seats may be given back."""
    until = start + CANCEL_WINDOW
    item.batches = [(count, end) for count, end in item.batches if end > start] + [(quantity, until)]


def transferred_copy(
    item: Subscription, new_id: str, order_id: str, account: str, at: datetime
) -> Subscription:
    """The same item on the other account: new ids, same seats, term and end; no new window (§7.7)."""
    copy = replace(
        item,
        id=new_id,
        account=account,
        order_id=order_id,
        batches=[],
        cancel_until=None,
        transfer_id=None,
        version=1,
        updates=0,
        suspension_reasons=[],
        scheduled=None,
        scheduled_actions=None,
        seats_by_schedule=0,
        history=[],
        created=at,
        visible_at=at,
        provisioned_at=at,
    )
    copy.add_step("transfer", "transfer", at)
    return copy


def end_term(item: Subscription, at: datetime) -> str | None:
    """Does what is due at the end of a term. Returns renewed, extended or expired.

    Page "extended service terms" (2026): with auto-renew off and no explicit end the item goes on
    month by month and dearer, until somebody cancels it.
    """
    ends = any(str(a.get("action", "")).lower() == "cancelattermend" for a in item.scheduled_actions or [])
    if item.status == "suspended" or ends or (item.is_trial and not item.auto_renew):
        item.end("term", "expired", at)
        return "expired"
    if not item.auto_renew:
        if item.legacy or not item.sku.product_type:
            item.end("term", "expired", at)
            return "expired"
        item.extended, item.term, item.cycle = True, "P1M", "monthly"
        item.effective_start = at
        item.commitment_end = add_months(at, 1)
        item.cancel_until = item.commitment_end
        item.add_step("term", "extend", at)
        item.bump_version()
        return "extended"
    if item.scheduled:
        _apply_schedule(item)
    item.is_trial = False
    item.effective_start = at
    item.commitment_end = add_months(at, TERM_MONTHS.get(item.term, 12))
    item.cancel_until = at + CANCEL_WINDOW
    item.batches = [(item.quantity, at + CANCEL_WINDOW)]
    item.add_step("term", "renew", at)
    item.bump_version()
    return "renewed"


def _apply_schedule(item: Subscription) -> None:
    scheduled = item.scheduled or {}
    product = scheduled.get("product") or {}
    sku = BY_PRODUCT.get((str(product.get("productId")), str(product.get("skuId"))))
    item.sku = sku or item.sku
    item.term = product.get("termDuration") or item.term
    item.cycle = str(product.get("billingCycle") or item.cycle).lower()
    wanted = int(scheduled.get("quantity") or item.quantity)
    item.seats_by_schedule += wanted - item.quantity
    item.quantity = wanted
    item.promotion_id = product.get("promotionId")
    item.scheduled = None

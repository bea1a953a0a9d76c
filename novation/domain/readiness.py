"""What blocks or endangers one customer's move, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from novation.domain.batches import movable, near_renewal, staying
from novation.domain.facts import Item
from novation.domain.policy import DAY, Policy

#: Agreements accepted before this day must be accepted again (moving-customers 3.1).
AGREEMENT_SINCE = datetime.fromisoformat("2023-04-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a blocker stops the move, a warning does not."""

    level: str
    code: str
    cause: str
    consequence: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        """The finding as JSON values."""
        return dict(asdict(self))


def findings(
    *,
    profile: Mapping[str, str],
    items: Sequence[Item],
    policy: Policy,
    now: datetime,
    delegated: bool,
    agreed_at: datetime | None = None,
) -> list[Finding]:
    """Judges one reading of the source account.

    Args:
        profile: email, country and what else is on file.
        items: the customer's subscriptions on the source.
        policy: guard window and batch size.
        now: programme time.
        delegated: whether the source still holds delegated admin rights.
        agreed_at: date of the agreement on record with the source, if one was read.
    """
    return [*_people(profile, delegated), *_paper(agreed_at), *_goods(items, policy, now)]


def _people(profile: Mapping[str, str], delegated: bool) -> Iterator[Finding]:
    if not profile.get("email"):
        yield Finding(
            "blocker",
            "contact-missing",
            "No e-mail address is on file.",
            "The customer cannot be told.",
            "Find a contact: the task is in the queue.",
        )
    if not delegated:
        yield Finding(
            "warning",
            "no-delegated-admin",
            "The old account has no delegated admin rights any more.",
            "The customer's own admin account is the only key to its tenant.",
            "Check before the acceptance that somebody can sign in.",
        )


def _paper(agreed_at: datetime | None) -> Iterator[Finding]:
    if agreed_at is not None and agreed_at < AGREEMENT_SINCE:
        yield Finding(
            "warning",
            "agreement-old",
            f"The agreement on record is of {agreed_at:%d %B %Y}.",
            "Microsoft asks for a new acceptance; it happens in the same visit.",
            "Nothing to do now.",
        )


def _goods(items: Sequence[Item], policy: Policy, now: datetime) -> Iterator[Finding]:
    moving, stays = movable(items), staying(items)
    for item in items:
        reason = stays.get(item.id)
        if reason and item.status in ("active", "suspended"):
            yield Finding(
                "warning",
                "stays",
                f"{item.name} ({item.quantity}) stays: {reason}.",
                "It remains with the old account to the end of its term.",
                "Choose what happens at its end before then.",
            )
        if item.pending_change and item in moving:
            yield Finding(
                "warning",
                "pending-change",
                f"{item.name} has an open order.",
                "It waits until the order is through.",
                "Let it finish, or cancel it on the old account.",
            )
    for item in moving:
        if item.ends is None or item.ends <= now or not near_renewal(item, policy, now):
            continue
        days = (item.ends - now) // DAY
        yield Finding(
            "warning",
            "renewal-near",
            f"{item.name} ({item.quantity}) renews in {days} days.",
            "Without a choice at the end it goes on at 3 % more, or 23 % without a monthly plan.",
            "It moves after the renewal, the others before.",
        )
    if len(moving) > policy.batch_size:
        requests = -(-len(moving) // policy.batch_size)
        yield Finding(
            "warning",
            "many-items",
            f"{len(moving)} subscriptions move.",
            f"They need {requests} transfer requests, one after the other.",
            "Nothing to do now.",
        )
    if any(item.product_type.startswith("Azure") for item in items):
        yield Finding(
            "warning",
            "azure-plan",
            "There is an Azure plan.",
            "The old partner keeps its Azure rights, the new one gets none; the cost history may be lost.",
            "Export the cost history and list the role assignments first.",
        )

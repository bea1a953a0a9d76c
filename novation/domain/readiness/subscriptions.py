"""What the customer owns, and what of it stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from novation.domain import microsoft_words
from novation.domain.batches import families, movable, near_renewal, split, staying
from novation.domain.facts import Item
from novation.domain.policy import Policy
from novation.domain.readiness.facts import Reading
from novation.domain.readiness.finding import Finding, Level, written
from novation.domain.readiness.money import extension, new_term

#: Product types that are bought once (page create-a-transfer; moving-customers 1.2: not sure whether they move).
PERPETUAL = frozenset({"Software", "SoftwareSUSELinux", "PerpetualSoftware"})
_PLAN, _BOUND = (
    "choose its end of term on the old account before then",
    "Choose what happens at its end before then.",
)


def look(reading: Reading, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Every finding about subscriptions, in the order of the list."""
    moving, stays = movable(reading.items), staying(reading.items)
    for item in reading.items:
        if item.id in stays and item.status in microsoft_words.SUBSCRIPTION_ALIVE:
            yield _stays(item, stays[item.id])
        if item in moving:
            yield from _one(reading, item, policy, now)
    yield from _together(moving)
    yield from _split(moving, policy)
    yield from _azure(reading.items)


def _stays(item: Item, reason: str) -> Finding:
    named = f"{item.name} ({item.quantity})"
    consequence = "It remains with the old account to the end of its term."
    if item.is_trial:
        return Finding(
            Level.WARNING,
            "trial",
            f"{named} is a trial, and trials do not move.",
            "It ends by itself; what was tried is lost unless it is bought.",
            "Convert it on the old account before the move, or let it run out.",
        )
    if item.status == "suspended":
        return Finding(
            Level.WARNING,
            "suspended",
            f"{named} is suspended, and only active subscriptions move.",
            f"{consequence} It is billed although nobody can use it.",
            "Reactivate it on the old account if it is still wanted.",
        )
    if not item.product_type and ":" not in item.product:
        return Finding(
            Level.WARNING,
            "legacy",
            f"{named} was bought before New Commerce and does not move.",
            consequence,
            f"Buy it anew on the new account for the day of its end; {_PLAN}.",
        )
    if item.product_type in PERPETUAL:
        return Finding(
            Level.WARNING,
            "perpetual",
            f"{named} is software bought once; it stays where it was bought.",
            "The licence remains valid; invoices and downloads stay with the old account.",
            "Save its keys and downloads before the old account is given up.",
        )
    return Finding(Level.WARNING, "stays", f"{named} stays: {reason}.", consequence, _BOUND)


def _one(reading: Reading, item: Item, policy: Policy, now: datetime) -> Iterator[Finding]:
    extra = reading.beside(item)
    if item.pending_change:
        yield Finding(
            Level.WARNING,
            "pending-change",
            f"{item.name} has an open order.",
            "It waits until the order is through.",
            "Let it finish, or cancel it on the old account.",
        )
    if extra.scheduled:
        yield Finding(
            Level.WARNING,
            "scheduled-change",
            f"{item.name} is to change at its renewal: {extra.scheduled}.",
            "Whether a transfer keeps such a change is not documented; it may be lost.",
            "Note it. After the move it is compared, and set again on the new account if it is gone.",
        )
    if extra.reseller and extra.reseller not in reading.own_partner_ids:
        yield Finding(
            Level.WARNING,
            "reseller",
            f"{item.name} was sold through the reseller with partner id {extra.reseller}.",
            "Since 1 December 2025 Microsoft refuses a transfer when that id is not authorised.",
            "Check in Partner Center that the new account works with this reseller.",
        )
    if item.ends is None or item.ends <= now or not near_renewal(item, policy, now):
        return
    named, day = f"{item.name} ({item.quantity})", written(item.ends)
    if item.auto_renew:
        yield Finding(
            Level.WARNING,
            "renewal-near",
            f"{named} renews on {day}.",
            f"The renewal binds the old account for another term ({new_term(item, extra.price)}). "
            "It moves after the renewal, the others before.",
            "Let it renew, or choose “cancel at the end” and buy it anew on the new account.",
        )
    else:
        yield Finding(
            Level.WARNING,
            "term-ends",
            f"{named} ends on {day} and does not renew.",
            f"Without a choice Microsoft extends it month by month {extension(item, extra.price)}.",
            "Choose now on the old account: renew, extend knowingly, or cancel at the end.",
        )


def _together(moving: Sequence[Item]) -> Iterator[Finding]:
    for top, members in sorted(families(moving).items()):
        if len(members) > 1:
            base = next((item for item in members if item.subscription_id == top), members[0])
            rest = [item.name for item in members if item is not base]
            yield Finding(
                Level.NOTE,
                "add-ons",
                f"{', '.join(rest)} {'belongs' if len(rest) == 1 else 'belong'} to {base.name}.",
                "They go in one transfer request; if one of them must wait, all do.",
                "Nothing to do.",
            )


def _split(moving: Sequence[Item], policy: Policy) -> Iterator[Finding]:
    if len(moving) <= policy.batch_size:
        return
    by_id = {item.id: item for item in moving}
    batches = split(moving, policy.batch_size)
    listed = " ".join(
        f"Request {number}: {', '.join(f'{by_id[one].name} ({by_id[one].quantity})' for one in ids)}."
        for number, ids in enumerate(batches, start=1)
    )
    yield Finding(
        Level.NOTE,
        "many-items",
        f"{len(moving)} subscriptions move.",
        f"They need {len(batches)} transfer requests, one after the other. {listed}",
        "Nothing to do.",
    )


def _azure(items: Sequence[Item]) -> Iterator[Finding]:
    live = [item for item in items if item.status in microsoft_words.SUBSCRIPTION_SOLD]
    if any(item.product_type in ("Azure", "AzureSubscription") for item in live):
        yield Finding(
            Level.WARNING,
            "azure-plan",
            "There is an Azure plan.",
            "The old partner keeps its Azure rights, the new one gets none; the cost history may be lost.",
            "Export the cost history and list the role assignments first.",
        )
    for item in live:
        if item.product_type in ("AzureReservation", "AzureSavingsPlan"):
            yield Finding(
                Level.WARNING,
                "reservation",
                f"{item.name} is paid ahead for Azure.",
                "It moves with its Azure subscription; where the currency changes it can be cancelled by Microsoft.",
                "Compare the currencies of both accounts, and save the list of reservations first.",
            )

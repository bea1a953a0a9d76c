"""Keeps each move's findings up to date: after a reading, a change of policy or contact, and as time passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from novation.customers.models import Contact, Customer
from novation.domain import states
from novation.domain.readiness import (
    Address,
    Extra,
    Finding,
    Level,
    Paper,
    Price,
    Reading,
    blockers,
    findings,
    next_change,
)
from novation.domain.readiness.people import wrong_with
from novation.domain.stage import ENDED
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Item, ItemPrice, Move, Programme
from novation.moves.services import tracks
from novation.moves.to_domain import known_item


def refresh(moves: Sequence[Move], *, now: datetime) -> int:
    """Judges moves anew, writes what changed into them (not saved) and records new and vanished blockers.

    A constant number of queries, whatever their number. Call inside a transaction.

    Args:
        moves: read before (`baseline_at` is set), with `programme` and its accounts, and `customer` loaded.
        now: programme time.

    Returns:
        How many have other findings than before.
    """
    changed = 0
    for move, reading in read(moves):
        policy = move.programme.policy
        found = findings(reading, policy, now)
        values = [finding.to_json() for finding in found]
        move.readiness_due = next_change(reading, policy, now)
        if values != move.readiness:
            changed += 1
            if _record(move, found, now):
                move.due_at = now  # the engine looks again at what a blocker held back
            move.readiness = values
    return changed


def _record(move: Move, found: list[Finding], now: datetime) -> bool:
    before = sorted({one["code"] for one in move.readiness if one.get("level") == Level.BLOCKER})
    after = list(blockers(found))
    if before == after:
        return False
    tag = Tag.CUSTOMER_BLOCKED if after else Tag.CUSTOMER_READY
    data = {"blockers": after, "before": before}
    events.record(tag, at=now, actor="engine", subject=move.subject, data=data)
    return True


@transaction.atomic
def refresh_due(*, now: datetime, limit: int = 200) -> int:
    """Judges those moves anew whose findings may have changed; says how many were looked at."""
    due = Move.objects.filter(readiness_due__lte=now).order_by("readiness_due", "pk")[:limit]
    ids = list(due.values_list("pk", flat=True))
    if not ids:
        return 0
    rows = Move.objects.select_for_update(of=("self",)).select_related(
        "customer", "programme__source", "programme__target"
    )
    moves = list(rows.filter(pk__in=ids).order_by("pk"))
    open_moves = [move for move in moves if move.baseline_at is not None and move.stage not in ENDED]
    for move in moves:
        move.readiness_due = None
    refresh(open_moves, now=now)
    Move.objects.bulk_update(moves, ["readiness", "readiness_due", "due_at"], batch_size=100)
    return len(moves)


def mark_customer(customer: Customer, *, now: datetime) -> None:
    """Something about a customer's people changed: its findings, and those of who shares an address, are due."""
    emails = list(Contact.objects.filter(customer=customer).values_list("email", flat=True))
    concerned = set(Contact.objects.filter(email__in=emails).values_list("customer_id", flat=True))
    # Listed, not joined: with an "or" the database would walk through every move.
    moves = Move.objects.filter(customer__in=[*concerned], baseline_at__isnull=False)
    tracks.lock_moves(moves)
    moves.update(readiness_due=now)


def mark_programme(programme: Programme, *, now: datetime) -> None:
    """A policy changed: the findings of all its moves are due."""
    open_moves = Move.objects.filter(programme=programme, baseline_at__isnull=False).exclude(stage__in=ENDED)
    open_moves.update(readiness_due=now)


def read(moves: Sequence[Move]) -> Iterable[tuple[Move, Reading]]:
    """What the readiness check looks at, for many moves with a constant number of queries."""
    customers = [move.customer_id for move in moves]
    contacts: defaultdict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(customer__in=customers):
        contacts[contact.customer_id].append(contact)
    shared = _shared(contacts.values())
    goods: defaultdict[int, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(move__in=[move.pk for move in moves]).order_by("id"):
        goods[item.move_id].append(item)
    prices = _prices(goods.values())
    for move in moves:
        yield move, _reading(move, contacts[move.customer_id], shared, goods[move.pk], prices)


@transaction.atomic
def record_prices(prices: Mapping[str, Price], *, now: datetime) -> int:
    """Keeps the newest price of each subscription that some move knows; the findings of those moves are due.

    Returns:
        How many prices were kept.
    """
    names = sorted(prices)
    kept = 0
    for begin in range(0, len(names), 500):
        items = Item.objects.filter(subscription_id__in=names[begin : begin + 500])
        known_here = dict(items.values_list("subscription_id", "move_id"))
        moves = Move.objects.filter(pk__in=set(known_here.values()), baseline_at__isnull=False)
        tracks.lock_moves(moves)
        rows = [
            ItemPrice(
                subscription_id=name,
                seat_month=prices[name].seat_month,
                currency=prices[name].currency,
                read_at=now,
            )
            for name in known_here
        ]
        ItemPrice.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["subscription_id"],
            update_fields=["seat_month", "currency", "read_at"],
        )
        moves.update(readiness_due=now)
        kept += len(rows)
    return kept


def own_domains(programme: Programme) -> frozenset[str]:
    """Domains of ours: an address there is nobody at the customer."""
    named = (
        programme.sender_email.rpartition("@")[2],
        programme.source.domain,
        programme.target.domain,
    )
    return frozenset(name.lower() for name in named if name)


def _shared(groups: Iterable[list[Contact]]) -> dict[str, int]:
    """How many customers have each address on file."""
    emails = {contact.email for group in groups for contact in group}
    rows = (
        Contact.objects.filter(email__in=emails)
        .order_by()
        .values_list("email")
        .annotate(n=Count("customer", distinct=True))
        .filter(n__gt=1)
    )
    return dict(rows)


def _prices(groups: Iterable[list[Item]]) -> dict[str, Price]:
    ids = [item.subscription_id for group in groups for item in group]
    rows = ItemPrice.objects.filter(subscription_id__in=ids)
    return {row.subscription_id: Price(row.seat_month, row.currency) for row in rows}


def _reading(
    move: Move, contacts: list[Contact], shared: dict[str, int], goods: list[Item], prices: dict[str, Price]
) -> Reading:
    programme, papers = move.programme, move.papers or {}
    ours = own_domains(programme)
    live = [one for one in contacts if one.state != Contact.State.RETIRED or wrong_with(one.email, ours)]
    live.sort(key=lambda one: one.state != Contact.State.OK)
    agreements = papers.get("agreements")
    return Reading(
        country=move.customer.country,
        addresses=tuple(
            Address(
                email=one.email,
                shared=max(0, shared.get(one.email, 1) - 1),
                bounced=one.state == Contact.State.BOUNCED,
            )
            for one in live
        ),
        own_domains=ours,
        delegated=papers.get("delegated"),
        agreements=None if agreements is None else tuple(_paper(row) for row in agreements),
        foreign_transfers=tuple(papers.get("foreign_transfers") or ()),
        own_partner_ids=frozenset({programme.source.mpn_id, programme.target.mpn_id} - {""}),
        items=tuple(known_item(item) for item in goods if item.state in states.ON_SOURCE),
        extras={item.pk: _extra(item, prices.get(item.subscription_id)) for item in goods},
    )


def _paper(row: dict[str, Any]) -> Paper:
    agreed = row.get("agreed_at")
    return Paper(kind=row.get("kind") or "", agreed_at=datetime.fromisoformat(agreed) if agreed else None)


def _extra(item: Item, price: Price | None) -> Extra:
    raw = item.baseline or {}
    return Extra(
        scheduled=_scheduled(item, raw),
        reseller=str(raw.get("partnerId") or "").strip(),
        price=price,
    )


def _scheduled(item: Item, raw: dict[str, Any]) -> str:
    """What is to change at the next renewal, in a few words; empty when nothing is (page subscription-resources)."""
    wish = raw.get("scheduledNextTermInstructions") or {}
    if not isinstance(wish, dict) or not wish:
        later = raw.get("scheduledActions") or raw.get("nextChargeInstructions")
        return "an action is scheduled" if later else ""
    parts = []
    product = wish.get("product") or {}
    number = wish.get("quantity")
    if number is not None and number != item.quantity:
        parts.append(f"{number} seat{'' if number == 1 else 's'} instead of {item.quantity}")
    wanted = ":".join(str(product.get(name) or "") for name in ("productId", "skuId"))
    if product.get("productId") and wanted != item.product:
        parts.append("another product")
    term = product.get("termDuration")
    if term and term != item.term:
        parts.append(f"term {term} instead of {item.term}")
    cycle = str(product.get("billingCycle") or "").lower()
    if cycle and cycle != item.billing_cycle:
        parts.append(f"billed {cycle} instead of {item.billing_cycle}")
    return ", ".join(parts) or "the same again, as an explicit instruction"

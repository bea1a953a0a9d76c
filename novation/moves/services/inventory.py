"""Takes customers into a programme, and keeps dated readings of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from novation.customers.models import Contact, Customer, Snapshot
from novation.domain import microsoft_words, states
from novation.domain.answers import BaselineRead, SubscriptionRead
from novation.domain.customerlist import CustomerRow, Problem, read_customer_list
from novation.domain.facts import ItemState
from novation.domain.readiness.people import wrong_with
from novation.domain.reference import callback_words, reference
from novation.evidence.canonical import canonical
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Item, Move, Programme
from novation.moves.services import readiness
from novation.moves.services.holdings import record_holdings

_ON_THE_OLD_SIDE = states.ON_SOURCE | {ItemState.GONE}


@dataclass
class ImportReport:
    """What became of the rows of one import."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_csv(programme: Programme, text: str, *, now: datetime, actor: str) -> ImportReport:
    """Takes the customers of a Partner Center export; unusable rows are reported by line.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    rows, problems = read_customer_list(text)
    report = import_customers(programme, rows, now=now, actor=actor)
    report.problems = problems
    return report


def import_customers(
    programme: Programme, rows: Iterable[CustomerRow], *, now: datetime, actor: str
) -> ImportReport:
    """Makes customers and their moves, or brings name and domain up to date. Repeating it changes nothing."""
    report = ImportReport()
    chunk: list[CustomerRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == 500:
            _import_chunk(programme, chunk, report, now, actor)
            chunk = []
    if chunk:
        _import_chunk(programme, chunk, report, now, actor)
    return report


@transaction.atomic
def _import_chunk(
    programme: Programme, rows: Sequence[CustomerRow], report: ImportReport, now: datetime, actor: str
) -> None:
    known = {c.tenant_id: c for c in Customer.objects.filter(tenant_id__in=[row.tenant_id for row in rows])}
    moving = set(
        Move.objects.filter(programme=programme, customer__tenant_id__in=list(known)).values_list(
            "customer__tenant_id", flat=True
        )
    )
    for row in rows:
        customer = known.get(row.tenant_id)
        if customer is None:
            customer = Customer.objects.create(
                tenant_id=row.tenant_id,
                name=row.name,
                domain=row.domain,
                country=row.country,
                language=row.language,
                created_at=now,
            )
            known[row.tenant_id] = customer
            report.created += 1
        else:
            fresh = {
                name: new
                for name, new in (("name", row.name), ("domain", row.domain), ("country", row.country))
                if new and new != getattr(customer, name)
            }
            for name, new in fresh.items():
                setattr(customer, name, new)
            if fresh:
                customer.save(update_fields=list(fresh))
                report.updated += 1
            else:
                report.unchanged += 1
        if row.tenant_id not in moving:
            moving.add(row.tenant_id)
            create_move(programme, customer, now=now, actor=actor)
        if row.email:
            add_contact(customer, name=row.contact, email=row.email, added_by="import", now=now)


def create_move(programme: Programme, customer: Customer, *, now: datetime, actor: str) -> Move:
    """A move of this customer in this programme, with a reference that no other has. Call inside a transaction."""
    attempt = 0
    number = reference(programme.reference_prefix, customer.tenant_id)
    while Move.objects.filter(reference=number).exists():
        attempt += 1
        number = reference(programme.reference_prefix, customer.tenant_id, attempt)
    move = Move.objects.create(
        programme=programme,
        customer=customer,
        reference=number,
        words=callback_words(settings.NOVATION_KEYS["link"], customer.tenant_id),
        created_at=now,
        due_at=now,
    )
    events.record(
        Tag.MOVE_CREATED, at=now, actor=actor, subject=move.subject, data={"tenant": customer.tenant_id}
    )
    return move


def add_contact(
    customer: Customer,
    *,
    email: str,
    added_by: str,
    now: datetime,
    name: str = "",
    function: str = "",
    phone: str = "",
) -> Contact:
    """Puts a person on file; a known address is only brought up to date."""
    contact, created = Contact.objects.get_or_create(
        customer=customer,
        email=email.strip().lower(),
        defaults={
            "name": name,
            "function": function,
            "phone": phone,
            "added_by": added_by,
            "created_at": now,
        },
    )
    if created and wrong_with(contact.email, _ours(customer)):
        # A mail there would tell nobody at the customer; the task "find a contact" comes of it.
        contact.state = Contact.State.RETIRED
        contact.save(update_fields=["state"])
    elif not created:
        for field_name, value in (("name", name), ("function", function), ("phone", phone)):
            if value and not getattr(contact, field_name):
                setattr(contact, field_name, value)
        contact.save()
    if created:
        readiness.mark_customer(customer, now=now)
    return contact


def _ours(customer: Customer) -> frozenset[str]:
    """Domains of ours, over all programmes that the customer is in."""
    moves = customer.moves.select_related("programme__source", "programme__target")
    return frozenset().union(*(readiness.own_domains(move.programme) for move in moves))


def _term_ended(move: Move, item: Item, fields: dict[str, Any], now: datetime) -> None:
    """When another term has begun, the choice for the last one is spent, and what became of it is an event."""
    if (
        item.ends is None
        or item.ends > now
        or (fields["ends"] == item.ends and fields["status"] == item.status)
    ):
        return
    became = "ended" if fields["status"] not in microsoft_words.SUBSCRIPTION_SOLD else "renewed"
    if became == "renewed" and fields["term"] != item.term and not fields["auto_renew"]:
        became = "extended"
    data = {
        "subscription": item.subscription_id,
        "name": item.name,
        "ended": item.ends.date().isoformat(),
        "became": became,
        "chosen": item.choice,
    }
    events.record(Tag.ITEM_TERM_ENDED, at=now, actor="engine", subject=move.subject, data=data)
    item.choice, item.wish, item.chosen_at, item.choice_sent_at = "", "", None, None
    if became != "ended":
        item.cart, item.bought_at, item.replaced_at = "", None, None


@transaction.atomic
def documents(read: BaselineRead, *, at: datetime) -> list[Document]:
    """The reading of a customer as documents: what it has, and, when that is news, how it was read.

    Args:
        read: with the requests behind it.
        at: programme time.
    """
    rows = [
        {"subscription_id": row.subscription_id, **row.as_item()}
        for row in sorted(read.subscriptions, key=lambda row: row.subscription_id)
    ]
    content = canonical(json.loads(json.dumps(rows, default=str), parse_float=str))
    known = events.is_kept(content)
    table = events.store("items", "application/json", content, at=at)
    if known:
        return [table]  # nothing has changed since it was read before
    rights = {"delegated": read.delegated, "grants": [grant.as_read() for grant in read.grants]}
    return [table, *reading_documents.kept({**rights, reading_documents.EXCHANGES: read.exchanges}, at=at)]


def record_baseline(
    move: Move,
    *,
    subscriptions: Sequence[SubscriptionRead],
    profile: dict[str, Any],
    papers: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keeps what the source account says about a customer.

    Args:
        move: the move, locked and saved here.
        subscriptions: all that the source has.
        profile: billing contact and company data: first_name, last_name, email, phone, country, language, city.
        papers: `delegated` (whether delegated admin rights are alive), and where they were read this time
            `agreements` (kind, agreed_at; None when they may not be read) and `foreign_transfers` (names).
        now: programme time.

    Items that have left the old side are not touched: their baseline is what they were moved from.
    """
    customer = move.customer
    for name in ("country", "language", "phone", "city"):
        if profile.get(name):
            setattr(customer, name, str(profile[name])[:60])
    customer.save()
    if profile.get("email"):
        name = " ".join(part for part in (profile.get("first_name"), profile.get("last_name")) if part)
        add_contact(
            customer,
            name=name,
            email=profile["email"],
            phone=profile.get("phone", ""),
            added_by="source account",
            now=now,
        )
    existing = {item.subscription_id: item for item in move.items.all()}
    for row in subscriptions:
        fields = row.as_item()
        item = existing.pop(row.subscription_id, None)
        if item is None:
            Item.objects.create(
                move=move, subscription_id=row.subscription_id, baseline=dict(row.raw), **fields
            )
        elif item.state in _ON_THE_OLD_SIDE and item.batch_id is None:
            if item.state == ItemState.GONE:
                item.state, item.why = ItemState.IN_OLD, ""  # one listing had missed it
            _term_ended(move, item, fields, now)
            for key, value in fields.items():
                setattr(item, key, value)
            item.baseline = dict(row.raw)
            item.save()
    for item in existing.values():
        if item.state in states.ON_SOURCE and item.batch_id is None:
            item.state, item.why = ItemState.GONE, "no longer on the old account"
            item.save(update_fields=["state", "why"])
    record_holdings(move, observed_by="read-baseline", now=now)
    Snapshot.objects.create(
        customer=customer,
        account=move.programme.source,
        kind="baseline",
        taken_at=now,
        content={"subscriptions": [dict(row.raw) for row in subscriptions], "profile": profile},
    )
    first = move.baseline_at is None
    move.baseline_at = now
    move.papers = {**(move.papers or {}), **papers}
    if "agreements" in papers:
        move.papers["read_at"] = now.isoformat()
    present = [row for row in subscriptions if row.status in microsoft_words.SUBSCRIPTION_SOLD]
    if first:
        move.item_count = len(present)
        move.seat_count = sum(row.quantity for row in present)

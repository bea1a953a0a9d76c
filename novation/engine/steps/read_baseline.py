"""Customer, subscriptions and delegated access on the source; agreements and transfers when they are due."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain import gdap, microsoft_words
from novation.domain.answers import BaselineRead
from novation.domain.facts import Choice, Facts, Item
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind, TaskKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.readings import grants_of, licences_of
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.translate import grant, iso, subscription
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import baseline
from novation.partnercenter import Customer, PartnerCenter, errors

_NOT_FOR_US = (errors.NotFound, errors.NoRelationship, errors.NotAuthorised)


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    """Papers change rarely: they are read at first, and again when they are old."""
    read_at = (move.papers or {}).get("read_at")
    age = move.programme.policy.papers_age
    fresh = read_at is not None and datetime.fromisoformat(read_at) + age > now
    return {
        "papers": not fresh,
        "target": move.programme.target.tenant_id,
        "licences": move.baseline_at is None or move.relationship_state == "accepted",
    }


async def call(accounts: Accounts, work: Work) -> Result:
    client = accounts.source
    customer = await client.customers.get(work.tenant)
    rows = tuple(subscription(row) for row in await client.subscriptions.list(work.tenant))
    grants = tuple(grant(row) for row in await grants_of(client, work.tenant))
    in_force = any(one.status in gdap.IN_FORCE for one in grants)
    asked = bool(work.data.get("licences"))
    return done(
        BaselineRead(
            subscriptions=rows,
            profile=_profile(customer),
            grants=grants,
            delegated=bool(customer.allow_delegated_access) or in_force,
            papers=await _papers(client, work) if work.data.get("papers") else None,
            licences=await licences_of(client, work.tenant) if asked else None,
            licences_asked=asked,
        )
    )


def _profile(customer: Customer) -> dict[str, str]:
    billing, company = customer.billing_profile, customer.company_profile
    address = (billing and billing.default_address) or (company and company.address)
    return {
        "first_name": (billing and billing.first_name) or "",
        "last_name": (billing and billing.last_name) or "",
        "email": (billing and billing.email) or "",
        "language": (billing and billing.language) or "",
        "phone": (address and address.phone_number) or "",
        "country": (address and address.country) or "",
        "city": (address and address.city) or "",
    }


async def _papers(client: PartnerCenter, work: Work) -> dict[str, Any]:
    """What is on record on the source beside the goods; what may not be read is left out as not read."""
    papers: dict[str, Any] = {"agreements": None, "foreign_transfers": []}
    with contextlib.suppress(*_NOT_FOR_US):
        papers["agreements"] = [
            {"kind": row.type or "", "agreed_at": iso(row.agreed_at)}
            for row in await client.agreements.list(work.tenant, agreement_type="*")
        ]
    with contextlib.suppress(*_NOT_FOR_US):
        papers["foreign_transfers"] = [
            row.target_partner_name or row.target_id
            for row in await client.transfers.list(work.tenant)
            if str(row.status or "").lower() in microsoft_words.TRANSFER_RUNNING
            and (row.target_id or "").lower() not in ("", work.data["target"].lower())
        ]
    return papers


def requests(before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
    """Customer, subscriptions, rights; agreements and transfers; licences."""
    licences = before.baseline_at is None or before.track(Track.RELATIONSHIP) == "accepted"
    return {"source": 3 + 2 * papers + licences}


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    read = {one.id: one for one in other.old_items(facts, now)}
    missed = any(_missed(one, read[one.id]) for one in facts.items)
    tasks = facts.open_tasks | {TaskKind.REVIEW} if missed else facts.open_tasks
    items = tuple(read[one.id] for one in facts.items)
    return replace(
        facts, baseline_at=now, items=items, old_grant=other.old_grant(facts), open_tasks=frozenset(tasks)
    )


def _missed(before: Item, read: Item) -> bool:
    """It was to be bought anew, and its term ended before it was."""
    return before.choice is Choice.BUY_NEW and before.bought_at is None and read.choice is None


STEP = Step(
    kind=StepKind.READ_BASELINE,
    account="source",
    repeat=Repeat.READ,
    group=CallGroup.INVENTORY,
    label=_("Read what the old account holds"),
    requests=requests,
    build=build,
    call=call,
    observe=observed(baseline.reading),
    answer=answer,
)

"""Asks for delegated admin rights, pinned to the tenant (Graph, create delegatedAdminRelationship)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, granted
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import grant, written
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import access
from novation.partnercenter import Done


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    programme = move.programme
    tries = move.grants.filter(side="target").count() + 1
    return {
        # Unique across all our relationships and at most 50 characters, so it serves as the natural key.
        "display_name": f"{move.reference} access {tries}",
        "customer_name": move.customer.name,
        "roles": list(programme.access_roles),
        "days": programme.policy.access_days,
    }


async def call(accounts: Accounts, work: Work) -> Result:
    data = work.data
    outcome = await accounts.target.gdap.create(
        display_name=data["display_name"],
        customer_tenant_id=work.tenant,
        customer_name=data["customer_name"],
        roles=data["roles"],
        duration=f"P{data['days']}D",
        call=accounts.call(work),
    )
    return written(outcome, grant(outcome.value) if isinstance(outcome, Done) else None)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Does a request with our unique name exist?"""
    wanted = work.data["display_name"]
    async for row in accounts.target.gdap.list():
        if row.display_name == wanted:
            return done(grant(row))
    return not_there("No request with this name exists.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return granted(replace(facts, access_requests=facts.access_requests + 1, grant=None), do, now, other)


STEP = Step(
    kind=StepKind.CREATE_ACCESS,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.ACCESS,
    label=_("Ask for delegated admin rights"),
    build=build,
    call=call,
    look_up=look_up,
    observe=observed(access.created),
    answer=answer,
)

"""The target's delegated admin relationship and, once it is in force, its group assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain import gdap
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, granted
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.step_inputs import newest_grant
from novation.engine.translate import grant
from novation.engine.work import Result, Work
from novation.moves.services.observed import access


async def call(accounts: Accounts, work: Work) -> Result:
    row = await accounts.target.gdap.get(work.data["relationship"])
    found = grant(row)
    if found.status not in gdap.ACTIVE:
        return done(found)
    wanted = {str(role).lower() for role in work.data.get("roles", ())}
    missing = sorted(wanted - {role.lower() for role in row.roles}) if row.roles else []
    found = replace(found, roles_missing=tuple(missing))
    for one in await accounts.target.gdap.assignments(row.id):
        if one.group_id == work.data["group"] or not work.data["group"]:
            found = replace(found, assignment_id=one.id or "", assignment_status=str(one.status or ""))
    return done(found)


def requests(before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
    """The assignments are read of a relationship that was found in force."""
    return {"target": 1 + (after.grant is not None and after.grant.status in gdap.ACTIVE)}


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return granted(facts, do, now, other)


STEP = Step(
    kind=StepKind.READ_ACCESS,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.ACCESS,
    label=_("Read the state of delegated admin rights"),
    requests=requests,
    build=newest_grant,
    call=call,
    observe=observed(access.reading),
    answer=answer,
)

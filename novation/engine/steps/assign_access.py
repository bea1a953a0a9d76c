"""Gives the roles to our security group: an approval alone gives nobody any rights."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import AssignmentMade
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, granted
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.step_inputs import newest_grant
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.services.observed import access
from novation.partnercenter import Done


async def call(accounts: Accounts, work: Work) -> Result:
    data = work.data
    outcome = await accounts.target.gdap.assign(
        data["relationship"], group_id=data["group"], roles=data["roles"], call=accounts.call(work)
    )
    if not isinstance(outcome, Done):
        return written(outcome)
    made = AssignmentMade(id=outcome.value.id or "", status=str(outcome.value.status or ""))
    return written(outcome, made)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Has our group an assignment?"""
    for row in await accounts.target.gdap.assignments(work.data["relationship"]):
        if row.group_id == work.data["group"]:
            return done(AssignmentMade(id=row.id or "", status=str(row.status or "")))
    return not_there("The group has no assignment.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return granted(facts, do, now, other)


STEP = Step(
    kind=StepKind.ASSIGN_ACCESS,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.ACCESS,
    label=_("Give the rights to our group"),
    build=newest_grant,
    call=call,
    look_up=look_up,
    observe=observed(access.assigned),
    answer=answer,
)

"""The source ends its delegated admin relationship."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain import gdap
from novation.domain.answers import AccessEnded
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import written
from novation.engine.work import CallOutcome, Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import access
from novation.partnercenter import NotDone, errors


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    return {"relationship": move.grants.filter(side="source", status__in=gdap.ACTIVE).latest("id").remote_id}


async def call(accounts: Accounts, work: Work) -> Result:
    relationship = work.data["relationship"]
    outcome = await accounts.source.gdap.terminate(relationship, call=accounts.call(work))
    if isinstance(outcome, NotDone) and (await look_up(accounts, work)).outcome is CallOutcome.DONE:
        # Refused because it has ended, or is ending, already: by the customer, or by a call of ours that got lost.
        return Result(outcome=CallOutcome.DONE, value=AccessEnded(id=relationship), text=str(outcome.error))
    return written(outcome, AccessEnded(id=relationship))


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is it ending? Asked for by its id: that a list does not show it says nothing."""
    relationship = work.data["relationship"]
    try:
        row = await accounts.source.gdap.get(relationship)
    except errors.NotFound:
        return done(AccessEnded(id=relationship))
    if str(row.status) not in gdap.OVER:
        return not_there(f"Its status is {row.status}.")
    return done(AccessEnded(id=relationship))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    ending = facts.old_grant and replace(facts.old_grant, status="terminating")
    return replace(facts, old_grant=ending, old_side_read_at=None)


STEP = Step(
    kind=StepKind.END_OLD_ACCESS,
    account="source",
    repeat=Repeat.NEVER,
    group=CallGroup.CLEANUP,
    label=_("End the old account’s admin rights"),
    build=build,
    call=call,
    look_up=look_up,
    observe=observed(access.ended),
    answer=answer,
)

"""Makes the request for delegated admin rights ready for the customer's approval."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import Answer
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, granted, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.step_inputs import newest_grant
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.services.observed import access


async def call(accounts: Accounts, work: Work) -> Result:
    outcome = await accounts.target.gdap.lock_for_approval(
        work.data["relationship"], call=accounts.call(work)
    )
    return written(outcome)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is the request past `created`?"""
    row = await accounts.target.gdap.get(work.data["relationship"])
    return done(Answer()) if str(row.status) != "created" else not_there("It is still in state created.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_tracks(granted(facts, do, now, other), {Track.ACCESS: "pending"}, now)


STEP = Step(
    kind=StepKind.LOCK_ACCESS,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.ACCESS,
    label=_("Make the request ready for approval"),
    build=newest_grant,
    call=call,
    look_up=look_up,
    observe=observed(access.locked),
    answer=answer,
)

"""The source gives up the empty relationship (page remove-a-reseller-relationship-with-a-customer)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import Answer
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.readings import relation
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.services.observed import old_side


async def call(accounts: Accounts, work: Work) -> Result:
    return written(await accounts.source.customers.remove_relationship(work.tenant, call=accounts.call(work)))


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Does the source still see the customer?"""
    if await relation(accounts.source, work.tenant) == "none":
        return done(Answer())
    return not_there("The old account still lists the customer.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return replace(facts, old_side_read_at=None)


STEP = Step(
    kind=StepKind.REMOVE_RELATIONSHIP,
    account="source",
    repeat=Repeat.NEVER,
    group=CallGroup.CLEANUP,
    label=_("Remove the customer from the old account"),
    call=call,
    look_up=look_up,
    observe=observed(old_side.removed),
    answer=answer,
)

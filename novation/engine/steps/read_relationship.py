"""Is the tenant a customer of the target?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import RelationshipRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks, without_tasks
from novation.domain.steps import Repeat, StepKind, TaskKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.readings import relation
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.work import Result, Work
from novation.moves.services.observed import relationship


async def call(accounts: Accounts, work: Work) -> Result:
    return done(RelationshipRead(relationship=await relation(accounts.target, work.tenant)))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    facts = replace(facts, relationship_read_at=now)
    accepted = facts.track(Track.RELATIONSHIP) == "accepted"
    if other.relationship and not accepted:
        facts = without_tasks(facts, (TaskKind.ACCEPT, TaskKind.HELP))
        return with_tracks(facts, {Track.RELATIONSHIP: "accepted"}, now)
    if accepted and not other.relationship:
        return with_tracks(facts, {Track.RELATIONSHIP: "lost"}, now)
    return facts


STEP = Step(
    kind=StepKind.READ_RELATIONSHIP,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.RELATIONSHIP,
    label=_("Read whether the new account sees the customer"),
    call=call,
    observe=observed(relationship.relationship),
    answer=answer,
)

"""The link by which customers accept the target (page request-reseller-relationship)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import InvitationRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.work import Result, Work
from novation.moves.services.observed import relationship


async def call(accounts: Accounts, work: Work) -> Result:
    return done(InvitationRead(url=(await accounts.target.relationships.invitation()).url))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return replace(facts, invitation_known=True)


STEP = Step(
    kind=StepKind.READ_INVITATION,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.RELATIONSHIP,
    label=_("Read the invitation link"),
    call=call,
    observe=observed(relationship.invitation),
    answer=answer,
)

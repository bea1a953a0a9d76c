"""How far one transfer is, as the target sees it; when the customer has left the target, as the source does."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, transferred
from novation.domain.steps import Repeat, StepKind
from novation.engine import translate
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed_of_batch
from novation.engine.step_inputs import transfer_request
from novation.engine.work import Result, Work
from novation.moves.services.observed import transfer
from novation.partnercenter import errors


async def call(accounts: Accounts, work: Work) -> Result:
    try:
        row = await accounts.target.transfers.get(work.tenant, work.data["transfer"])
    except errors.NoRelationship:
        row = await accounts.source.transfers.get(work.tenant, work.data["transfer"])
    return done(translate.transfer(row))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return transferred(facts, do, now, other)


STEP = Step(
    kind=StepKind.READ_TRANSFER,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.TRANSFER,
    label=_("Read how far the transfer is"),
    build=transfer_request,
    call=call,
    observe=observed_of_batch(transfer.reading),
    answer=answer,
)

"""Every request of transfer for this customer that the target sees: does one exist already?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import TransfersRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind
from novation.engine import translate
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.work import Result, Work
from novation.moves.services.observed import transfer


async def call(accounts: Accounts, work: Work) -> Result:
    rows = await accounts.target.transfers.list(work.tenant)
    return done(TransfersRead(transfers=tuple(map(translate.transfer, rows))))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return replace(facts, transfers_read_at=now, foreign_transfer=other.foreign)


STEP = Step(
    kind=StepKind.READ_TRANSFERS,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.TRANSFER,
    label=_("Read transfers that exist already"),
    call=call,
    observe=observed(transfer.listing),
    answer=answer,
)

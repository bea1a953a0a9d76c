"""The target takes a pending request back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, transferred
from novation.domain.steps import Repeat, StepKind
from novation.engine import translate
from novation.engine.call_groups import CallGroup
from novation.engine.readings import is_pending, named_transfer
from novation.engine.step import Accounts, Step, done, not_there, observed_of_batch
from novation.engine.step_inputs import transfer_request
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.services.observed import transfer
from novation.partnercenter import Done


async def call(accounts: Accounts, work: Work) -> Result:
    outcome = await accounts.target.transfers.cancel(
        work.tenant, work.data["transfer"], call=accounts.call(work)
    )
    return written(outcome, translate.transfer(outcome.value) if isinstance(outcome, Done) else None)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Was it taken back?"""
    found = await named_transfer(accounts, work)
    return not_there("The request is still pending.") if is_pending(found) else done(found)


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return transferred(facts, do, now, other)


STEP = Step(
    kind=StepKind.CANCEL_TRANSFER,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.TRANSFER,
    label=_("Take the transfer request back"),
    build=transfer_request,
    call=call,
    look_up=look_up,
    observe=observed_of_batch(transfer.cancelled),
    answer=answer,
)

"""The source hands over the items of one request (page update-a-transfer)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.facts import BatchState, Facts, ItemState
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_batch, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import Track
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
    lines = [(subscription, product_type) for subscription, product_type in work.data["lines"]]
    outcome = await accounts.source.transfers.accept(
        work.tenant, work.data["transfer"], items=lines, call=accounts.call(work)
    )
    return written(outcome, translate.transfer(outcome.value) if isinstance(outcome, Done) else None)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is the request still pending?"""
    found = await named_transfer(accounts, work)
    return not_there("The request is still pending.") if is_pending(found) else done(found)


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    facts = with_batch(facts, do.batch, state=BatchState.MOVING, accepted_at=now, read_at=now)
    items = tuple(
        replace(one, state=ItemState.IN_TRANSFER) if one.batch == do.batch else one for one in facts.items
    )
    return with_tracks(replace(facts, items=items), {Track.TRANSFER: "moving"}, now)


STEP = Step(
    kind=StepKind.ACCEPT_TRANSFER,
    account="source",
    repeat=Repeat.NEVER,
    group=CallGroup.TRANSFER,
    label=_("Hand subscriptions over"),
    build=transfer_request,
    call=call,
    look_up=look_up,
    observe=observed_of_batch(transfer.accepted),
    answer=answer,
)

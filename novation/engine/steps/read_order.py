"""Is what was bought on the target?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import OrderRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.step_inputs import order
from novation.engine.translate import subscription
from novation.engine.work import Result, Work
from novation.moves.services.observed import repurchase
from novation.partnercenter import errors


async def call(accounts: Accounts, work: Work) -> Result:
    try:
        row = await accounts.target.subscriptions.get(work.tenant, work.data["subscription"])
    except errors.NotFound:
        return done(OrderRead(item=work.data["item"], found=None))
    return done(OrderRead(item=work.data["item"], found=subscription(row)))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    there = now if other.bought(do.item or 0) else None
    return with_item(facts, do.item, order_read_at=now, replaced_at=there)


STEP = Step(
    kind=StepKind.READ_ORDER,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.TRANSFER,
    label=_("Look for it on the new account"),
    build=order,
    call=call,
    observe=observed(repurchase.reading),
    answer=answer,
)

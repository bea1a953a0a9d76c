"""A made-up step of a move: the source lets a subscription renew itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from novation.domain.answers import TermEndSet
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.steps import Repeat
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import at_its_end, subscription, written
from novation.engine.work import Result, Work
from novation.moves.models import Item, Move


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    return {"item": item.pk, "subscription": item.subscription_id}


def _answer(work: Work) -> TermEndSet:
    return TermEndSet(item=work.data["item"], subscription=work.data["subscription"], choice="renew")


async def call(accounts: Accounts, work: Work) -> Result:
    change = at_its_end(True, False, None)
    outcome = await accounts.source.subscriptions.update(
        work.tenant, work.data["subscription"], change, call=accounts.call(work)
    )
    return written(outcome, _answer(work))


async def look_up(accounts: Accounts, work: Work) -> Result:
    row = subscription(await accounts.source.subscriptions.get(work.tenant, work.data["subscription"]))
    return done(_answer(work)) if row.auto_renew else not_there("It still ends.")


def renewed(move: Move, answer: TermEndSet, *, now: datetime) -> None:
    Item.objects.filter(move=move, pk=answer.item).update(auto_renew=True)


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_item(facts, do.item, auto_renew=True)


STEP = Step(
    kind="keep-renewing",
    account="source",
    repeat=Repeat.IDEMPOTENT,
    group=CallGroup.CLEANUP,
    label="Let a subscription renew itself",
    requests=2,
    build=build,
    call=call,
    look_up=look_up,
    observe=observed(renewed),
    answer=answer,
)

"""The source sets what happens when the term of a subscription that stays ends (page create-scheduled-changes)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import TermEndSet
from novation.domain.facts import Choice, Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.rules.end_of_term import SETTINGS
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import at_its_end, subscription, written
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import end_of_term


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    auto_renew, cancel_at_end = SETTINGS[Choice(item.choice)]
    return {
        "item": item.pk,
        "subscription": item.subscription_id,
        "choice": item.choice,
        "chosen_at": item.chosen_at.isoformat() if item.chosen_at else "",
        "auto_renew": auto_renew,
        "cancel_at_end": cancel_at_end,
    }


async def call(accounts: Accounts, work: Work) -> Result:
    data = work.data
    change = at_its_end(data["auto_renew"], data["cancel_at_end"], None)
    outcome = await accounts.source.subscriptions.update(
        work.tenant, data["subscription"], change, call=accounts.call(work)
    )
    return written(outcome, _term_end(data))


def _term_end(data: Mapping[str, Any]) -> TermEndSet:
    return TermEndSet(item=data["item"], subscription=data["subscription"], choice=data["choice"])


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Does the source show it?"""
    data = work.data
    row = subscription(await accounts.source.subscriptions.get(work.tenant, data["subscription"]))
    if (row.auto_renew, row.cancel_at_end) == (data["auto_renew"], data["cancel_at_end"]):
        return done(_term_end(data))
    return not_there("The old account still shows another end.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_item(facts, do.item, choice_sent_at=now)


STEP = Step(
    kind=StepKind.SET_TERM_END,
    account="source",
    repeat=Repeat.IDEMPOTENT,
    group=CallGroup.CLEANUP,
    label=_("Set what happens when a term ends"),
    requests=2,
    build=build,
    call=call,
    look_up=look_up,
    observe=observed(end_of_term.term_set),
    answer=answer,
)

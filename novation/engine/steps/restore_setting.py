"""Sets back what the baseline had for the end of a term (page update-a-subscription-by-id)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import SettingRestored
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_item
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.translate import at_its_end, subscription, written
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import transfer

_SETTINGS = ("auto_renew", "cancel_at_end", "next_term")


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    return {
        "item": item.pk,
        "subscription": item.new_subscription_id,
        "auto_renew": item.auto_renew,
        "cancel_at_end": item.cancel_at_end,
        "next_term": item.next_term,
        "instructions": item.baseline.get("scheduledNextTermInstructions"),
    }


async def call(accounts: Accounts, work: Work) -> Result:
    data = work.data
    change = at_its_end(data["auto_renew"], data.get("cancel_at_end", False), data.get("instructions"))
    outcome = await accounts.target.subscriptions.update(
        work.tenant, data["subscription"], change, call=accounts.call(work)
    )
    return written(outcome, _restored(data))


def _restored(data: Mapping[str, Any]) -> SettingRestored:
    return SettingRestored(item=data["item"], **{name: data[name] for name in _SETTINGS if name in data})


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is it as it should be?"""
    data = work.data
    row = subscription(await accounts.target.subscriptions.get(work.tenant, data["subscription"]))
    if all(getattr(row, name) == data[name] for name in _SETTINGS if name in data):
        return done(_restored(data))
    return not_there("The setting is still another one.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return replace(with_item(facts, do.item, restorable=False), verified_at=None)


STEP = Step(
    kind=StepKind.RESTORE_SETTING,
    account="target",
    repeat=Repeat.IDEMPOTENT,
    group=CallGroup.CLEANUP,
    label=_("Set a subscription back as it was"),
    requests=2,
    build=build,
    call=call,
    look_up=look_up,
    observe=observed(transfer.restored),
    answer=answer,
)

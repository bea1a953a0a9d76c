"""A made-up step of an operation: switches the renewal of one subscription on or off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novation.domain.answers import Answer
from novation.domain.next_action import MakeCall
from novation.domain.operations import OperationState
from novation.domain.steps import Repeat
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Recording, Step, done, not_there
from novation.engine.translate import at_its_end, subscription, written
from novation.engine.work import Result, Work
from novation.operations.models import Operation
from novation.operations.services.operations import set_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Answer):
    """What was set."""

    auto_renew: bool


def build(operation: Operation, do: MakeCall, now: datetime) -> dict[str, Any]:
    return {"subscription": operation.payload["subscription"], "auto_renew": operation.payload["auto_renew"]}


async def call(accounts: Accounts, work: Work) -> Result:
    wanted = work.data["auto_renew"]
    outcome = await accounts.account.subscriptions.update(
        work.tenant, work.data["subscription"], at_its_end(wanted, False, None), call=accounts.call(work)
    )
    return written(outcome, Switched(auto_renew=wanted))


async def look_up(accounts: Accounts, work: Work) -> Result:
    row = subscription(await accounts.account.subscriptions.get(work.tenant, work.data["subscription"]))
    if row.auto_renew != work.data["auto_renew"]:
        return not_there("It is as it was.")
    return done(Switched(auto_renew=row.auto_renew))


def observe(operation: Operation, answer: Switched, at: Recording) -> None:
    set_state(operation, OperationState.DONE, why="it was switched", actor="engine", now=at.now)


STEP = Step(
    kind="switch-renewal",
    account="account",
    repeat=Repeat.IDEMPOTENT,
    group=CallGroup.CLEANUP,
    label="Switch the renewal of a subscription",
    build=build,
    call=call,
    look_up=look_up,
    observe=observe,
)

"""A made-up step of an operation: reads back what was switched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novation.domain.answers import Answer
from novation.domain.next_action import MakeCall
from novation.domain.operations import OperationState
from novation.domain.steps import Repeat
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Recording, Step, done
from novation.engine.translate import subscription
from novation.engine.work import Result, Work
from novation.operations.models import Operation
from novation.operations.services.operations import set_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal(Answer):
    """What is set now."""

    auto_renew: bool


def build(operation: Operation, do: MakeCall, now: datetime) -> dict[str, Any]:
    return {"subscription": operation.payload["subscription"]}


async def call(accounts: Accounts, work: Work) -> Result:
    row = subscription(await accounts.account.subscriptions.get(work.tenant, work.data["subscription"]))
    return done(Renewal(auto_renew=row.auto_renew))


def observe(operation: Operation, answer: Renewal, at: Recording) -> None:
    as_asked = answer.auto_renew == operation.payload["auto_renew"]
    state = OperationState.SETTLED if as_asked else OperationState.CONFLICTED
    set_state(operation, state, why="it was read back", actor="engine", now=at.now)


STEP = Step(
    kind="look-at-renewal",
    account="account",
    repeat=Repeat.READ,
    group=CallGroup.INVENTORY,
    label="Read whether a subscription renews itself",
    build=build,
    call=call,
    observe=observe,
)

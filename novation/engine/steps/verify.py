"""Every subscription of the customer on both accounts, read one right after the other, and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain import states
from novation.domain.answers import BothSidesRead
from novation.domain.facts import Facts, ItemState
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks, without_tasks
from novation.domain.steps import Repeat, StepKind, TaskKind
from novation.domain.tracks import Track
from novation.domain.verify import compare
from novation.engine.call_groups import CallGroup
from novation.engine.facts import Known
from novation.engine.readings import licences_of
from novation.engine.step import Accounts, Recording, Step, done
from novation.engine.translate import subscription
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import transfer
from novation.moves.to_domain import seen


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    return {"licences": move.access_state in states.RIGHTS_USABLE}


async def call(accounts: Accounts, work: Work) -> Result:
    new = tuple(subscription(row) for row in await accounts.target.subscriptions.list(work.tenant))
    old = tuple(subscription(row) for row in await accounts.source.subscriptions.list(work.tenant))
    licences = await licences_of(accounts.target, work.tenant) if work.data.get("licences") else None
    return done(BothSidesRead(source=old, target=new, licences=licences))


def observe(move: Move, answer: BothSidesRead, at: Recording) -> None:
    items = Known([move], at.clock).answer(move.pk, lambda facts: facts.items)
    handed_over = [item for item in items if item.batch is not None and item.state is not ItemState.STAYS]
    verdicts = compare(handed_over, list(map(seen, answer.source)), list(map(seen, answer.target)))
    transfer.verified(move, verdicts, answer, now=at.now)


def requests(before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
    """Licences are read where the rights are in force."""
    return {"source": 1, "target": 1 + (before.track(Track.ACCESS) in states.RIGHTS_USABLE)}


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    verdicts = other.verdicts(facts, [one for one in facts.items if one.batch is not None])
    found = {verdict.item: verdict for verdict in verdicts}
    items = [
        replace(one, state=found[one.id].state, restorable=found[one.id].restorable)
        if one.id in found
        else one
        for one in facts.items
    ]
    facts = replace(facts, verified_at=now, items=tuple(items))
    if any(verdict.restorable for verdict in verdicts):
        return facts
    rest = {verdict.state for verdict in verdicts} - {ItemState.VERIFIED}
    nothing_moved = rest == {ItemState.IN_OLD}
    if nothing_moved:
        items = [
            replace(one, batch=None) if one.id in found and one.state is ItemState.IN_OLD else one
            for one in items
        ]
        facts = replace(facts, items=tuple(items))
    goal = "failed" if nothing_moved else "wrong" if rest else "verified"
    return with_tracks(without_tasks(facts, (TaskKind.REVIEW,)), {Track.TRANSFER: goal}, now)


STEP = Step(
    kind=StepKind.VERIFY,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.INVENTORY,
    label=_("Compare every subscription, old and new"),
    requests=requests,
    build=build,
    call=call,
    observe=observe,
    answer=answer,
)

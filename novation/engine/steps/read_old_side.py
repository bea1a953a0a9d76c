"""What the source still has with the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain import microsoft_words
from novation.domain.answers import OldSideRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide
from novation.domain.steps import Repeat, StepKind
from novation.engine.call_groups import CallGroup
from novation.engine.readings import grants_of, relation
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.translate import grant
from novation.engine.work import Result, Work
from novation.moves.services.observed import old_side
from novation.partnercenter import Subscription, errors


async def call(accounts: Accounts, work: Work) -> Result:
    client = accounts.source
    present = await relation(client, work.tenant) != "none"
    rows: list[Subscription] = []
    if present:
        try:
            rows = list(await client.subscriptions.list(work.tenant))
        except errors.NoRelationship:
            present = False  # the customer was answered from a copy that was older than the removal
    left = [row for row in rows if str(row.status or "").lower() in microsoft_words.SUBSCRIPTION_ALIVE]
    grants = tuple(grant(row) for row in await grants_of(client, work.tenant))
    return done(OldSideRead(present=present, left=len(left), grants=grants))


def requests(before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
    """Customer and rights; subscriptions of one that is still there."""
    return {"source": 2 + after.old_relationship}


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return replace(
        facts,
        old_side_read_at=now,
        old_grant=other.old_grant(facts),
        old_relationship=facts.old_relationship and other.old_relationship,
        left_behind=other.left_behind(facts),
    )


STEP = Step(
    kind=StepKind.READ_OLD_SIDE,
    account="source",
    repeat=Repeat.READ,
    group=CallGroup.INVENTORY,
    label=_("Read what is left on the old account"),
    requests=requests,
    call=call,
    observe=observed(old_side.reading),
    answer=answer,
)

"""Is the customer agreement on record with the target: accepted directly, or confirmed through us?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import AgreementRow, AgreementsRead
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks, without_tasks
from novation.domain.steps import Repeat, StepKind, TaskKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.translate import iso
from novation.engine.work import Result, Work
from novation.moves.services.observed import agreement


async def call(accounts: Accounts, work: Work) -> Result:
    direct = await accounts.target.agreements.direct_signed(work.tenant)
    rows = await accounts.target.agreements.list(work.tenant)
    on_record = tuple(AgreementRow(template=row.template_id, agreed_at=iso(row.agreed_at)) for row in rows)
    return done(AgreementsRead(direct=direct, agreements=on_record))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    facts = replace(facts, agreement_read_at=now)
    if not other.agreement(facts):
        return facts
    return with_tracks(without_tasks(facts, (TaskKind.SIGNATORY,)), {Track.AGREEMENT: "valid"}, now)


STEP = Step(
    kind=StepKind.READ_AGREEMENT,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.AGREEMENT,
    label=_("Read whether the agreement is on record"),
    requests=2,
    call=call,
    observe=observed(agreement.reading),
    answer=answer,
)

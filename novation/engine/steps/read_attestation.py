"""How far is the customer on Microsoft's agreement page?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import AttestationRead
from novation.domain.facts import Attestation, Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import STATES, Track
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, observed
from novation.engine.step_inputs import attestation
from novation.engine.work import Result, Work
from novation.moves.services.observed import agreement
from novation.partnercenter import errors


async def call(accounts: Accounts, work: Work) -> Result:
    name = work.data["attestation"]
    try:
        row = await accounts.target.agreements.attestation(name)
    except errors.NotFound:
        # A link that Microsoft does not know (any more) leads nowhere: the customer gets a new one.
        return done(AttestationRead(id=name, status="not found"))
    return done(AttestationRead(id=row.id, status=str(row.status or "")))


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    link = facts.attestation or Attestation(status="", issued_at=now, expires_at=None)
    facts = replace(facts, attestation=replace(link, status=other.link, read_at=now))
    if other.link not in STATES[Track.AGREEMENT]:
        return facts
    return with_tracks(facts, {Track.AGREEMENT: other.link}, now)


STEP = Step(
    kind=StepKind.READ_ATTESTATION,
    account="target",
    repeat=Repeat.READ,
    group=CallGroup.AGREEMENT,
    label=_("Read whether it was accepted there"),
    build=attestation,
    call=call,
    observe=observed(agreement.attestation),
    answer=answer,
)

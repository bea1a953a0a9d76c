"""Records the accepted agreement with the target."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from novation.domain.answers import AgreementMade
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed
from novation.engine.step_inputs import attestation
from novation.engine.translate import written
from novation.engine.work import CallOutcome, Result, Work
from novation.moves.services.observed import agreement
from novation.partnercenter import NotDone, errors


async def call(accounts: Accounts, work: Work) -> Result:
    name = work.data["attestation"]
    outcome = await accounts.target.agreements.create(
        work.tenant, attestation_id=name, call=accounts.call(work)
    )
    if isinstance(outcome, NotDone) and isinstance(outcome.error, errors.AlreadyExists):
        # Error 600061: it is on record already, so it is read back like one that we made.
        made = AgreementMade(attestation=name, duplicate=True)
        return Result(outcome=CallOutcome.DONE, value=made, text=str(outcome.error))
    return written(outcome, AgreementMade(attestation=name))


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is an agreement on record?"""
    rows = await accounts.target.agreements.list(work.tenant)
    if rows or await accounts.target.agreements.direct_signed(work.tenant):
        return done(AgreementMade(attestation=work.data["attestation"]))
    return not_there("No agreement is on record.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    return with_tracks(replace(facts, agreement_read_at=None), {Track.AGREEMENT: "recorded"}, now)


STEP = Step(
    kind=StepKind.CREATE_AGREEMENT,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.AGREEMENT,
    label=_("Record the accepted agreement"),
    build=attestation,
    call=call,
    look_up=look_up,
    observe=observed(agreement.created),
    answer=answer,
)

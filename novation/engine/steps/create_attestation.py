"""The link to Microsoft's agreement page (page integrate-sandbox-confirm-customer-accept)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.domain import states
from novation.domain.answers import AttestationMade, ConfirmedBefore
from novation.domain.errors import NeedsOperator
from novation.domain.facts import Attestation, Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import Track
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, observed
from novation.engine.translate import written
from novation.engine.work import CallOutcome, Result, Work
from novation.moves.models import Decision, Move
from novation.moves.services.observed import agreement
from novation.partnercenter import Done, NotDone, errors

#: Languages of Microsoft's agreement page by our language codes; the country comes from the customer.
_LOCALES = {"en": "en-US", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "cs": "cs-CZ"}
_NAMES = ("country", "language", "company_name", "first_name", "last_name", "email", "phone")


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    customer = move.customer
    company = {
        "country": customer.country or "US",
        "language": _LOCALES.get(customer.language[:2], "en-US"),
        "company_name": customer.name,
    }
    if move.signatory:
        return {**company, **move.signatory}
    decision = Decision.objects.filter(move=move, kind__in=states.CONSENTED).first()
    if decision is None:
        raise NeedsOperator("Nobody is named who could accept the agreement.")
    first, _space, last = decision.name.strip().rpartition(" ")
    person = {
        "first_name": first or last,
        "last_name": last,
        "email": decision.email,
        "phone": decision.phone,
    }
    return {**company, **person}


async def call(accounts: Accounts, work: Work) -> Result:
    signatory = {name: work.data[name] for name in _NAMES}
    outcome = await accounts.target.agreements.create_attestation(
        **{**signatory, "phone": signatory["phone"] or None}, call=accounts.call(work)
    )
    if isinstance(outcome, Done):
        row = outcome.value
        made = AttestationMade(id=row.id, url=row.url or "", expires_at=row.expires_at, signatory=signatory)
        return written(outcome, made)
    if isinstance(outcome, NotDone) and isinstance(outcome.error, errors.AlreadyExists):
        # Error 600061: this person has confirmed before. Read first; it may be valid already.
        return Result(outcome=CallOutcome.DONE, value=ConfirmedBefore(), text=str(outcome.error))
    return written(outcome)


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    # A link lives for seven days.
    link = Attestation(status="created", issued_at=now, expires_at=now + timedelta(days=7), read_at=now)
    return with_tracks(replace(facts, attestation=link), {Track.AGREEMENT: "issued"}, now)


STEP = Step(
    kind=StepKind.CREATE_ATTESTATION,
    account="target",
    # No look-up of attestations is documented, and one that nobody accepts has no effect: same key again.
    repeat=Repeat.KEYED,
    group=CallGroup.AGREEMENT,
    label=_("Make the link to Microsoft’s agreement page"),
    build=build,
    call=call,
    look_up=call,
    observe=observed(agreement.link),
    answer=answer,
)

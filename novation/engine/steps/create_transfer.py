"""The target asks for the customer's subscriptions (page create-a-transfer)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from novation.customers.models import Contact
from novation.domain import microsoft_words
from novation.domain.errors import NeedsOperator
from novation.domain.facts import BatchState, Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning.answering import OtherSide, with_batch, with_tracks
from novation.domain.steps import Repeat, StepKind
from novation.domain.tracks import Track
from novation.engine import translate
from novation.engine.call_groups import CallGroup
from novation.engine.step import Accounts, Step, done, not_there, observed_of_batch
from novation.engine.translate import written
from novation.engine.work import Result, Work
from novation.moves.models import Move
from novation.moves.services.observed import transfer
from novation.partnercenter import Done


def build(move: Move, do: MakeCall, now: datetime) -> dict[str, Any]:
    programme = move.programme
    contact = Contact.objects.filter(customer=move.customer, state=Contact.State.OK).first()
    if contact is None:
        raise NeedsOperator("Microsoft wants an address to notify, and no usable contact is on file.")
    known = list(move.batches.exclude(remote_id="").values_list("remote_id", flat=True))
    return {
        "source_tenant": programme.source.tenant_id,
        "source_name": programme.source.name,
        "customer_email": contact.email,
        "customer_name": move.customer.name,
        "transfer_type": programme.policy.transfer_type,
        "known": known,
    }


async def call(accounts: Accounts, work: Work) -> Result:
    data = work.data
    outcome = await accounts.target.transfers.create(
        work.tenant,
        source_tenant_id=data["source_tenant"],
        source_name=data["source_name"],
        customer_email=data["customer_email"],
        customer_name=data["customer_name"],
        transfer_type=data["transfer_type"],
        call=accounts.call(work),
    )
    return written(outcome, translate.transfer(outcome.value) if isinstance(outcome, Done) else None)


async def look_up(accounts: Accounts, work: Work) -> Result:
    """Is there a request that we did not know when the call was begun?"""
    for row in map(translate.transfer, await accounts.target.transfers.list(work.tenant)):
        ours = row.id not in work.data["known"] and row.source == work.data["source_tenant"]
        if ours and row.status.lower() not in microsoft_words.TRANSFER_OVER:
            return done(row)
    return not_there("No new request exists.")


def answer(facts: Facts, do: MakeCall, now: datetime, other: OtherSide) -> Facts:
    name, _state = other.transfer(facts, do)
    facts = with_batch(facts, do.batch, state=BatchState.PENDING, remote_id=name, created_at=now, read_at=now)
    return with_tracks(facts, {Track.TRANSFER: "requested"}, now)


STEP = Step(
    kind=StepKind.CREATE_TRANSFER,
    account="target",
    repeat=Repeat.NEVER,
    group=CallGroup.TRANSFER,
    label=_("Ask the old account for subscriptions"),
    build=build,
    call=call,
    look_up=look_up,
    observe=observed_of_batch(transfer.requested),
    answer=answer,
)

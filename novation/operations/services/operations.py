"""Operations: asked for once, and changed only here, each time with an event that says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Account, Customer
from novation.domain.operations import ENDED, OperationState
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.operations.models import Operation


@transaction.atomic
def ask_operation(
    customer: Customer,
    kind: str,
    *,
    account: Account | None,
    payload: Mapping[str, Any],
    requested_by: str,
    idempotency_key: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> Operation:
    """Asks for a change. The engine looks at it at once; asked again with the same key, it is the same operation.

    Args:
        customer: for whom.
        kind: what is to be done; a rule of `novation.domain.operations` decides it.
        account: the partner account that it goes to.
        payload: what is wanted, without secrets.
        requested_by: who asks, as events name actors.
        idempotency_key: chosen by who asks.
        now: programme time.
        expires_at: what was not begun by then is refused.
    """
    operation, created = Operation.objects.get_or_create(
        customer=customer,
        idempotency_key=idempotency_key,
        defaults={
            "kind": kind,
            "account": account,
            "payload": dict(payload),
            "requested_by": requested_by,
            "asked_at": now,
            "expires_at": expires_at,
            "due_at": now,
        },
    )
    if created:
        data = {"kind": kind, "account": account.slug if account else ""}
        events.record(Tag.OPERATION_ASKED, at=now, actor=requested_by, subject=operation.subject, data=data)
    return operation


def set_state(operation: Operation, state: OperationState, *, why: str, actor: str, now: datetime) -> None:
    """Sets how far a locked operation is, with the event that says why. Call inside a transaction.

    Raises:
        ValueError: it has ended; that is never taken back.
    """
    before = OperationState(operation.state)
    if before == state:
        return
    if before in ENDED:
        raise ValueError(f"The operation {operation.pk} has ended as {before}.")
    operation.state, operation.why = state, why[:300]
    if state in ENDED:
        operation.ended_at = now
    operation.save(update_fields=["state", "why", "ended_at"])
    data = {"kind": operation.kind, "from": str(before), "to": str(state), "why": why[:300]}
    events.record(Tag.OPERATION_CHANGED, at=now, actor=actor, subject=operation.subject, data=data)

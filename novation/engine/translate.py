"""From what the client says to what the rules know: errors become "who must act", answers plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from novation.domain.answers import Answer, GrantRead, SubscriptionRead, TransferRead
from novation.domain.errors import MoveError, NeedsOperator, TryLater
from novation.engine.work import CallOutcome, Result
from novation.partnercenter import (
    Done,
    Exchange,
    GdapRelationship,
    NotDone,
    Subscription,
    Transfer,
    Unknown,
    errors,
)


def exchange_of(exchange: Exchange | None) -> dict[str, Any] | None:
    """The part of a request and its answer that is kept as evidence."""
    if exchange is None:
        return None
    return {
        "operation": exchange.api_call,
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "request_id": str(exchange.request_id),
        "correlation_id": str(exchange.correlation_id),
        "server_date": exchange.server_date.isoformat() if exchange.server_date else None,
        "milliseconds": round(exchange.duration * 1000),
        "sent": exchange.sent,
        "answered": exchange.answered,
        "answer_ids": dict(exchange.answer_ids),
    }


def reading_of(exchange: Exchange) -> dict[str, Any]:
    """The part of an answered read that is kept as evidence; what was read stands beside it."""
    kept = exchange_of(exchange) or {}
    return {name: value for name, value in kept.items() if name not in ("sent", "answered", "milliseconds")}


def who_acts(error: Exception) -> MoveError:
    """Who must act on this error of the client."""
    match error:
        case MoveError():
            return error
        case errors.Throttled(retry_after=after):
            return TryLater("Microsoft asks us to slow down.", timedelta(seconds=max(1.0, after or 1.0)))
        case errors.Unreachable() | errors.ServerFault() | errors.Pending() | errors.BadAnswer():
            return TryLater(str(error), timedelta(seconds=5))
        case errors.StaleTag() | errors.TransferConflict():
            return TryLater(str(error), timedelta(seconds=10))
        case errors.MfaMissing():
            return NeedsOperator(f"The account must be connected again with a second factor. {error}")
        case errors.NotAuthorised():
            return NeedsOperator(f"Our account lacks a right. {error}")
        case errors.PartnerCenterError():
            return NeedsOperator(str(error))
        case _:
            raise error


def doubted(error: Exception | None) -> str:
    """What this refusal makes doubtful that we took for known; read again before a person is called."""
    match error:
        case errors.NoRelationship():
            return "relationship"
        case errors.NoAgreement():
            return "agreement"
        case errors.TransferConflict():
            return "transfers"
        case _:
            return ""


def written(outcome: Done[Any] | NotDone | Unknown, value: Answer | None = None) -> Result:
    """The result of a write."""
    match outcome:
        case Done(exchange=exchange):
            return Result(outcome=CallOutcome.DONE, value=value or Answer(), exchange=exchange_of(exchange))
        case NotDone(error=error, exchange=exchange):
            return Result(
                outcome=CallOutcome.NOT_DONE,
                error=who_acts(error),
                exchange=exchange_of(exchange),
                text=str(error),
                doubts=doubted(error),
            )
        case Unknown(error=error, exchange=exchange):
            return Result(outcome=CallOutcome.UNKNOWN, exchange=exchange_of(exchange), text=str(error))


def next_term_words(instructions: Mapping[str, Any] | None) -> str:
    """Instructions for the next term in words that can be compared; empty when there are none."""
    if not instructions:
        return ""
    given = {key.lower(): value for key, value in instructions.items()}
    product = {key.lower(): value for key, value in (given.get("product") or {}).items()}
    names = ("productid", "skuid", "termduration", "billingcycle")
    said = " ".join(str(product[name]).lower() for name in names if product.get(name))
    return f"{given.get('quantity')} × {said}"[:200]


def ends_with_term(raw: Mapping[str, Any]) -> bool:
    """True when the subscription is to end with its term (field and word seen, not documented)."""
    actions = raw.get("scheduledActions") or []
    return any(str(one.get("action", "")).lower() == "cancelattermend" for one in actions)


def subscription(row: Subscription) -> SubscriptionRead:
    """A subscription as the services keep it."""
    return SubscriptionRead(
        subscription_id=row.id,
        # The availability changes between purchases; product and SKU say what it is.
        product=":".join((row.offer_id or "").split(":")[:2]),
        name=row.friendly_name or row.offer_name or row.offer_id or row.id,
        quantity=row.quantity or 0,
        term=row.term_duration or "",
        billing_cycle=(row.billing_cycle or "").lower(),
        ends=row.commitment_end,
        auto_renew=bool(row.auto_renew_enabled),
        status=str(row.status or "none").lower(),
        product_type=row.product_type or "",
        is_trial=bool(row.is_trial),
        parent=row.parent_id or "",
        pending_change=str(row.status or "").lower() == "pending",
        promotion=row.promotion_id or "",
        next_term=next_term_words(row.scheduled_next_term),
        cancel_at_end=ends_with_term(row.raw),
        raw=json.loads(json.dumps(row.raw, default=str)),
    )


def grant(row: GdapRelationship) -> GrantRead:
    """A delegated admin relationship, without its assignments."""
    return GrantRead(id=row.id, status=str(row.status or "created"), ends_at=row.ends_at)


def transfer(row: Transfer) -> TransferRead:
    """A transfer request. Its status is Microsoft's word."""
    return TransferRead(
        id=row.id,
        status=str(row.status or ""),
        source=(row.source_id or "").lower(),
        created_at=row.created_at,
        expires_at=row.expires_at,
        completed_at=row.completed_time,
    )


def iso(moment: datetime | None) -> str | None:
    """A date as it is kept in documents."""
    return moment.isoformat() if moment else None


def at_its_end(
    auto_renew: bool, cancel_at_end: bool, instructions: Mapping[str, Any] | None
) -> Callable[[dict[str, Any]], None]:
    """Changes a full subscription so that this happens at the end of its term (page create-scheduled-changes)."""

    def change(full: dict[str, Any]) -> None:
        full["autoRenewEnabled"] = auto_renew
        if instructions:
            full["scheduledNextTermInstructions"] = dict(instructions)
        elif not auto_renew:
            full["scheduledNextTermInstructions"] = None  # they need a renewal
        if cancel_at_end:
            full["scheduledActions"] = [{"action": "cancelAtTermEnd"}]
        elif full.get("scheduledActions"):
            full["scheduledActions"] = None

    return change

"""What the source has of a customer: what its move is verified against."""

from __future__ import annotations

from datetime import datetime

from novation.domain.answers import BaselineRead
from novation.evidence.tags import Tag
from novation.moves.models import Move
from novation.moves.services import inventory, readiness, tracks
from novation.moves.services.observed import access, repurchase


def reading(move: Move, read: BaselineRead, *, now: datetime) -> None:
    """Subscriptions, contact, rights and papers of the source, judged anew for readiness."""
    first = move.baseline_at is None
    if read.licences_asked and not move.batches.exclude(remote_id="").exists():
        before = dict(read.licences) if read.licences is not None else None
        move.licences = {"before": before, "before_at": now.isoformat()}
    access.old_grants(move, read.grants, now=now)
    to_be_bought = repurchase.awaited(move)
    inventory.record_baseline(
        move,
        subscriptions=read.subscriptions,
        profile=dict(read.profile),
        papers={**(read.papers or {}), "delegated": read.delegated},
        now=now,
    )
    if to_be_bought:
        repurchase.missed(move, to_be_bought, now=now)
    readiness.refresh([move], now=now)
    tracks.transition(
        move,
        {},
        tag=Tag.CUSTOMER_INVENTORIED,
        at=now,
        actor="engine",
        data={
            "first": first,
            "items": move.item_count,
            "seats": move.seat_count,
            "findings": [finding["code"] for finding in move.readiness],
        },
        documents=inventory.documents(read, at=now),
    )

"""Transfer requests, and what they brought: every item on the new account, or a person is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from novation.customers.models import Snapshot
from novation.domain import microsoft_words, states
from novation.domain.answers import BothSidesRead, SettingRestored, TransferRead, TransfersRead
from novation.domain.facts import BatchState, ItemState
from novation.domain.licences import compare_licences, readable
from novation.domain.next_action import SplitTransfers
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.domain.verify import NOT_READABLE, Verdict
from novation.evidence.canonical import canonical
from novation.evidence.tags import Tag
from novation.evidencelog.services import events, reading_documents
from novation.moves.models import Batch, Item, Move
from novation.moves.services import tasks, tracks
from novation.moves.services.holdings import record_holdings
from novation.prepared_queries import Prepared


def planned(move: Move, plan: SplitTransfers, *, now: datetime) -> None:
    """Lays down the requests that `decide` worked out, and why some items stay."""
    number = move.batches.count()
    for ids in plan.batches:
        number += 1
        batch = Batch.objects.create(move=move, number=number)
        Item.objects.filter(move=move, pk__in=ids).update(batch=batch)
    for item in Item.objects.filter(move=move, pk__in=list(plan.stays)):
        item.state, item.why = ItemState.STAYS, plan.stays[item.pk]
        item.save(update_fields=["state", "why"])
    move.transfers_read_at = None
    tracks.transition(
        move,
        plan.sets,
        tag=Tag.TRANSFER_PLANNED,
        at=now,
        actor="engine",
        data={
            "requests": [len(ids) for ids in plan.batches],
            "stays": [plan.stays[item] for item in sorted(plan.stays)],
        },
    )


def numbered(move: Move, number: int) -> Batch:
    """One request of transfer of a move; raises DoesNotExist."""
    batch = _NUMBERED.first(move.pk, number)
    if batch is None:
        raise Batch.DoesNotExist(f"{move.reference} has no request {number}.")
    return batch


_NUMBERED = Prepared(lambda move, number: Batch.objects.filter(move_id=move, number=number))


def listing(move: Move, read: TransfersRead, *, now: datetime) -> None:
    """What requests exist on the target for this customer; one of ours that we did not know is adopted."""
    move.transfers_read_at = now
    known = set(move.batches.exclude(remote_id="").values_list("remote_id", flat=True))
    open_ones = [one for one in read.transfers if one.status.lower() in microsoft_words.TRANSFER_RUNNING]
    ours = [one for one in open_ones if one.source == move.programme.source.tenant_id and one.id not in known]
    move.foreign_transfer = any(one.source != move.programme.source.tenant_id for one in open_ones)
    batch = move.batches.filter(state=BatchState.PLANNED).first()
    if ours and batch is not None:
        requested(move, ours[0], batch_number=batch.number, now=now, adopted=True)
    else:
        move.save()


def requested(
    move: Move, request: TransferRead, *, batch_number: int, now: datetime, adopted: bool = False
) -> None:
    """The target's request exists; one that was adopted may have been accepted already."""
    batch = numbered(move, batch_number)
    under_way = request.status.lower() in microsoft_words.TRANSFER_MOVING
    batch.state, batch.remote_id = BatchState.MOVING if under_way else BatchState.PENDING, request.id
    batch.remote_status, batch.accepted_at = request.status, now if under_way else None
    batch.created_at, batch.expires_at, batch.read_at = now, request.expires_at, now
    batch.save()
    if under_way:
        batch.items.update(state=ItemState.IN_TRANSFER)
        record_holdings(move, observed_by="create-transfer", now=now)
    tracks.transition(
        move,
        {Track.TRANSFER: "moving" if under_way else "requested"},
        tag=Tag.TRANSFER_CREATED,
        at=now,
        actor="engine",
        data={"transfer": request.id, "request": batch.number, "adopted": adopted},
    )


def accepted(move: Move, request: TransferRead, *, batch_number: int, now: datetime) -> None:
    """The source handed the items over; Microsoft moves them."""
    batch = numbered(move, batch_number)
    batch.state, batch.remote_status, batch.accepted_at = BatchState.MOVING, request.status, now
    batch.read_at = now
    batch.save()
    batch.items.update(state=ItemState.IN_TRANSFER)
    record_holdings(move, observed_by="accept-transfer", now=now)
    tracks.transition(
        move,
        {Track.TRANSFER: "moving"},
        tag=Tag.TRANSFER_ACCEPTED,
        at=now,
        actor="engine",
        data={"transfer": batch.remote_id, "items": batch.items.count()},
    )


def reading(move: Move, read: TransferRead, *, batch_number: int, now: datetime) -> None:
    """How far Microsoft is; a status word that we do not know is shown and means "not yet"."""
    batch = numbered(move, batch_number)
    batch.remote_status, batch.read_at = read.status, now
    status = read.status.lower()
    data = {"transfer": batch.remote_id, "status": read.status}
    sets, tag, state = _meaning(status, batch)
    if state is None:
        batch.save()
        move.save()
        return
    batch.state = state
    if state is BatchState.COMPLETE:
        batch.completed_at = read.completed_at or now
        move.verified_at = None
    batch.save()
    if state in states.BATCH_FAILED:
        batch.items.filter(state=ItemState.IN_TRANSFER).update(state=ItemState.IN_OLD)
        batch.items.filter(state=ItemState.IN_OLD).update(batch=None)
        record_holdings(move, observed_by="read-transfer", now=now)
        _overtaken(move, now)
    documents = reading_documents.kept(read, at=now)
    tracks.transition(move, sets, tag=tag, at=now, actor="engine", data=data, documents=documents)


def _overtaken(move: Move, now: datetime) -> None:
    """A review that was open before is about something else: its verdict must not be taken for this one."""
    tasks.cancel(move, (TaskKind.REVIEW,), now=now, why="overtaken by what happened to the transfer")


def _meaning(status: str, batch: Batch) -> tuple[dict[Track, str], Tag, BatchState | None]:
    if status in microsoft_words.TRANSFER_COMPLETE:
        return {}, Tag.TRANSFER_COMPLETED, BatchState.COMPLETE
    if status in microsoft_words.TRANSFER_EXPIRED:
        return {Track.TRANSFER: "expired"}, Tag.TRANSFER_EXPIRED, BatchState.EXPIRED
    if status in microsoft_words.TRANSFER_CANCELLED:
        return {Track.TRANSFER: "stopped"}, Tag.TRANSFER_CANCELLED, BatchState.CANCELLED
    if status in microsoft_words.TRANSFER_FAILED:
        return {Track.TRANSFER: "failed"}, Tag.TRANSFER_FAILED, BatchState.FAILED
    if status in microsoft_words.TRANSFER_MOVING and batch.state == BatchState.PENDING:
        return {Track.TRANSFER: "moving"}, Tag.TRANSFER_ACCEPTED, BatchState.MOVING
    return {}, Tag.TRANSFER_COMPLETED, None


def restored(move: Move, answer: SettingRestored, *, now: datetime) -> None:
    """A setting was set back on the new side; the item is read again before it is believed."""
    Item.objects.filter(move=move, pk=answer.item).update(restored=True, restorable=False)
    move.verified_at = None
    tracks.transition(move, {}, tag=Tag.ITEM_CHANGED, at=now, actor="engine", data=answer.as_read())


def cancelled(move: Move, read: TransferRead, *, batch_number: int, now: datetime) -> None:
    """A pending request was taken back by the target."""
    reading(move, replace(read, status="Cancel"), batch_number=batch_number, now=now)


def verified(
    move: Move,
    verdicts: Sequence[Verdict],
    read: BothSidesRead,
    *,
    now: datetime,
) -> None:
    """Stores both sides of every item, and unlocks billing and clean-up only when all are accounted for.

    Args:
        move: the move.
        verdicts: one per item in a batch.
        read: the subscriptions on each side, and the licences assigned.
        now: programme time.
    """
    policy = move.programme.policy
    raw = {one.subscription_id: dict(one.raw) for one in read.target}
    items = {item.pk: item for item in move.items.select_related("batch")}
    for verdict in verdicts:
        item = items[verdict.item]
        item.state, item.why = verdict.state, "; ".join(map(str, verdict.differs))[:300]
        item.restorable = verdict.restorable and not item.restored
        if verdict.found is not None:
            item.new_subscription_id = verdict.found.subscription_id
            item.result = raw.get(verdict.found.subscription_id)
        item.save(update_fields=["state", "why", "restorable", "new_subscription_id", "result"])
    record_holdings(move, observed_by="verify", now=now)
    Snapshot.objects.create(
        customer=move.customer, kind="verification", taken_at=now, content=_both_sides(read)
    )
    move.verified_at = now
    move.licences = {**move.licences, "after": dict(read.licences) if read.licences is not None else None}
    good = [v for v in verdicts if v.state is ItemState.VERIFIED]
    move.items_done = len(good)
    rest = [v for v in verdicts if v.state is not ItemState.VERIFIED]
    last = max((b.completed_at for b in move.batches.all() if b.completed_at), default=now)
    missing = [v for v in rest if v.state is not ItemState.CHANGED]
    if missing and now < last + policy.arrive_within:
        move.save()  # listings lag behind a completed transfer; look again before calling anybody
        return
    if any(items[v.item].restorable for v in rest):
        move.save()  # set back what can be set back, then read again
        return
    table = canonical([_row(items[v.item], v) for v in verdicts])
    documents = [
        events.store("items", "application/json", table, at=now),
        *reading_documents.kept(_both_sides(read), at=now),
    ]
    _compare_licences(move, now)
    data = {
        "not_readable": list(NOT_READABLE),
        "items": len(verdicts),
        "verified": len(good),
        "seats": sum(items[v.item].quantity for v in good),
    }
    _overtaken(move, now)
    move.billed_from = last.date()
    if not rest:
        tracks.transition(
            move,
            {Track.TRANSFER: "verified"},
            tag=Tag.ITEM_VERIFIED,
            at=now,
            actor="engine",
            data=data,
            documents=documents,
        )
        return
    found = {v.state for v in rest}
    tag = (
        Tag.ITEM_IN_BOTH
        if ItemState.IN_BOTH in found
        else Tag.ITEM_MISSING
        if ItemState.IN_NEITHER in found
        else Tag.ITEM_CHANGED
    )
    left = [v.item for v in rest if v.state is ItemState.IN_OLD]
    Item.objects.filter(pk__in=left).update(batch=None)
    goal = "failed" if found == {ItemState.IN_OLD} else "wrong"
    sets = {Track.TRANSFER: "wrong"} if goal == "wrong" else {Track.TRANSFER: "failed"}
    tracks.transition(move, sets, tag=tag, at=now, actor="engine", data=data, documents=documents)


def _both_sides(read: BothSidesRead) -> dict[str, Any]:
    """The answers themselves, side by side, with the requests behind them."""
    sides = {"source": read.source, "target": read.target}
    raw = {side: [dict(one.raw) for one in rows] for side, rows in sides.items()}
    return {**raw, reading_documents.EXCHANGES: list(read.exchanges)}


def _compare_licences(move: Move, now: datetime) -> None:
    """Licences assigned before and after, product by product; what could not be read is said, never assumed."""
    before, after = move.licences.get("before"), move.licences.get("after")
    rows = compare_licences(before, after)
    table = canonical([{"product": row.product, "before": row.before, "after": row.after} for row in rows])
    document = events.store("items", "application/json", table, at=now)
    data = {"readable": readable(before, after), "lost": sum(row.lost for row in rows)}
    events.record(
        Tag.ITEM_LICENCES, at=now, actor="engine", subject=move.subject, data=data, documents=[document]
    )


def _row(item: Item, verdict: Verdict) -> dict[str, Any]:
    found = asdict(verdict.found) if verdict.found else None
    if found and found["ends"]:
        found["ends"] = found["ends"].isoformat()
    return {
        "old_id": item.subscription_id,
        "product": item.product,
        "name": item.name,
        "seats": item.quantity,
        "term": item.term,
        "billing_cycle": item.billing_cycle,
        "auto_renew": item.auto_renew,
        "status": item.status,
        "ends": item.ends.isoformat() if item.ends else None,
        "cancel_at_end": item.cancel_at_end,
        "next_term": item.next_term,
        "promotion": item.promotion,
        "state": str(verdict.state),
        "differs": [str(difference) for difference in verdict.differs],
        "new": found,
    }

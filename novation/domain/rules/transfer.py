"""Rules of the transfer: planned, requested by the target, accepted by the source, verified item by item."""

from __future__ import annotations

from datetime import datetime

from novation.domain import states
from novation.domain.activity import rarer
from novation.domain.batches import free_to_go, movable, split, staying
from novation.domain.facts import Batch, BatchState, Facts, ItemState
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SetTracks, SplitTransfers, Wait
from novation.domain.rules.accepting import read_again, said_yes, spaced
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track, Who, shown


def withdrawal(facts: Facts, now: datetime) -> NextAction | None:
    """Stops what has not happened when the customer declines or takes its word back."""
    if facts.track(Track.DECISION) not in states.REFUSED:
        return None
    moving = next((b for b in facts.batches if b.state is BatchState.MOVING), None)
    if moving is not None:
        return _follow(facts, moving, now)
    pending = next((b for b in facts.batches if b.state is BatchState.PENDING), None)
    if pending is not None:
        return MakeCall(step=StepKind.CANCEL_TRANSFER, batch=pending.number, why="the customer said no")
    if any(batch.state is BatchState.COMPLETE for batch in facts.batches):
        return _too_late(facts, now)
    return _stay(facts, "the customer said no: it stays with the old account to the end of its terms")


def verdict(facts: Facts, now: datetime) -> NextAction | None:
    """An operator's "stop" keeps the customer with the old account, if nothing has moved yet."""
    ended = facts.ended_tasks.get(TaskKind.REVIEW)
    if ended is None or ended[0] is not TaskOutcome.STOP or facts.track(Track.CLOSEOUT) != "none":
        return None
    if ended[1] < facts.since.get(Track.DECISION, ended[1]):
        return None  # the customer has decided anew since
    if any(batch.state in states.HANDED_OVER for batch in facts.batches):
        return None
    pending = next((b for b in facts.batches if b.state is BatchState.PENDING), None)
    if pending is not None:
        return MakeCall(step=StepKind.CANCEL_TRANSFER, batch=pending.number, why="stopped by an operator")
    return _stay(facts, "stopped by an operator")


def done_already(facts: Facts) -> tuple[str, ...]:
    """What has happened by now and cannot be undone by stopping; told to who withdraws, and kept with the event."""
    found = []
    if facts.track(Track.RELATIONSHIP) == "accepted":
        found.append("relationship accepted")
    if facts.track(Track.AGREEMENT) in states.AGREED:
        found.append("agreement accepted")
    if facts.track(Track.ACCESS) in states.RIGHTS_GIVEN:
        found.append("delegated admin rights given")
    moved = sum(1 for batch in facts.batches if batch.state in states.HANDED_OVER)
    if moved:
        found.append(f"{moved} transfer requests handed over")
    return tuple(found)


def _stay(facts: Facts, why: str) -> SetTracks:
    sets = {Track.CLOSEOUT: "stays"}
    if "stopped" in shown(Track.TRANSFER, facts.track(Track.TRANSFER)).then:
        sets[Track.TRANSFER] = "stopped"
    return SetTracks(why=why, sets=sets)


def _too_late(facts: Facts, now: datetime) -> NextAction | None:
    """What was handed over before the customer withdrew has moved: it is proven, and somebody calls."""
    state = facts.track(Track.TRANSFER)
    if state == "arrived":
        return _verify(facts, now)
    if state == "verified":
        if TaskKind.REVIEW in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="the customer withdrew, but it has moved")
        ended = facts.ended_tasks.get(TaskKind.REVIEW)
        if ended is not None and ended[1] >= facts.since.get(Track.TRANSFER, now):
            return None
        return OpenTask(task=TaskKind.REVIEW, why=_WHY["withdrawn"])
    if state != "wrong" and "arrived" in shown(Track.TRANSFER, state).then:
        return SetTracks(why="what was handed over is verified", sets={Track.TRANSFER: "arrived"})
    return _judged(facts, now)


def transfer(facts: Facts, now: datetime) -> NextAction | None:
    """From a fresh baseline to a verified new side, one request at a time."""
    state = facts.track(Track.TRANSFER)
    if state in states.MOVED:
        return None
    if facts.track(Track.RELATIONSHIP) == "lost":
        return _left_behind(facts, now)
    if facts.track(Track.RELATIONSHIP) != "accepted" or not said_yes(facts, now):
        return None
    if facts.track(Track.AGREEMENT) != "valid" or facts.track(Track.ACCESS) not in states.RIGHTS_READY:
        # What was begun is watched to its end all the same: observations never stop.
        moving = next((b for b in facts.batches if b.state is BatchState.MOVING), None)
        return _follow(facts, moving, now) if moving is not None else None
    if state in states.UNPLANNED:
        return _plan(facts, now)
    if state in states.JUDGED:
        return _judged(facts, now)
    if state == "arrived":
        return _verify(facts, now)
    batch = next((b for b in facts.batches if b.state in states.BATCH_OPEN), None)
    if batch is None:
        if movable(facts.items):
            return _plan(facts, now)  # what was too near a renewal before
        return SetTracks(why="every request is complete", sets=_through(state, "arrived"))
    if batch.state is BatchState.PLANNED:
        return _request(facts, batch, now)
    if batch.state is BatchState.PENDING:
        return MakeCall(step=StepKind.ACCEPT_TRANSFER, batch=batch.number, why="requested by the new account")
    return _follow(facts, batch, now)


def _left_behind(facts: Facts, now: datetime) -> NextAction | None:
    """The customer removed the relationship: its pending request dies with it, which is seen by reading."""
    open_ones = (b for b in facts.batches if b.state in states.REQUESTED)
    batch = next(open_ones, None)
    return _follow(facts, batch, now) if batch is not None else None


def _verify(facts: Facts, now: datetime) -> NextAction:
    changed = next((item for item in facts.items if item.restorable), None)
    if changed is not None:
        return MakeCall(step=StepKind.RESTORE_SETTING, item=changed.id, why="the transfer changed a setting")
    every = facts.policy.transfer_every
    return read_again(facts.verified_at, every, now, StepKind.VERIFY, "is everything there?")


def _plan(facts: Facts, now: datetime) -> NextAction:
    policy, state, read = facts.policy, facts.track(Track.TRANSFER), facts.baseline_at
    left = movable(facts.items)
    stays = staying(facts.items)
    free = free_to_go(left, policy, now)
    rest = policy.baseline_age
    if state == "held" and left and not free:
        rest = spaced(rest, facts.since.get(Track.TRANSFER, now), now, policy)
    if read is None or read + rest <= now:
        return MakeCall(
            step=StepKind.READ_BASELINE, why="the baseline is what the new side is verified against"
        )
    if any(item.ends is not None and read < item.ends <= now for item in left):
        return MakeCall(step=StepKind.READ_BASELINE, why="a term has ended since the baseline was read")
    if free:
        return SplitTransfers(
            batches=split(free, policy.batch_size),
            stays=stays,
            why=f"{len(free)} items move",
            sets=_through(state, "planned"),
        )
    if not left:
        return SplitTransfers(
            batches=(), stays=stays, why="nothing is left that could move", sets=_all_told(facts)
        )
    if state != "held":
        return SetTracks(why="a renewal is too near, or an order is open", sets={Track.TRANSFER: "held"})
    ends = [item.ends for item in left if item.ends is not None and item.ends > now]
    return Wait(
        until=min([*ends, read + rest]), who=Who.MICROSOFT, why="no transfer so close before a renewal"
    )


def _request(facts: Facts, batch: Batch, now: datetime) -> NextAction:
    # What exists is read first, so that a request made by somebody else is adopted and none is doubled.
    if facts.transfers_read_at is None or facts.transfers_read_at + facts.policy.transfer_every <= now:
        return MakeCall(step=StepKind.READ_TRANSFERS, why="does a request exist already?")
    if facts.foreign_transfer:
        ended = facts.ended_tasks.get(TaskKind.REVIEW)
        asked = ended is not None and ended[1] >= facts.since.get(Track.TRANSFER, now)
        if TaskKind.REVIEW not in facts.open_tasks and not asked:
            return OpenTask(
                task=TaskKind.REVIEW,
                why="Another transfer of this customer is open that is not ours: ask the customer whose it is.",
            )
        return Wait(
            until=facts.transfers_read_at + facts.policy.transfer_every,
            who=Who.OPERATOR,
            why="another transfer of this customer is open",
        )
    return MakeCall(
        step=StepKind.CREATE_TRANSFER,
        batch=batch.number,
        why=f"request {batch.number}",
        sets=_through(facts.track(Track.TRANSFER), "requested"),
    )


def _follow(facts: Facts, batch: Batch, now: datetime) -> NextAction:
    policy = facts.policy
    started = batch.accepted_at or batch.created_at or now
    if started + policy.transfer_patience <= now and TaskKind.REVIEW not in facts.open_tasks:
        ended = facts.ended_tasks.get(TaskKind.REVIEW)
        if ended is None or ended[1] + policy.transfer_patience <= now:
            return OpenTask(
                task=TaskKind.REVIEW,
                why="Microsoft has worked on this transfer for days: open a support case.",
            )
    every = rarer(policy.transfer_every, policy, followed=facts.followed)
    read = read_again(batch.read_at, every, now, StepKind.READ_TRANSFER, "Microsoft moves it")
    if isinstance(read, MakeCall):
        return MakeCall(step=read.step, why=read.why, batch=batch.number)
    return Wait(until=read.until, who=Who.MICROSOFT, why=read.why)


def _judged(facts: Facts, now: datetime) -> NextAction:
    """What went wrong is a person's to judge; its verdict says how it goes on."""
    state = facts.track(Track.TRANSFER)
    if TaskKind.REVIEW in facts.open_tasks:
        return Wait(until=None, who=Who.OPERATOR, why="an operator judges the transfer")
    ended = facts.ended_tasks.get(TaskKind.REVIEW)
    if ended is None or ended[1] < facts.since.get(Track.TRANSFER, now):
        return OpenTask(task=TaskKind.REVIEW, why=_WHY.get(state, "The transfer needs a verdict."))
    if ended[0] is TaskOutcome.STOP:
        sets = (
            {Track.CLOSEOUT: "stays"}
            if state == "stopped"
            else {Track.TRANSFER: "stopped", Track.CLOSEOUT: "stays"}
        )
        return SetTracks(why="stopped by an operator", sets=sets)
    if state == "failed" and ended[0] is TaskOutcome.GO_ON:
        left = {item.id: "an operator left it with the old account" for item in movable(facts.items)}
        left = {**staying(facts.items), **left}
        return SplitTransfers(batches=(), stays=left, why="what failed is left behind", sets=_all_told(facts))
    if state == "wrong":
        doubled = any(item.state is ItemState.IN_BOTH for item in facts.items)
        after = "verified" if ended[0] is TaskOutcome.GO_ON and not doubled else "arrived"
        return SetTracks(why="judged by an operator", sets={Track.TRANSFER: after})
    return SetTracks(why="to be tried again", sets={Track.TRANSFER: "none"})


_WHY = {
    "failed": "Microsoft could not transfer every item: see which, and try again or leave them.",
    "expired": "Nobody accepted the transfer within 30 days: create it again?",
    "wrong": "The new side differs from the baseline: see which items, and decide.",
    "withdrawn": "The customer withdrew after its subscriptions had been handed over: call it. Moving back is a "
    "new move with a decision of its own.",
    "stopped": "The transfer was stopped: try again or leave the customer with the old account.",
}


def _all_told(facts: Facts) -> dict[Track, str]:
    """Where a transfer goes on when nothing more is to be requested: what has moved is verified first."""
    moved = any(batch.state is BatchState.COMPLETE for batch in facts.batches)
    return {Track.TRANSFER: "arrived" if moved else "nothing"}


def _through(state: str, goal: str) -> dict[Track, str]:
    return {} if state == goal else {Track.TRANSFER: goal}

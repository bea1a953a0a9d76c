"""One look at what is due: claim, decide, do what needs no call, and commit the intents of what does.

Everything here is one transaction, so that a claim, its decisions and its intents stand or fall together.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from novation.clock import Clock
from novation.domain.decide import decide
from novation.domain.errors import NeedsOperator
from novation.domain.next_action import AskOperator, Decision, Do, Finished, Note, Plan, Tell, Wait
from novation.domain.rules.transfer import done_already
from novation.domain.steps import RULES, StepKind, TaskKind, is_write
from novation.domain.tracks import Track
from novation.engine import claims, step_inputs
from novation.engine.call_groups import CLASS_OF, Room
from novation.engine.db_retry import gone
from novation.engine.facts import Known
from novation.engine.group_transactions import Guard, together_or_apart
from novation.engine.work import Work
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.failpoints import failpoint
from novation.moves.models import Move
from novation.moves.services import programmes, tasks, tracks
from novation.moves.services.observed import transfer
from novation.notices import services as notices
from novation.operations.models import Step
from novation.operations.services import steps

log = logging.getLogger(__name__)

#: Rounds of decisions without a call, for one move in one look. More would be a loop in the rules.
ROUNDS = 12


def prepare(owner: str, limit: int, *, now: datetime, clock: Clock, room: Room | None = None) -> list[Work]:
    """Claims up to `limit` due moves and returns the calls that are to be made for them.

    Args:
        owner: name of the engine.
        limit: how many moves at most.
        now: programme time.
        clock: of the programme.
        room: places for calls by class of work; None sets no bound.
    """
    full = room.full() if room else ()

    def look(guard: Guard | None) -> list[Work]:
        pending = {move.pk: move for move in claims.claim(owner, limit, now=now, clock=clock, full=full)}
        for pk in steps.with_open_intents(pending):
            lost = functools.partial(steps.lost, pending[pk], now=now)
            if _guarded(pending[pk], now, clock, lost, guard) is None:
                del pending[pk]
        left = room.copy() if room else None
        work = go_on(pending.values(), now=now, clock=clock, room=left, guard=guard)
        failpoint("claim-open")
        return work

    return together_or_apart(look)


#: Tasks that mean nothing once a move has ended. A wish for an administrator account outlives it.
_ENDING = tuple(kind for kind in TaskKind if kind is not TaskKind.ADMIN)


def go_on(
    held: Iterable[Move],
    *,
    now: datetime,
    clock: Clock,
    room: Room | None = None,
    guard: Guard | None = None,
) -> list[Work]:
    """Decides for moves that are held, as far as it needs no call. Call inside a transaction.

    A move whose next call is of a class that has no place is handed back and waits for its turn.

    Args:
        held: the moves.
        now: programme time.
        clock: of the programme.
        room: places for calls by class of work, which are taken; None sets no bound.
        guard: as `together_or_apart` gives it.

    Returns:
        The calls that are to be made; every other move was handed back.
    """
    pending = {move.pk: move for move in held}
    work: list[Work] = []
    for _round in range(ROUNDS):
        if not pending:
            return work
        known = Known(list(pending.values()), clock)
        decisions = known.ask(lambda facts: decide(facts, now))
        for move in list(pending.values()):
            decision = decisions[move.pk]
            act = functools.partial(_one, move, known, decision, now=now, clock=clock, work=work, room=room)
            if _guarded(move, now, clock, act, guard) is not True:
                del pending[move.pk]
    for move in pending.values():
        push_back(move, now, clock, "The rules go round in circles.")
    return work


def _guarded(move: Move, now: datetime, clock: Clock, act: Any, guard: Guard | None) -> Any:
    """Runs one move's part in a savepoint: a bug there must not stop the others. Without a guard it ends the group."""
    if guard is None:
        return act()
    try:
        with guard():
            return act()
    except Exception as error:
        if gone(error):
            raise  # the database is at fault, not this move: the whole look is tried again
        log.exception("A move could not be decided.", extra={"action": "move_poisoned", "move": move.pk})
        fresh = Move.objects.select_related("programme", "customer", "wave").get(pk=move.pk)
        push_back(fresh, now, clock, f"{type(error).__name__} in the rules or the record; see the log.")
        return None


def push_back(move: Move, now: datetime, clock: Clock, why: str) -> None:
    """Puts a poisoned row off, longer each time, and shows it to an operator after the third."""
    move.consecutive_errors += 1
    pause = min(timedelta(seconds=15) * 2 ** min(move.consecutive_errors, 8), timedelta(hours=1))
    claims.let_go(move, due_at=now + clock.real(pause), why=why, who="engine")
    if move.consecutive_errors == 3:
        tasks.open_task(move, TaskKind.REVIEW, why=f"The engine cannot go on here: {why}", now=now)


def _one(
    move: Move,
    known: Known,
    decision: Decision | Exception,
    *,
    now: datetime,
    clock: Clock,
    work: list[Work],
    room: Room | None,
) -> bool:
    """Carries out one decision as far as it needs no call. True: decide again."""
    if isinstance(decision, Exception):
        raise decision
    match decision:
        case Wait(until=until, who=who, why=why):
            move.consecutive_errors = 0
            claims.let_go(move, due_at=until, why=why, who=str(who))
            return False
        case Finished(why=why):
            claims.let_go(move, due_at=None, why=why, who="nobody")
            return False
        case Do() if room is not None and not room.take(decision.step):
            waits_for = CLASS_OF[decision.step]
            why = f"many calls of its kind ({waits_for}) are under way"
            claims.let_go(move, due_at=now, why=why, who="engine", waits_for=waits_for)
            return False
        case Do():
            try:
                work.append(_intent(move, decision, now=now))
            except NeedsOperator as error:
                if not steps.hand_to_operator(move, str(decision.step), error.reason, now=now):
                    push_back(move, now, clock, error.reason)
                    return False
                return True
            return False
        case _:
            _local(move, known, decision, now=now)
            return True


def _local(move: Move, known: Known, decision: Decision, *, now: datetime) -> None:
    match decision:
        case Tell(purpose=purpose, sets=sets):
            if sets:
                tracks.change(
                    move, sets, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor="engine", data={"why": decision.why}
                )
            letter = notices.queue(move=move, purpose=purpose, now=now)
            if Track.NOTICE in sets and letter.state in ("sent", "uncertain"):
                # Who has our letter already is not sent another, and the track must not wait for one.
                told, data = {Track.NOTICE: letter.state}, {"notice": letter.pk, "already": True}
                tracks.change(move, told, tag=Tag.NOTICE_SENT, at=now, actor="engine", data=data)
        case AskOperator(task=task, why=why, sets=sets):
            tasks.open_task(move, task, why=why, now=now)
            if sets:
                tracks.change(move, sets, tag=_tag(sets), at=now, actor="engine", data={"why": why})
        case Plan():
            transfer.planned(move, decision, now=now)
        case Note(why=why, sets=sets):
            if move.decision_state == "mandate" and sets.get(Track.DECISION) == "asked":
                tasks.cancel(move, (TaskKind.ACCEPT,), now=now, why=why)
                events.record(Tag.MANDATE_EXPIRED, at=now, actor="engine", subject=move.subject)
            said: dict[str, Any] = {"why": why}
            if sets.get(Track.CLOSEOUT) == "stays" and (happened := known.answer(move.pk, done_already)):
                said["happened"] = list(happened)
            tracks.change(move, sets, tag=_tag(sets), at=now, actor="engine", data=said)
            if sets.get(Track.CLOSEOUT) in ("stays", "closed", "parked"):
                _ended(move, now)


#: Which tag explains a change that follows from the facts alone; the others say that the stage moved on.
_TAGS: dict[tuple[Track, str], Tag] = {
    (Track.CLOSEOUT, "stays"): Tag.MOVE_STAYS,
    (Track.CLOSEOUT, "closed"): Tag.MOVE_CLOSED,
    (Track.CLOSEOUT, "parked"): Tag.OLD_SIDE_PARKED,
    (Track.BILLING, "new"): Tag.BILLING_CUT_OVER,
    (Track.DECISION, "unreachable"): Tag.CUSTOMER_UNREACHABLE,
    (Track.NOTICE, "blocked"): Tag.CUSTOMER_BLOCKED,
    (Track.NOTICE, "undeliverable"): Tag.CUSTOMER_UNREACHABLE,
    (Track.AGREEMENT, "expired"): Tag.AGREEMENT_EXPIRED,
}


def _tag(sets: Any) -> Tag:
    for key, tag in _TAGS.items():
        if sets.get(key[0]) == key[1]:
            return tag
    return Tag.MOVE_TRACK_CHANGED


def _ended(move: Move, now: datetime) -> None:
    tasks.cancel(move, _ENDING, now=now, why="the move has ended")
    if move.closeout_state == "parked":
        events.record(
            Tag.MOVE_CLOSED, at=now, actor="engine", subject=move.subject, data={"old_side": "parked"}
        )
    if move.wave is not None:
        programmes.finish_wave(move.wave, now=now)


def account_of(move: Move, kind: StepKind) -> str:
    """Slug of the account that sends this step: the one to which the move's programme gives the step's role."""
    return move.programme.account_for(RULES[kind].account).slug


def _intent(move: Move, do: Do, *, now: datetime) -> Work:
    """Commits what is about to be done. Reads leave a row only when they fail."""
    step: Step | None = None
    if move.lease_until is None:
        raise RuntimeError("A move without a lease cannot be worked on.")
    if do.settle is not None:
        # What was sent is looked for (or, under the same key, sent again), not what would be sent now.
        step = Step.objects.get(pk=do.settle)
        data = {**step.request, "intent_at": step.intent_at.isoformat()}
    else:
        data = step_inputs.data_for(move, do, now=now)
        step = (
            steps.begin(move, do, account=account_of(move, do.step), request=data, now=now)
            if is_write(do.step)
            else None
        )
    if do.sets:
        tracks.change(move, do.sets, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor="engine", data={"why": do.why})
    return Work(
        move=move.pk,
        fence=move.fence,
        lease_until=move.lease_until,
        kind=do.step,
        tenant=move.customer.tenant_id,
        step=step.pk if step else None,
        request_id=step.request_id if step else step_inputs.fresh_id(),
        correlation_id=step.correlation_id if step else step_inputs.fresh_id(),
        batch=do.batch if do.settle is None else (step.batch if step else None),
        settle=do.settle is not None,
        reversed=move.programme.reversed,
        data=data,
    )

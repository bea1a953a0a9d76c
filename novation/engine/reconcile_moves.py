"""Moves as the engine claims them: their facts, their rules, and what needs no call."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from novation.clock import Clock
from novation.domain import states
from novation.domain.decide import decide
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SendNotice, SetTracks, SplitTransfers
from novation.domain.rules.transfer import done_already
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.engine.facts import Known
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.moves.services import programmes, tasks, tracks
from novation.moves.services.observed import agreement, transfer
from novation.notices import services as notices
from novation.operations.services.steps import Column

#: Tasks that mean nothing once a move has ended. A wish for an administrator account outlives it.
_ENDING = tuple(kind for kind in TaskKind if kind is not TaskKind.ADMIN)


class MoveRound:
    """One round of decisions over moves that are held."""

    def __init__(self, moves: Sequence[Move], now: datetime, clock: Clock) -> None:
        self._now = now
        self._known = Known(moves, clock)
        self.actions: Mapping[Any, NextAction | Exception] = self._known.ask(lambda facts: decide(facts, now))

    def carry_out(self, row: Move, action: NextAction) -> None:
        _carry_out(row, self._known, action, now=self._now)


class MoveReconciler:
    """How moves are read, decided and changed."""

    table = Move
    column: Column = "move_id"

    def begin_round(self, rows: Sequence[Move], now: datetime, clock: Clock) -> MoveRound:
        return MoveRound(rows, now, clock)

    def read(self, pk: int) -> Move:
        return Move.objects.select_related(*Move.read_with).get(pk=pk)

    def lock(self, pks: Collection[int]) -> dict[int, Move]:
        return tracks.lock_moves_by_id(pks)

    def accounts(self, row: Move) -> Mapping[str, str]:
        return {role: account.slug for role, account in row.programme.accounts_by_role().items()}

    def began(self, row: Move, do: MakeCall, now: datetime) -> None:
        if do.sets:
            data = {"why": do.why}
            tracks.transition(row, do.sets, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor="engine", data=data)

    def is_unknown(self, row: Move, now: datetime) -> None:
        """The rules of a move see it by its step."""

    def is_settled(self, row: Move, now: datetime) -> None:
        """The rules of a move see it by its step."""

    def doubt(self, row: Move, what: str, now: datetime) -> None:
        if what == "relationship":
            row.relationship_read_at = None
        elif what == "transfers":
            row.transfers_read_at = None
        elif what == "agreement":
            agreement.refused_for_want(row, now=now)
        row.save()

    def quiet(self, row: Move) -> timedelta:
        return row.programme.policy.settle_quiet


def _carry_out(move: Move, known: Known, decision: NextAction, *, now: datetime) -> None:
    match decision:
        case SendNotice(purpose=purpose, sets=sets):
            if sets:
                tracks.transition(
                    move, sets, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor="engine", data={"why": decision.why}
                )
            letter = notices.queue(move=move, purpose=purpose, now=now)
            if Track.NOTICE in sets and letter.state in states.MAX_UNCERTAIN_LOGGED:
                # Who has our letter already is not sent another, and the track must not wait for one.
                told, data = {Track.NOTICE: letter.state}, {"notice": letter.pk, "already": True}
                tracks.transition(move, told, tag=Tag.NOTICE_SENT, at=now, actor="engine", data=data)
        case OpenTask(task=task, why=why, sets=sets):
            tasks.open_task(move, task, why=why, now=now)
            if sets:
                tracks.transition(move, sets, tag=_tag(sets), at=now, actor="engine", data={"why": why})
        case SplitTransfers():
            transfer.planned(move, decision, now=now)
        case SetTracks(why=why, sets=sets):
            if move.decision_state == "mandate" and sets.get(Track.DECISION) == "asked":
                tasks.cancel(move, (TaskKind.ACCEPT,), now=now, why=why)
                events.record(Tag.MANDATE_EXPIRED, at=now, actor="engine", subject=move.subject)
            said: dict[str, Any] = {"why": why}
            if sets.get(Track.CLOSEOUT) == "stays" and (happened := known.answer(move.pk, done_already)):
                said["happened"] = list(happened)
            tracks.transition(move, sets, tag=_tag(sets), at=now, actor="engine", data=said)
            if sets.get(Track.CLOSEOUT) in states.ENDED:
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

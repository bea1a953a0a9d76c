"""One look at what is due: claim, decide, do what needs no call, and commit the intents of what does.

Everything here is one transaction, so that a claim, its decisions and its intents stand or fall together. It is the
same for moves and operations; what differs stands in their reconcilers.
"""

from __future__ import annotations

import functools
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from novation.clock import Clock
from novation.domain.errors import NeedsOperator
from novation.domain.next_action import Finished, MakeCall, Wait
from novation.domain.steps import TaskKind, is_write
from novation.engine import claims
from novation.engine.call_groups import Room
from novation.engine.db_retry import is_connection_lost
from novation.engine.group_transactions import Guard, together_or_apart
from novation.engine.reconcile_moves import MoveReconciler
from novation.engine.reconcile_operations import OperationReconciler
from novation.engine.reconciler import Action, Reconciler, Round
from novation.engine.steps import STEPS
from novation.engine.work import Work
from novation.failpoints import failpoint
from novation.moves.models import Move
from novation.operations.models import Operation, Step
from novation.operations.models.claimable import Claimable
from novation.operations.services import steps, tasks

log = logging.getLogger(__name__)

#: Rounds of decisions without a call, for one row in one look. More would be a loop in the rules.
ROUNDS = 12
#: How the rows of each table that is claimed are read, decided and changed.
RECONCILERS: dict[type[Claimable], Reconciler] = {
    Operation: OperationReconciler(),
    Move: MoveReconciler(),
}
#: A claimed row, by its table and id.
Key = tuple[type[Claimable], int | UUID]


def key_of(row: Any) -> Key:
    """Names a claimed row."""
    return type(row), row.pk


def prepare(owner: str, limit: int, *, now: datetime, clock: Clock, room: Room | None = None) -> list[Work]:
    """Claims up to `limit` due moves and operations and returns the calls that are to be made for them.

    Args:
        owner: name of the engine.
        limit: how many at most.
        now: programme time.
        clock: of the programme.
        room: places for calls by group; None sets no bound.
    """
    full = room.full() if room else ()

    def look(guard: Guard | None) -> list[Work]:
        pending: dict[Key, Any] = {}
        for table in claims.TABLES:
            if len(pending) >= limit:
                break
            rows: list[Any] = claims.claim(
                owner, limit - len(pending), now=now, clock=clock, full=full, table=table
            )
            pending |= {key_of(row): row for row in rows}
            for pk in steps.with_open_intents([row.pk for row in rows], RECONCILERS[table].column):
                row = pending[table, pk]
                if _guarded(row, now, clock, functools.partial(_lose, row, now), guard) is None:
                    del pending[table, pk]
        left = room.copy() if room else None
        work = go_on(pending.values(), now=now, clock=clock, room=left, guard=guard)
        failpoint("claim-open")
        return work

    return together_or_apart(look)


def _lose(row: Any, now: datetime) -> int:
    """Intents of an earlier claim without an outcome are unknown from now on."""
    number = steps.lost(row, now=now)
    if steps.steps_of(row.subject).filter(outcome=Step.Outcome.UNKNOWN).exists():
        RECONCILERS[type(row)].is_unknown(row, now)
    return number


def go_on(
    held: Iterable[Any],
    *,
    now: datetime,
    clock: Clock,
    room: Room | None = None,
    guard: Guard | None = None,
) -> list[Work]:
    """Decides for rows that are held, as far as it needs no call. Call inside a transaction.

    A row whose next call is of a group that has no place is handed back and waits for its turn.

    Args:
        held: moves and operations.
        now: programme time.
        clock: of the programme.
        room: places for calls by group, which are taken; None sets no bound.
        guard: as `together_or_apart` gives it.

    Returns:
        The calls that are to be made; every other row was handed back.
    """
    pending = {key_of(row): row for row in held}
    work: list[Work] = []
    for _number in range(ROUNDS):
        if not pending:
            return work
        by_table: defaultdict[type[Claimable], list[Any]] = defaultdict(list)
        for row in pending.values():
            by_table[type(row)].append(row)
        for table, rows in by_table.items():
            round_ = RECONCILERS[table].begin_round(rows, now, clock)
            for row in rows:
                act = functools.partial(_one, row, round_, now=now, clock=clock, work=work, room=room)
                if _guarded(row, now, clock, act, guard) is not True:
                    del pending[key_of(row)]
    for row in pending.values():
        postpone_poisoned(row, now, clock, "The rules go round in circles.")
    return work


def _guarded(row: Any, now: datetime, clock: Clock, act: Any, guard: Guard | None) -> Any:
    """Runs one row's part in a savepoint: a bug there must not stop the others. Without a guard it ends the group."""
    if guard is None:
        return act()
    try:
        with guard():
            return act()
    except Exception as error:
        if is_connection_lost(error):
            raise  # the database is at fault, not this row: the whole look is tried again
        log.exception("A row could not be decided.", extra={"action": "move_poisoned", **named(row)})
        fresh = RECONCILERS[type(row)].read(row.pk)
        postpone_poisoned(
            fresh, now, clock, f"{type(error).__name__} in the rules or the record; see the log."
        )
        return None


def named(row: Any) -> dict[str, str]:
    """Names a row for the log."""
    return {str(type(row)._meta.model_name): str(row.pk)}


def postpone_poisoned(row: Any, now: datetime, clock: Clock, why: str) -> None:
    """Puts a poisoned row off, longer each time, and shows it to an operator after the third."""
    row.consecutive_errors += 1
    pause = min(timedelta(seconds=15) * 2 ** min(row.consecutive_errors, 8), timedelta(hours=1))
    claims.release_lease(row, due_at=now + clock.real(pause), why=why, who="engine")
    if row.consecutive_errors == 3:
        why = f"The engine cannot go on here: {why}"
        tasks.open_task(row.subject, TaskKind.REVIEW, why=why, now=now, programme=row.programme_id)


def _one(
    row: Any,
    round_: Round,
    *,
    now: datetime,
    clock: Clock,
    work: list[Work],
    room: Room | None,
) -> bool:
    """Carries out one decision as far as it needs no call. True: decide again."""
    action: Action | Exception = round_.actions[row.pk]
    if isinstance(action, Exception):
        raise action
    match action:
        case Wait(until=until, who=who, why=why):
            row.consecutive_errors = 0
            claims.release_lease(row, due_at=until, why=why, who=str(who))
            return False
        case Finished(why=why):
            claims.release_lease(row, due_at=None, why=why, who="nobody")
            return False
        case MakeCall() if room is not None and not room.take(STEPS[action.step].group):
            waits_for = STEPS[action.step].group
            why = f"many calls of its kind ({waits_for}) are under way"
            claims.release_lease(row, due_at=now, why=why, who="engine", waits_for=waits_for)
            return False
        case MakeCall():
            try:
                work.append(_intent(row, action, now=now))
            except NeedsOperator as error:
                if not steps.hand_to_operator(row, str(action.step), error.reason, now=now):
                    postpone_poisoned(row, now, clock, error.reason)
                    return False
                return True
            return False
        case _:
            round_.carry_out(row, action)
            return True


def account_of(row: Any, kind: str) -> str:
    """Slug of the account that sends this step: the one to which the row gives the step's role."""
    return RECONCILERS[type(row)].accounts(row)[STEPS[kind].account]


def _intent(row: Any, do: MakeCall, *, now: datetime) -> Work:
    """Commits what is about to be done. Reads leave a row only when they fail."""
    reconciler, step = RECONCILERS[type(row)], None
    if row.lease_until is None:
        raise RuntimeError("A row without a lease cannot be worked on.")
    if do.settle is not None:
        # What was sent is looked for (or, under the same key, sent again), not what would be sent now.
        step = Step.objects.get(pk=do.settle)
        data = {**step.request, "intent_at": step.intent_at.isoformat()}
    else:
        data = STEPS[do.step].build(row, do, now)
        step = (
            steps.begin(row, do, account=account_of(row, do.step), request=data, now=now)
            if is_write(do.step)
            else None
        )
    reconciler.began(row, do, now)
    return Work(
        move=row.pk if reconciler.table is Move else None,
        operation=row.pk if reconciler.table is Operation else None,
        fence=row.fence,
        lease_until=row.lease_until,
        kind=do.step,
        tenant=row.customer.tenant_id,
        step=step.pk if step else None,
        request_id=step.request_id if step else uuid4(),
        correlation_id=step.correlation_id if step else uuid4(),
        accounts=reconciler.accounts(row),
        batch=do.batch if do.settle is None else (step.batch if step else None),
        settle=do.settle is not None,
        data=data,
    )

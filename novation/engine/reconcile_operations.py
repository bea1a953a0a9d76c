"""Operations as the engine claims them: their facts, their rules, and what needs no call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from novation.clock import Clock
from novation.domain.next_action import MakeCall, OpenTask, SetState
from novation.domain.operations import ENDED, NOT_BEGUN, OperationState
from novation.domain.operations.decide import OperationAction, decide_operation
from novation.domain.operations.facts import OperationFacts
from novation.domain.policy import Policy
from novation.domain.steps import is_write
from novation.engine import facts
from novation.operations.models import Operation, Step, Task
from novation.operations.services import tasks
from novation.operations.services.operations import set_state
from novation.operations.services.steps import Column

#: An operation belongs to no programme, so the periods are those that hold by default.
_POLICY = Policy()


class OperationRound:
    """One round of decisions over operations that are held."""

    def __init__(self, operations: Sequence[Operation], now: datetime, clock: Clock) -> None:
        self._now = now
        known = load(operations, clock)
        self.actions: dict[UUID, OperationAction | Exception] = {}
        for operation in operations:
            try:
                self.actions[operation.pk] = decide_operation(known[operation.pk], now)
            except Exception as error:  # one operation must not stop the others
                self.actions[operation.pk] = error

    def carry_out(self, row: Operation, action: OperationAction) -> None:
        match action:
            case OpenTask(task=task, why=why):
                tasks.open_task(row.subject, task, why=why, now=self._now)
            case SetState(state=state, why=why):
                set_state(row, state, why=why, actor="engine", now=self._now)
            case _:
                raise AssertionError(f"no operation carries out {action}")


class OperationReconciler:
    """How operations are read, decided and changed."""

    table = Operation
    column: Column = "operation_id"

    def begin_round(self, rows: Sequence[Operation], now: datetime, clock: Clock) -> OperationRound:
        return OperationRound(rows, now, clock)

    def read(self, pk: UUID) -> Operation:
        return Operation.objects.select_related(*Operation.read_with).get(pk=pk)

    def lock(self, pks: Collection[UUID]) -> dict[UUID, Operation]:
        rows = Operation.objects.select_for_update(of=("self",)).select_related(*Operation.read_with)
        return {row.pk: row for row in rows.filter(pk__in=pks).order_by("pk")}

    def accounts(self, row: Operation) -> Mapping[str, str]:
        return {"account": row.account.slug} if row.account else {}

    def began(self, row: Operation, do: MakeCall, now: datetime) -> None:
        if row.state in NOT_BEGUN and is_write(do.step):
            set_state(row, OperationState.RUNNING, why=do.why, actor="engine", now=now)

    def is_unknown(self, row: Operation, now: datetime) -> None:
        if row.state not in ENDED:
            set_state(row, OperationState.UNKNOWN, why="no answer came", actor="engine", now=now)

    def is_settled(self, row: Operation, now: datetime) -> None:
        if row.state == OperationState.UNKNOWN:
            set_state(row, OperationState.RUNNING, why="it was looked up", actor="engine", now=now)

    def doubt(self, row: Operation, what: str, now: datetime) -> None:
        """An operation takes nothing for known."""

    def quiet(self, row: Operation) -> timedelta:
        return _POLICY.settle_quiet


def load(operations: Sequence[Operation], clock: Clock) -> dict[UUID, OperationFacts]:
    """The facts of some operations, with two queries."""
    ids = [operation.pk for operation in operations]
    steps: defaultdict[UUID | None, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(operation__in=ids).order_by("id").defer("request", "answer"):
        steps[step.operation_id].append(step)
    work: defaultdict[UUID | None, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(operation__in=ids).order_by("id"):
        work[task.operation_id].append(task)
    return {one.pk: _facts(one, steps[one.pk], work[one.pk], clock) for one in operations}


def _facts(operation: Operation, steps: list[Step], work: list[Task], clock: Clock) -> OperationFacts:
    return OperationFacts(
        kind=operation.kind,
        state=OperationState(operation.state),
        payload=operation.payload,
        asked_at=operation.asked_at,
        expires_at=operation.expires_at,
        done_at=_done(steps),
        uncertain=facts.uncertain_of(steps, _POLICY, clock),
        retry_at=facts.retries_of(steps),
        stopped=facts.stopped_of(work, steps),
        open_tasks=facts.open_of(work),
        ended_tasks=facts.ended_of(work),
    )


def _done(steps: Iterable[Step]) -> dict[str, Any]:
    return {step.kind: step.outcome_at for step in steps if step.outcome == Step.Outcome.DONE}

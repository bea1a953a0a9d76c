"""All that is known of one operation when it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from novation.domain.facts import Uncertain
from novation.domain.operations.states import OperationState
from novation.domain.steps import TaskKind, TaskOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFacts:
    """What `decide_operation` looks at.

    Args:
        kind: what was asked for; its rule decides.
        state: how far it is.
        payload: what was asked for, without secrets.
        asked_at, expires_at: programme time; what was not begun by then is refused.
        done_at: kind of step → when it was last answered as done. Writes alone leave a row.
        uncertain: calls whose outcome is not known.
        retry_at: kind of step → when it is tried again.
        stopped: kinds of step that failed and wait for a person.
        open_tasks, ended_tasks: of operators, about this operation.
    """

    kind: str
    state: OperationState
    asked_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
    done_at: Mapping[str, datetime] = field(default_factory=dict)
    uncertain: tuple[Uncertain, ...] = ()
    retry_at: Mapping[str, datetime] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()
    open_tasks: frozenset[TaskKind] = frozenset()
    ended_tasks: Mapping[TaskKind, tuple[TaskOutcome, datetime]] = field(default_factory=dict)

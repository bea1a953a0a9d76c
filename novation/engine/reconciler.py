"""What the engine must know of a table whose rows it claims: moves and operations, by one mechanism.

`prepare` and `outcomes` are the mechanism; a reconciler says how rows of one kind are read, decided, and changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from novation.clock import Clock
from novation.domain.next_action import MakeCall, NextAction, SetState
from novation.operations.models.claimable import Claimable
from novation.operations.services.steps import Column

#: What is due for a row.
Action = NextAction | SetState


class Round(Protocol):
    """One round of decisions, over rows that are held."""

    @property
    def actions(self) -> Mapping[Any, Action | Exception]:
        """By row, its next action, or what its rule raised."""

    def carry_out(self, row: Any, action: Any) -> None:
        """What needs no call: mails, tasks, states."""


class Reconciler(Protocol):
    """How rows of one table are read, decided and changed."""

    @property
    def table(self) -> type[Claimable]:
        """The table."""

    @property
    def column(self) -> Column:
        """The column of a step that names a row of it."""

    def begin_round(self, rows: Sequence[Any], now: datetime, clock: Clock) -> Round:
        """Decides for all of them, with few queries."""

    def read(self, pk: Any) -> Any:
        """The row as it is now."""

    def lock(self, pks: Collection[Any]) -> dict[Any, Any]:
        """Rows by id, locked for this transaction, as they are now."""

    def accounts(self, row: Any) -> Mapping[str, str]:
        """The slug of each partner account that a step of the row may use, by its role."""

    def began(self, row: Any, do: MakeCall, now: datetime) -> None:
        """A call is about to be made, or looked up."""

    def is_unknown(self, row: Any, now: datetime) -> None:
        """A call was made, and nobody knows what came of it."""

    def is_settled(self, row: Any, now: datetime) -> None:
        """An unknown outcome was looked up."""

    def doubt(self, row: Any, what: str, now: datetime) -> None:
        """A refusal makes doubtful what was taken for known: it is read again first."""

    def quiet(self, row: Any) -> timedelta:
        """Real time after which an effect that was not seen is held not to have happened."""

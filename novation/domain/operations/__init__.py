"""Rules of operations: changes that somebody asked for, and that the engine carries out."""

from novation.domain.operations.states import ENDED, NOT_BEGUN, OperationState

__all__ = ["ENDED", "NOT_BEGUN", "OperationState"]

"""How far an operation is."""

from __future__ import annotations

from enum import StrEnum


class OperationState(StrEnum):
    """How far an operation is."""

    ASKED = "asked"
    HELD = "held"  # waits for an approval, or for the end of a transfer
    RUNNING = "running"
    UNKNOWN = "unknown"  # a call was sent, and nobody knows yet what came of it
    DONE = "done"  # its calls succeeded; not yet read back
    SETTLED = "settled"  # read back from Microsoft's side as asked for
    REFUSED = "refused"  # by our rules or by Microsoft
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    CONFLICTED = "conflicted"  # what the person saw had changed meanwhile


#: Nothing more happens to it.
ENDED = frozenset(
    {
        OperationState.SETTLED,
        OperationState.REFUSED,
        OperationState.FAILED,
        OperationState.WITHDRAWN,
        OperationState.CONFLICTED,
    }
)

#: Nothing was sent for it yet.
NOT_BEGUN = frozenset({OperationState.ASKED, OperationState.HELD})

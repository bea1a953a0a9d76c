"""What really happened: every write and every act in full, reads counted. The judge of a client's honesty."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

EFFECTS = ("created", "changed", "none", "replayed", "repeated")


@dataclass(slots=True)
class RecordedCall:
    """One write or act. ``effect`` is what it did to the world, whatever the caller was told."""

    seq: int
    at: str
    account: str | None
    operation: str
    method: str
    path: str
    status: int
    request_id: str | None
    correlation_id: str | None
    customer: str | None
    effect: str
    fault: str | None
    actor: str | None = None
    detail: str | None = None
    address: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry with the names used on the control port."""
        shown = asdict(self)
        shown["requestId"] = shown.pop("request_id")
        shown["correlationId"] = shown.pop("correlation_id")
        return shown


class CallRecord:
    """Entries in order, and counters."""

    def __init__(self) -> None:
        self.entries: list[RecordedCall] = []
        self.calls: Counter[str] = Counter()
        self.reads = 0
        self.writes = 0
        self.writes_by_operation: Counter[str] = Counter()
        self.repeated: list[dict[str, Any]] = []
        self.throttled = 0
        self.refused = 0
        self.faults: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()

    def count_call(self, operation: str, *, write: bool) -> None:
        """Counts a call that arrived, whatever became of it."""
        self.calls[operation] += 1
        if write:
            self.writes += 1
            self.writes_by_operation[operation] += 1
        else:
            self.reads += 1

    def count_fault(self, kind: str) -> None:
        """Counts an injected fault."""
        self.faults[kind] += 1

    def record(self, **members: Any) -> RecordedCall:
        """Appends an entry and returns it."""
        entry = RecordedCall(seq=len(self.entries) + 1, **members)
        self.entries.append(entry)
        if entry.effect == "repeated":
            self.repeated.append(
                {"seq": entry.seq, "account": entry.account, "operation": entry.operation,
                 "customer": entry.customer, "detail": entry.detail}
            )  # fmt: skip
        return entry

    def record_act(self, kind: str, at: str, customer: str | None, actor: str, **detail: object) -> None:
        """Appends an act of the customer's side."""
        self.acts[kind] += 1
        self.record(
            at=at, account=None, operation=kind, method="ACT", path="", status=200, request_id=None,
            correlation_id=None, customer=customer, effect="changed", fault=None, actor=actor,
            detail="; ".join(f"{key}: {value}" for key, value in detail.items() if value is not None) or None,
        )  # fmt: skip

    def page(self, after: int, limit: int) -> dict[str, Any]:
        """Entries with a sequence number above ``after``."""
        chosen = self.entries[max(0, after) : max(0, after) + limit]
        return {"total": len(self.entries), "items": [entry.to_json() for entry in chosen]}

    def summary(self) -> dict[str, Any]:
        """The counters; the world adds what it owns."""
        return {
            "calls": self.reads + self.writes,
            "reads": self.reads,
            "writes": self.writes,
            "writes_by_operation": dict(sorted(self.writes_by_operation.items())),
            "repeated_writes": len(self.repeated),
            "repeated": list(self.repeated),
            "throttled": self.throttled,
            "refused": self.refused,
            "faults": dict(sorted(self.faults.items())),
            "acts": dict(sorted(self.acts.items())),
            "calls_by_operation": dict(sorted(self.calls.items())),
        }

"""What the simulated people did, written down by themselves: the other book, to compare the product's with."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Act:
    """One act. `kind` is a decision, or `agreement`, `relationship`, `access` for acts on Microsoft's side.

    `about` is the attestation that was accepted; the relationship and the access have nothing but the tenant.
    """

    at: datetime
    tenant: str
    who: str
    kind: str
    about: str = ""


class GroundTruthLog:
    """Acts in the order in which they were begun; safe for several threads."""

    def __init__(self) -> None:
        self._acts: list[Act] = []
        self._lock = threading.Lock()

    def record(self, act: Act) -> None:
        """Writes an act down, just before it is done: it may take effect without an answer."""
        with self._lock:
            self._acts.append(act)

    def acts(self) -> list[Act]:
        """Everything so far."""
        with self._lock:
            return list(self._acts)

    def save(self, path: Path) -> None:
        """Keeps it as JSON lines."""
        lines = [json.dumps({**asdict(act), "at": act.at.isoformat()}) for act in self.acts()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

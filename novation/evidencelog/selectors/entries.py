"""One event of the log, read for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novation.evidencelog.models import Event


@dataclass(frozen=True)
class Entry:
    """One event as the timeline shows it."""

    event: Event
    body: dict[str, Any]

    @property
    def subject(self) -> str:
        """The part of the tag before the colon."""
        return self.event.tag.partition(":")[0]

    @property
    def data(self) -> dict[str, Any]:
        """What the event says beside its personal fields."""
        return dict(self.body.get("data", {}))

    @property
    def personal(self) -> dict[str, str]:
        """The personal fields in clear, as long as they have not been erased."""
        return {name: opening["value"] for name, opening in self.event.personal.items() if "value" in opening}

    @property
    def documents(self) -> list[str]:
        """SHA-256 of the exact bytes it speaks of."""
        return list(self.data.get("documents", []))

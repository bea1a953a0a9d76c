"""One finding of the readiness check."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum


def written(day: datetime) -> str:
    """`3 December 2026`, in UTC: terms of Microsoft's begin and end in it."""
    return f"{day.day} {day:%B %Y}"


class Level(StrEnum):
    """How much a finding weighs."""

    BLOCKER = "blocker"  # stops the move until it is mended or judged
    WARNING = "warning"  # endangers it, or costs money
    NOTE = "note"  # good to know; nothing to do


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what was found, what comes of it, and what to do. `code` is the same for the same kind."""

    level: Level
    code: str
    cause: str
    consequence: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        """The finding as JSON values."""
        return {name: str(value) for name, value in asdict(self).items()}

"""Waves: the list, and one wave with its recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from novation.moves.models import Wave
from novation.moves.selectors.tally import Tally, tally


def by_id(pk: int) -> Wave | None:
    """A wave with its programme; None when there is none of this number."""
    return Wave.objects.select_related("programme__source", "programme__target").filter(pk=pk).first()


@dataclass(frozen=True)
class Finding:
    """What the last readings found about a wave's customers before it is launched."""

    level: str
    cause: str
    consequence: str
    remedy: str
    code: str
    customers: int
    example: str


def counted(wave: Wave) -> Tally:
    """The wave's own counts."""
    return tally(wave.programme).in_wave(wave.pk)


def readiness(wave: Wave) -> Sequence[Finding]:
    """Findings of the pre-check over all customers of the wave, blockers first, the most frequent first."""
    found: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = {}
    rows = wave.moves.exclude(readiness=[]).values_list("reference", "readiness")
    for reference, entries in rows.iterator():
        for entry in entries:
            found.setdefault((entry.get("level", ""), entry.get("code", "")), []).append((reference, entry))
    out = [
        Finding(
            level=level,
            cause=cases[0][1].get("cause", code),
            consequence=cases[0][1].get("consequence", ""),
            remedy=cases[0][1].get("remedy", ""),
            code=code,
            customers=len(cases),
            example=cases[0][0],
        )
        for (level, code), cases in found.items()
    ]
    return sorted(out, key=lambda one: (one.level != "blocker", -one.customers, one.code))

"""Exports every customer's bundle and verifies each with the verifier that anybody can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from novation.evidence.verify import FAIL, UNKNOWN, Pins, Report, verify
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.services import checkpoints

#: What a bundle of a rehearsal cannot prove: no outside time service has stamped its checkpoints.
WITHOUT_STAMPS = "time stamps"


@dataclass
class Bundles:
    """What came of the export. `stamped` counts those whose time an outside service confirms."""

    written: int = 0
    verified: int = 0
    stamped: int = 0
    wrong: list[str] = field(default_factory=list)


def export_and_verify(folder: Path, *, now: datetime, step: Callable[[int], None]) -> Bundles:
    """Writes `folder/*.zip` and checks each file as it lies on disk.

    Args:
        folder: made when missing.
        now: programme time.
        step: called with the number of bundles so far.
    """
    found = Bundles()
    pins = Pins(log=(checkpoints.log_key().vkey,))
    moves = Move.objects.select_related("customer", "programme").order_by("reference")
    for path in bundles.export(list(moves), folder, now=now):
        found.written += 1
        report = verify(path.read_bytes(), at=now, pins=pins)
        trouble = complaint(report)
        if trouble:
            found.wrong.append(f"{path.name}: {trouble}")
        else:
            found.verified += 1
            found.stamped += report.exit_code == 0
        step(found.written)
    return found


def complaint(report: Report) -> str:
    """What is wrong with a bundle; empty when every check passes, save the time stamps that a rehearsal lacks."""
    for check in report.checks:
        if check.verdict == FAIL or (check.verdict == UNKNOWN and check.name != WITHOUT_STAMPS):
            return f"{check.name}: {check.reason}"
    return ""

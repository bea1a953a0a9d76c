"""Exports every customer's bundle and verifies each with the verifier that anybody can run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from novation.clock import Clock
from novation.engine import notary
from novation.evidence.verify import PASS, Report, verify
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.pins import own_pins
from novation.moves.selectors import certified

#: Certificates take a tenth of a second each; so many show what they look like.
CERTIFICATES = 30
#: Rounds in which stamps that are still awaited are asked for.
ROUNDS = 50


@dataclass
class Bundles:
    """What came of the export. `stamped` counts those whose time the two time services confirm."""

    written: int = 0
    verified: int = 0
    stamped: int = 0
    certified: int = 0
    wrong: list[str] = field(default_factory=list)


def export_and_verify(folder: Path, *, clock: Clock, step: Callable[[int], None]) -> Bundles:
    """Writes `folder/*.zip` and checks each file as it lies on disk.

    Args:
        folder: made when missing.
        clock: of the programme.
        step: called with the number of bundles so far.
    """
    found = Bundles()
    moves = list(Move.objects.select_related("customer", "programme").order_by("reference"))
    sample = list(certified.lacking(moves))[:CERTIFICATES]
    bundles.issue_certificates(sample, now=clock.now())
    found.certified = len(sample)
    pins = own_pins()
    for path in bundles.export(moves, folder, now=clock.now(), stamp=lambda: _stamp(clock)):
        found.written += 1
        report = verify(path.read_bytes(), at=clock.now(), pins=pins)
        trouble = complaint(report)
        if trouble:
            found.wrong.append(f"{path.name}: {trouble}")
        else:
            found.verified += 1
        found.stamped += any(one.name == "time stamps" and one.verdict == PASS for one in report.checks)
        step(found.written)
    return found


def _stamp(clock: Clock) -> None:
    for _round in range(ROUNDS):
        if not asyncio.run(notary.stamp_now(clock)):
            return


def complaint(report: Report) -> str:
    """What is wrong with a bundle, or could not be decided; empty when every check passes."""
    return next((f"{one.name}: {one.reason}" for one in report.checks if one.verdict != PASS), "")

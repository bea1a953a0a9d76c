"""Exports every customer's bundle and verifies each with the verifier that anybody can run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from novation.clock import Clock
from novation.engine import notary
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.pins import own_pins
from novation.moves.selectors import certified
from novation.rehearsal.bundle_check import verify_file

#: Certificates take a tenth of a second each; so many show what they look like.
CERTIFICATES = 30
#: Rounds in which stamps that are still awaited are asked for.
STAMP_ROUNDS = 50


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
    pins, now = own_pins(), clock.now()
    # The verifier knows nothing of the database, so others verify while this one writes.
    with ProcessPoolExecutor(2, get_context("spawn")) as other:
        looked_at = []
        for path in bundles.export(moves, folder, now=now, stamp=lambda: _fetch_stamps(clock)):
            found.written += 1
            looked_at.append((path.name, other.submit(verify_file, path, now, pins)))
            step(found.written)
        for name, answer in looked_at:
            trouble, stamped = answer.result()
            if trouble:
                found.wrong.append(f"{name}: {trouble}")
            else:
                found.verified += 1
            found.stamped += stamped
    return found


def _fetch_stamps(clock: Clock) -> None:
    for _round in range(STAMP_ROUNDS):
        if not asyncio.run(notary.stamp_now(clock)):
            return

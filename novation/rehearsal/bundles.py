"""Exports every customer's bundle and verifies each with the verifier that anybody can run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from novation.clock import Clock
from novation.engine import checkpointer
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.evidencelog.trust_anchors import own_pins
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.selectors import certified
from novation.rehearsal.bundle_check import verify_file
from novation.rehearsal.exporter import Verdict, entries_of

#: Certificates take a tenth of a second each; so many show what they look like.
CERTIFICATES = 30
#: So many bundles are verified sooner than two more processes have started.
FEW = 40
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

    def count(self, reference: str, verdict: Verdict) -> None:
        """Counts one bundle that lies on disk."""
        self.written += 1
        self.stamped += verdict.stamped
        if verdict.failure:
            self.wrong.append(f"{reference}: {verdict.failure}")
        else:
            self.verified += 1


def export_and_verify(
    folder: Path, verdicts: Mapping[str, Verdict], *, clock: Clock, step: Callable[[int], None]
) -> Bundles:
    """Writes `folder/*.zip` and checks each file as it lies on disk.

    Args:
        folder: made when missing.
        verdicts: of bundles that lie there; those to whose customers nothing has happened since are kept.
        clock: of the programme.
        step: called with the number of bundles so far.
    """
    found = Bundles()
    moves = list(Move.objects.select_related("customer", "programme").order_by("reference"))
    issue_missing(moves, clock, at_most=CERTIFICATES)
    found.certified = len(_bearers())
    entries = entries_of(moves)
    rest = []
    for move in moves:
        kept = verdicts.get(move.reference)
        if kept is None or kept.failure or kept.entries != entries.get(move.pk, 0):
            rest.append(move)
        else:
            found.count(move.reference, kept)
    step(found.written)
    _export_rest(found, rest, folder, clock=clock, step=step)
    return found


def _export_rest(
    found: Bundles, moves: list[Move], folder: Path, *, clock: Clock, step: Callable[[int], None]
) -> None:
    pins, now = own_pins(), clock.now()
    entries = entries_of(moves)
    written = bundles.export(moves, folder, now=now, stamp=lambda: fetch_stamps(clock))
    # The verifier knows nothing of the database, so others verify while this one writes.
    many = len(moves) > FEW
    with ProcessPoolExecutor(2, get_context("spawn")) if many else ThreadPoolExecutor(1) as others:
        begun = []
        for move, path in zip(moves, written, strict=True):
            begun.append((move, others.submit(verify_file, path, now, pins)))
            step(found.written + len(begun))
        for move, answer in begun:
            failure, stamped = answer.result()
            found.count(move.reference, Verdict(entries.get(move.pk, 0), failure, stamped))


def issue_missing(moves: Sequence[Move], clock: Clock, *, at_most: int) -> None:
    """Issues certificates to those of these moves that have ended and lack one, until there are enough in all.

    Args:
        moves: with `customer` and `programme` loaded.
        clock: of the programme.
        at_most: so many now.
    """
    bearers = _bearers()
    room = max(0, min(at_most, CERTIFICATES - len(bearers)))
    without = [move for move in moves if move.pk not in bearers] if room else []
    if lacking := list(islice(certified.lacking(without), room)):
        bundles.issue_certificates(lacking, now=clock.now(), stamp=lambda: fetch_stamps(clock))


def _bearers() -> set[int]:
    """Moves that bear a certificate."""
    issued = Event.objects.filter(tag=Tag.CERTIFICATE_ISSUED, move_id__isnull=False)
    return {pk for pk in issued.values_list("move_id", flat=True) if pk is not None}


def fetch_stamps(clock: Clock) -> None:
    """Asks the time services for every stamp that is awaited, until none is."""
    for _round in range(STAMP_ROUNDS):
        if not asyncio.run(checkpointer.stamp_now(clock)):
            return

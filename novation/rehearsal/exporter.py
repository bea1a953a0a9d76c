"""Exports and verifies bundles while the programme runs: a process of its own, for a processor that has time.

`python -m novation.rehearsal.exporter HOME` takes the customers whose move has ended and to whom no mail is on
its way. What it did stands in `exported.json`; whatever is missing there or has changed since is exported at the end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from novation.moves.models import Move

#: Customers in one export: each export signs a checkpoint.
BATCH = 12
#: Certificates in one batch: the clock does not jump while they are made.
CERTIFICATES_AT_ONCE = 4
#: Real seconds between two looks for customers who are done.
POLL_SECONDS = 2.0
#: The programme comes first.
NICENESS = 10


@dataclass(frozen=True)
class Verdict:
    """One bundle as it was verified on disk.

    Args:
        entries: entries of the customer's log that were there before the export.
        failure: what is wrong; empty when every check passes.
        stamped: its time is confirmed by the time services.
    """

    entries: int
    failure: str
    stamped: bool


def results_file(home: Path) -> Path:
    """Where the verdicts are kept, by reference."""
    return home / "exported.json"


def read_verdicts(home: Path) -> dict[str, Verdict]:
    """The verdicts so far; none when the exporter has not finished anything."""
    try:
        kept = json.loads(results_file(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {reference: Verdict(**verdict) for reference, verdict in kept.items()}


def main(home: Path) -> int:
    """Exports until SIGTERM, which lets the batch in hand be finished."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    os.nice(NICENESS)
    import django

    django.setup()
    verdicts: dict[str, Verdict] = {}
    while not stop.wait(POLL_SECONDS):
        ready = list(_ready(verdicts))
        if len(ready) >= BATCH:
            verdicts |= _export(home, ready[:BATCH])
            _save(home, verdicts)
    return 0


def entries_of(moves: Iterable[Move]) -> dict[int, int]:
    """How many entries the log of each of these moves has, by primary key."""
    from django.db.models import Count

    from novation.evidencelog.models import Event

    ids = [move.pk for move in moves]
    counted = Event.objects.filter(move_id__in=ids).order_by().values_list("move_id").annotate(Count("seq"))
    return dict(counted)


def _ready(verdicts: Mapping[str, Verdict]) -> Iterator[Move]:
    """Customers whose story is over, as far as anybody can tell now, and who have no bundle that tells it."""
    from novation.domain.stage import ENDED
    from novation.moves.models import Move
    from novation.notices.models import Notice

    expecting = Notice.objects.filter(state__in=(Notice.State.QUEUED, Notice.State.SENDING))
    ended = (
        Move.objects.filter(stage__in=ENDED, lease_until__isnull=True)
        .exclude(pk__in=expecting.values("move"))
        .select_related("customer", "programme__source", "programme__target")
        .order_by("reference")
    )
    moves = list(ended)
    entries = entries_of(moves)
    for move in moves:
        known = verdicts.get(move.reference)
        if known is None or known.failure or known.entries != entries.get(move.pk, 0):
            yield move


def _export(home: Path, moves: list[Move]) -> dict[str, Verdict]:
    from novation.clock import clock
    from novation.evidencelog.trust_anchors import own_pins
    from novation.moves import bundles
    from novation.rehearsal.bundle_check import verify_file
    from novation.rehearsal.bundles import fetch_stamps, issue_missing
    from novation.rehearsal.clock_hold import hold_clock, hold_file

    # A stamp that came after a jump would speak of another day than its checkpoint.
    with hold_clock(hold_file(home)):
        issue_missing(moves, clock(), at_most=CERTIFICATES_AT_ONCE)
    # Released in between, so that a jump need not wait for both.
    with hold_clock(hold_file(home)):
        entries, now = entries_of(moves), clock().now()
        written = bundles.export(moves, home / "bundles", now=now, stamp=lambda: fetch_stamps(clock()))
        first = next(written)
    paths, pins = [first, *written], own_pins()
    found: dict[str, Verdict] = {}
    for move, path in zip(moves, paths, strict=True):
        failure, stamped = verify_file(path, clock().now(), pins)
        found[move.reference] = Verdict(entries.get(move.pk, 0), failure, stamped)
    return found


def _save(home: Path, verdicts: Mapping[str, Verdict]) -> None:
    draft = results_file(home).with_suffix(".part")
    draft.write_text(json.dumps({name: asdict(one) for name, one in verdicts.items()}), encoding="utf-8")
    draft.replace(results_file(home))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

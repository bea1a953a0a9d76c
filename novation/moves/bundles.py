"""Collects what proves one move and packs it into a bundle that anyone can verify offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from novation.evidence import bundle
from novation.evidence.tree import Tree
from novation.evidence.verifier.certificates import anchors, read_chain
from novation.evidence.verify import Pins, as_text, verify
from novation.moves import certificates
from novation.moves.models import Checkpoint, Document, Event, Move, Stamp
from novation.moves.services import checkpoints, stamps
from novation.moves.services.erasing import ERASED

#: Exit codes of the verifier; the worst of several bundles counts.
PASS, FAIL, UNKNOWN = 0, 1, 2
_ENDINGS = {"text/html": "html", "text/plain": "txt", "application/json": "json", "message/rfc822": "eml"}


def whole_log() -> Tree:
    """The Merkle tree over the whole log; built once for an export of many bundles."""
    return Tree(
        [bytes(leaf) for leaf in Event.objects.order_by("seq").values_list("leaf", flat=True).iterator()]
    )


def export(
    moves: QuerySet[Move] | Sequence[Move], folder: Path, *, now: datetime, certify: bool = False
) -> Iterator[Path]:
    """Writes one bundle per move, `evidence-<reference>.zip`, and yields each path when it is on disk.

    Args:
        moves: with `customer` and `programme` loaded.
        folder: made when it is missing.
        now: programme time of the export; a checkpoint is signed first, so that it holds everything.
        certify: issue a certificate first for each move that has ended and lacks one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    newest = checkpoints.sign(now=now)
    if newest is None:
        return
    if certify:
        moves = list(moves)
        for move in certificates.lacking(moves):
            seal = certificates.company_seal(move.programme.sender_name, now=now)
            certificates.issue(move, newest, seal, now=max(now, newest.at))
        newest = checkpoints.sign(now=now) or newest
    tree = whole_log()
    notes = {one.size: bytes(one.note) for one in Checkpoint.objects.filter(size__lte=len(tree))}
    for move in moves:
        path = folder / f"evidence-{move.reference}.zip"
        draft = path.with_suffix(".part")
        draft.write_bytes(pack(move, tree, notes, now=max(now, newest.at)))
        draft.replace(path)
        yield path


def pack(move: Move, tree: Tree, notes: dict[int, bytes], *, now: datetime) -> bytes:
    """The bytes of one bundle.

    Args:
        move: whose.
        tree: over the whole log.
        notes: signed checkpoints by log size.
        now: programme time.
    """
    events = list(Event.objects.filter(move=move).order_by("number"))
    key = checkpoints.log_key()
    needed = bundle.checkpoints_needed([event.seq for event in events], notes)
    certificate = certificates.newest(events)
    chains = {s: chain for s in settings.NOVATION_TIME_SERVICES if (chain := stamps.pinned_chain(s))}
    stamped: dict[int, dict[str, bytes]] = {}
    for stamp in Stamp.objects.filter(checkpoint__in=needed, answer__isnull=False, service__in=list(chains)):
        stamped.setdefault(stamp.checkpoint_id, {})[stamp.service] = bytes(stamp.answer or b"")
    given = bundle.BundleInput(
        reference=move.reference,
        issuer=move.programme.sender_name,
        language=move.customer.language or "en",
        issued=now,
        events=[bundle.BundleEvent(bytes(event.body), event.personal) for event in events],
        checkpoints=[bundle.BundleCheckpoint(notes[size], stamped.get(size, {})) for size in needed],
        proofs=tree,
        log_keys=[key.vkey],
        certificate=certificate,
        seal_chain=_seal_chain() if certificate else [],
        tsa_chains={
            service: chains[service] for service in sorted({s for one in stamped.values() for s in one})
        },
        documents=_documents(events),
    )
    return bundle.build_bundle(given, key)


def _seal_chain() -> list[bytes]:
    return read_chain((Path(settings.NOVATION_HOME) / "keys" / "seal.pem").read_bytes())


def _documents(events: Iterable[Event]) -> list[bundle.Document]:
    named = {name for event in events for name in json.loads(bytes(event.body))["data"].get("documents", [])}
    # What was erased on record keeps its name alone; the bundle shows the record.
    rows = Document.objects.in_bulk(sorted(named))
    return [
        bundle.Document(row.kind, _ENDINGS.get(row.media.partition(";")[0], "bin"), bytes(row.content))
        for row in rows.values()
        if row.kind != ERASED
    ]


def own_pins() -> Pins:
    """What this installation itself trusts: its log key, and the time services that it has pinned."""
    seal = Path(settings.NOVATION_HOME) / "keys" / "seal.pem"
    services = [
        anchor
        for service in settings.NOVATION_TIME_SERVICES
        if (chain := stamps.pinned_chain(service))
        for anchor in sorted(anchors(chain))
    ]
    sealed = tuple(sorted(anchors(_seal_chain()))) if seal.exists() else ()
    return Pins(log=(checkpoints.log_vkey(),), tsa=tuple(services), seal=sealed)


def verify_files(paths: Sequence[Path], *, now: datetime, as_json: bool = False) -> int:
    """Prints the report of each bundle, judged with this installation's own log key.

    Returns:
        The worst exit code: 0 pass, 1 fail, 2 unknown.
    """
    codes = set()
    pins = own_pins()
    for path in paths:
        try:
            report = verify(path.read_bytes(), at=now, pins=pins)
        except OSError as error:
            print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
            codes.add(FAIL)
            continue
        print(report.as_json() if as_json else f"{path.name}\n{as_text(report)}")
        codes.add(report.exit_code)
    return FAIL if FAIL in codes else UNKNOWN if UNKNOWN in codes else PASS

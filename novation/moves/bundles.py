"""Collects what proves one move and packs it into a bundle that anyone can verify offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from novation.evidence import bundle
from novation.evidence.tags import Tag
from novation.evidence.tree import Tree
from novation.evidence.verify import as_text, verify
from novation.moves.models import Checkpoint, Document, Event, Move, Stamp
from novation.moves.pins import own_pins, seal_chain
from novation.moves.selectors import certified
from novation.moves.services import checkpoints, events, stamps
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
    moves: QuerySet[Move] | Sequence[Move],
    folder: Path,
    *,
    now: datetime,
    certify: bool = False,
    actor: str = "command",
    stamp: Callable[[], object] | None = None,
) -> Iterator[Path]:
    """Writes one bundle per move, `evidence-<reference>.zip`, and yields each path when it is on disk.

    Args:
        moves: with `customer` and `programme` loaded.
        folder: made when it is missing.
        now: programme time of the export; a checkpoint is signed first, so that it holds everything.
        certify: issue a certificate first for each move that has ended and lacks one.
        actor: who takes the bundles out; that is an entry of the log.
        stamp: has the new checkpoint stamped; without it the bundles say that the stamp is awaited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moves = list(moves)
    if certify:
        _certify(moves, now)
    with transaction.atomic():
        # The entry makes the checkpoint a fresh one, even when nothing has happened for days.
        events.record(Tag.OPERATOR_EXPORTED, at=now, actor=actor, data={"bundles": len(moves)})
        newest = checkpoints.sign(now=now)
    if newest is None:
        return
    if stamp is not None:
        stamp()
    tree = whole_log()
    notes = {one.size: bytes(one.note) for one in Checkpoint.objects.filter(size__lte=len(tree))}
    for move in moves:
        path = folder / f"evidence-{move.reference}.zip"
        draft = path.with_suffix(".part")
        draft.write_bytes(pack(move, tree, notes, now=max(now, newest.at)))
        draft.replace(path)
        yield path


def _certify(moves: Sequence[Move], now: datetime) -> None:
    # Typesetting and sealing take long to load, and most of those who import this module need neither.
    from novation.moves import certificates

    newest = checkpoints.sign(now=now)
    for move in certified.lacking(moves):
        seal = certificates.company_seal(move.programme.sender_name, now=now)
        if newest is not None:
            certificates.issue(move, newest, seal, now=max(now, newest.at))


def pack(move: Move, tree: Tree, notes: dict[int, bytes], *, now: datetime) -> bytes:
    """The bytes of one bundle.

    Args:
        move: whose.
        tree: over the whole log.
        notes: signed checkpoints by log size.
        now: programme time.
    """
    log = list(Event.objects.filter(move=move).order_by("number"))
    key = checkpoints.log_key()
    needed = bundle.checkpoints_needed([event.seq for event in log], notes)
    certificate = certified.newest(log)
    chains = {s: chain for s in settings.NOVATION_TIME_SERVICES if (chain := stamps.pinned_chain(s))}
    stamped: dict[int, dict[str, bytes]] = {}
    for stamp in Stamp.objects.filter(checkpoint__in=needed, answer__isnull=False, service__in=list(chains)):
        stamped.setdefault(stamp.checkpoint_id, {})[stamp.service] = bytes(stamp.answer or b"")
    given = bundle.BundleInput(
        reference=move.reference,
        issuer=move.programme.sender_name,
        language=move.customer.language or "en",
        issued=now,
        events=[bundle.BundleEvent(bytes(event.body), event.personal) for event in log],
        checkpoints=[bundle.BundleCheckpoint(notes[size], stamped.get(size, {})) for size in needed],
        proofs=tree,
        log_keys=[key.vkey],
        certificate=certificate,
        seal_chain=seal_chain() if certificate else [],
        tsa_chains={
            service: chains[service] for service in sorted({s for one in stamped.values() for s in one})
        },
        documents=_documents(log),
    )
    return bundle.build_bundle(given, key)


def _documents(log: Iterable[Event]) -> list[bundle.Document]:
    named = {name for event in log for name in json.loads(bytes(event.body))["data"].get("documents", [])}
    # What was erased on record keeps its name alone; the bundle shows the record.
    rows = Document.objects.in_bulk(sorted(named))
    return [
        bundle.Document(row.kind, _ENDINGS.get(row.media.partition(";")[0], "bin"), bytes(row.content))
        for row in rows.values()
        if row.kind != ERASED
    ]


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
        print(
            json.dumps(report.as_json(), indent=1, ensure_ascii=False)
            if as_json
            else f"{path.name}\n{as_text(report)}"
        )
        codes.add(report.exit_code)
    return FAIL if FAIL in codes else UNKNOWN if UNKNOWN in codes else PASS

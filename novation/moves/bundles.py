"""Collects what proves one move and packs it into a bundle that anyone can verify offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from novation.domain.errors import BadInput
from novation.evidence import bundle
from novation.evidence.note import LogKey
from novation.evidence.tags import Tag
from novation.evidence.tree import ProvingTree
from novation.evidence.verify import as_text
from novation.moves.judging import judge
from novation.moves.models import Checkpoint, Document, Event, Move, Stamp
from novation.moves.pins import seal_chain
from novation.moves.selectors import certified
from novation.moves.services import checkpoints, events, logkeys, stamps
from novation.moves.services.erasing import ERASED
from novation.moves.services.renewals import base
from novation.moves.stored_tree import StoredTree

if TYPE_CHECKING:
    from novation.evidence.seal import Seal

#: Exit codes of the verifier; the worst of several bundles counts.
PASS, FAIL, UNKNOWN = 0, 1, 2
_ENDINGS = {
    "text/html": "html",
    "text/plain": "txt",
    "application/json": "json",
    "message/rfc822": "eml",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
}


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
    wanted = list(certified.lacking(moves) if certify else certified.spoilt(moves))
    if wanted:
        issue_certificates(wanted, now=now, stamp=stamp)
    with transaction.atomic():
        # The entry makes the checkpoint a fresh one, even when nothing has happened for days.
        events.record(Tag.OPERATOR_EXPORTED, at=now, actor=actor, data={"bundles": len(moves)})
        newest = checkpoints.sign(now=now)
        keys = SigningKeys.present()
    if newest is None:
        return
    if stamp is not None:
        stamp()
    tree = StoredTree()
    notes = {one.size: bytes(one.note) for one in Checkpoint.objects.filter(size__lte=newest.size)}
    chains = stamps.pinned_chains()
    for move in moves:
        path = folder / f"evidence-{move.reference}.zip"
        draft = path.with_suffix(".part")
        draft.write_bytes(pack(move, tree, notes, keys, chains, now=max(now, newest.at)))
        draft.replace(path)
        yield path


def issue_certificates(
    moves: Iterable[Move], *, now: datetime, stamp: Callable[[], object] | None = None
) -> None:
    """Makes, seals and records a certificate for each of these moves; each has ended.

    Args:
        moves: with `customer` and `programme` loaded.
        now: programme time.
        stamp: has the checkpoint stamped whose root stands on the certificates.
    """
    # Typesetting and sealing take long to load, and most of those who import this module need neither.
    from novation.moves import certificates

    newest = checkpoints.sign(now=now)
    if stamp is not None:
        stamp()
    seals: dict[str, Seal] = {}
    for move in moves:
        company = move.programme.sender_name
        seals[company] = seals.get(company) or certificates.company_seal(company, now=now)
        if newest is not None:
            certificates.issue(move, newest, seals[company], now=max(now, newest.at))


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The newest log key, which signs the bundles of one export, and what leads to it."""

    newest: LogKey
    public: list[str]
    handovers: list[bytes]

    @classmethod
    def present(cls) -> SigningKeys:
        """As they are now; read together with the checkpoint of the export, in one transaction."""
        return cls(logkeys.log_key(), logkeys.log_vkeys(), logkeys.handovers())


def pack(
    move: Move,
    tree: ProvingTree,
    notes: dict[int, bytes],
    keys: SigningKeys,
    chains: Mapping[str, Sequence[bytes]],
    *,
    now: datetime,
) -> bytes:
    """The bytes of one bundle.

    Args:
        move: whose.
        tree: over the whole log.
        notes: signed checkpoints by log size, the newest of them signed by the newest key.
        keys: all log keys.
        chains: pinned certificates of the time services, by name.
        now: programme time.
    """
    # What the engine has added since is on no checkpoint yet, and belongs into the next bundle.
    log = list(Event.objects.filter(move=move, seq__lt=max(notes)).order_by("number"))
    needed = bundle.checkpoints_needed([event.seq for event in log], notes)
    certificate = certified.newest(log)
    stamped: dict[int, dict[str, bytes]] = {}
    for stamp in Stamp.objects.filter(checkpoint__in=needed, answer__isnull=False):
        if base(stamp.service) in chains:
            stamped.setdefault(stamp.checkpoint_id, {})[stamp.service] = bytes(stamp.answer or b"")
    used = sorted({base(name) for one in stamped.values() for name in one})
    given = bundle.BundleInput(
        reference=move.reference,
        issuer=move.programme.sender_name,
        language=move.customer.language or "en",
        issued=now,
        events=[bundle.BundleEvent(bytes(event.body), event.personal) for event in log],
        checkpoints=[bundle.BundleCheckpoint(notes[size], stamped.get(size, {})) for size in needed],
        proofs=tree,
        log_keys=keys.public,
        handovers=keys.handovers,
        certificate=certificate,
        seal_chain=seal_chain() if certificate else [],
        tsa_chains={service: chains[service] for service in used},
        documents=_documents(log),
    )
    return bundle.build_bundle(given, keys.newest)


def _documents(log: Iterable[Event]) -> list[bundle.Document]:
    named = {name for event in log for name in json.loads(bytes(event.body))["data"].get("documents", [])}
    # What was erased on record keeps its name alone; the bundle shows the record.
    rows = Document.objects.in_bulk(sorted(named))
    return [
        bundle.Document(row.kind, _ENDINGS.get(row.media.partition(";")[0], "bin"), bytes(row.content))
        for row in rows.values()
        if row.kind != ERASED
    ]


def verify_files(
    paths: Sequence[Path], *, now: datetime, as_json: bool = False, witnesses: Sequence[Path] = ()
) -> int:
    """Prints the report of each bundle, judged with this installation's own keys and checkpoints.

    Args:
        paths: of the bundles.
        now: programme time.
        as_json: for programs.
        witnesses: receipt mails, checkpoints or older bundles to compare each bundle with.

    Returns:
        The worst exit code: 0 pass, 1 fail, 2 unknown.

    Raises:
        BadInput: a witness cannot be read.
    """
    codes = set()
    try:
        held = [path.read_bytes() for path in witnesses]
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read: {error.strerror}.") from error
    for path in paths:
        try:
            report = judge(path.read_bytes(), at=now, witnesses=held)
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

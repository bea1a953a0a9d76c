"""Collects what proves one customer's history and packs it into a bundle that anyone can verify offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from novation.domain.errors import BadInput
from novation.evidence import bundle
from novation.evidence.note import LogKey
from novation.evidence.tags import Tag
from novation.evidence.tree import ProvingTree
from novation.evidence.verify import as_text
from novation.evidencelog.models import ERASED, Document, Event, Stamp
from novation.evidencelog.services import log_keys
from novation.evidencelog.services.timestamp_renewal import base
from novation.evidencelog.trust_anchors import seal_chain
from novation.evidencelog.verification import judge

if TYPE_CHECKING:
    pass

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


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The newest log key, which signs the bundles of one export, and what leads to it."""

    newest: LogKey
    public: list[str]
    handovers: list[bytes]

    @classmethod
    def present(cls) -> SigningKeys:
        """As they are now; read together with the checkpoint of the export, in one transaction."""
        return cls(log_keys.log_key(), log_keys.log_vkeys(), log_keys.handovers())


@dataclass(frozen=True, slots=True)
class BundleOwner:
    """Whose bundle it is.

    Args:
        reference: of the customer; the subject of its events.
        issuer: the company that issues the bundle.
        language: of its README, such as `de`.
    """

    reference: str
    issuer: str
    language: str


def pack(
    owner: BundleOwner,
    tree: ProvingTree,
    notes: dict[int, bytes],
    keys: SigningKeys,
    chains: Mapping[str, Sequence[bytes]],
    *,
    now: datetime,
) -> bytes:
    """The bytes of one bundle.

    Args:
        owner: whose.
        tree: over the whole log.
        notes: signed checkpoints by log size, the newest of them signed by the newest key.
        keys: all log keys.
        chains: pinned certificates of the time services, by name.
        now: programme time.
    """
    # What the engine has added since is on no checkpoint yet, and belongs into the next bundle.
    mine = Event.objects.filter(subject=owner.reference, seq__lt=max(notes))
    log = list(mine.order_by("number"))
    needed = bundle.checkpoints_needed([event.seq for event in log], notes)
    certificate = newest_certificate(log)
    stamped: dict[int, dict[str, bytes]] = {}
    for stamp in Stamp.objects.filter(checkpoint__in=needed, answer__isnull=False):
        if base(stamp.service) in chains:
            stamped.setdefault(stamp.checkpoint_id, {})[stamp.service] = bytes(stamp.answer or b"")
    used = sorted({base(name) for one in stamped.values() for name in one})
    given = bundle.BundleInput(
        reference=owner.reference,
        issuer=owner.issuer,
        language=owner.language,
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


def newest_certificate(log: Iterable[Event]) -> bytes | None:
    """The certificate that these events of one customer name last, or None when none was issued."""
    named = [event for event in log if event.tag == Tag.CERTIFICATE_ISSUED]
    if not named:
        return None
    sha256 = json.loads(bytes(named[-1].body))["data"]["certificate"]
    return bytes(Document.objects.get(sha256=sha256).content)


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

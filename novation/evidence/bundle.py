"""One customer's bundle `evidence-<reference>.zip`: what happened with it, in deterministic bytes."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, Protocol

from novation.evidence.canonical import canonical, utc_text
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import VERSION, document_digest
from novation.evidence.errors import BadBundle
from novation.evidence.note import Checkpoint, Signer, TlogProof, consistency_file, read_vkey
from novation.evidence.tree import leaf_hash
from novation.evidence.verifier.archive import pack
from novation.evidence.verifier.certificates import write_chain
from novation.evidence.verifier.content_checks import DOCUMENT_FOLDERS, MANIFEST, MANIFEST_SIGNATURE
from novation.evidence.verifier.embedding import verify_script

LANGUAGES = ("cs", "de", "en", "es", "fr")


class Proofs(Protocol):
    """Where proofs come from; `tree.Tree` is one."""

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` stands in the first `size` leaves."""
        ...

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` leaves continue the first `old` ones."""
        ...


@dataclass(frozen=True, slots=True)
class BundleEvent:
    """One event: its logged bytes, and what is left of its personal openings (`Entry.personal`)."""

    body: bytes
    personal: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that an event names by its SHA-256; folder is `shown`, `mail`, `remote` or `items`."""

    folder: str
    extension: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BundleCheckpoint:
    """A signed checkpoint and its RFC 3161 answers by service (`service.renewal-1` for renewals)."""

    note: bytes
    stamps: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class BundleInput:
    """What goes into a bundle.

    reference: the customer's own, equal to the subject of every event; one bundle holds all its moves.
    issuer: name of the company that issues it. language: of the customer, such as `cs` or `de-AT`. issued: now.
    events: all of this subject.
    checkpoints: any order; the newest must hold all events, and must be at most a day old.
    proofs: a `Tree` over the log, or anything that answers like one.
    log_keys: C2SP verifier keys, oldest first. handovers: one note for each later key.
    tsa_chains: by name of the service, DER certificates: signer, issuers, root. A service whose signing
    certificate changes gets a new name.
    certificate: sealed PDF, named by the last `certificate:issued` event as `{"certificate": sha256}`.
    seal_chain: DER certificates of its seal: signer, issuers, root.
    """

    reference: str
    issuer: str
    language: str
    issued: datetime
    events: Sequence[BundleEvent]
    checkpoints: Sequence[BundleCheckpoint]
    proofs: Proofs
    log_keys: Sequence[str]
    documents: Sequence[Document] = ()
    handovers: Sequence[bytes] = ()
    tsa_chains: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    certificate: bytes | None = None
    seal_chain: Sequence[bytes] = ()


def build_bundle(given: BundleInput, signer: Signer) -> bytes:
    """The bytes of the bundle, signed by the newest log key; the same input gives the same bytes.

    Raises BadBundle, with a sentence that names the event or document, when the material has a gap.
    """
    if not given.events or not given.checkpoints or not given.log_keys:
        raise BadBundle("A bundle needs events, a checkpoint and the log key")
    if signer.public.vkey != given.log_keys[-1]:
        raise BadBundle("A bundle is signed by the newest of its log keys")
    says = [json.loads(event.body) for event in given.events]
    _check_events(given.reference, says)
    checkpoints = sorted(given.checkpoints, key=lambda one: Checkpoint.unchecked(one.note).size)
    newest = Checkpoint.unchecked(checkpoints[-1].note)
    if says[-1]["seq"] >= newest.size:
        raise BadBundle(f"The newest checkpoint does not hold event {says[-1]['seq']}; sign one first")
    contents = {
        "README.txt": _readme(given, newest.size, checkpoints),
        "verify.py": verify_script(),
        "verify.sh": (files("novation.evidence.verifier") / "verify.sh").read_bytes(),
        "bundle.json": _description(given, newest),
        **_event_files(given, says, newest, checkpoints[-1].note),
        **_checkpoint_files(given, checkpoints),
        **_document_files(given, says),
        **_key_files(given),
    }
    if given.certificate is not None:
        contents["certificate.pdf"] = given.certificate
    listed = sorted(contents)
    manifest = "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in listed).encode()
    contents[MANIFEST] = manifest
    contents[MANIFEST_SIGNATURE] = signer.sign(manifest)
    return pack(contents)


def checkpoints_needed(seqs: Iterable[int], sizes: Iterable[int]) -> list[int]:
    """Which checkpoints a bundle carries: for each event the first that holds it, and the newest of all.

    seqs: positions of the events. sizes: of all checkpoints that were signed. The first checkpoint after an
    event is what shows that it was not back-dated.
    """
    ordered = sorted(set(sizes))
    if not ordered:
        return []
    needed = {ordered[min(bisect_right(ordered, seq), len(ordered) - 1)] for seq in seqs}
    return sorted({*needed, ordered[-1]})


def _check_events(reference: str, says: Sequence[Mapping[str, Any]]) -> None:
    for number, event in enumerate(says, 1):
        if event["v"] != VERSION:
            raise BadBundle(
                f"Event {event['seq']} is of format {event['v']}; a bundle is of one format, {VERSION}"
            )
        if event["subject"] != reference:
            raise BadBundle(f"Event {event['seq']} belongs to {event['subject']}, not to {reference}")
        if event["number"] != number:
            raise BadBundle(f"Event number {number} of {reference} is missing or out of order")


def _description(given: BundleInput, newest: Checkpoint) -> bytes:
    head = EMPTY_HEAD
    for event in given.events:
        head = extend_chain(head, leaf_hash(event.body))
    return canonical(
        {
            "events": len(given.events),
            "head": head.hex(),
            "issued": utc_text(given.issued),
            "issuer": given.issuer,
            "language": given.language,
            "origin": newest.origin,
            "reference": given.reference,
            "size": newest.size,
            "v": VERSION,
        }
    )


def _event_files(
    given: BundleInput, says: Sequence[Mapping[str, Any]], newest: Checkpoint, note: bytes
) -> dict[str, bytes]:
    contents = {}
    for event, parsed in zip(given.events, says, strict=True):
        seq = parsed["seq"]
        proof = TlogProof(seq, given.proofs.inclusion_proof(seq, newest.size), note)
        contents[f"events/{seq:09d}.json"] = event.body
        contents[f"events/{seq:09d}.tlog-proof"] = proof.to_bytes()
        if event.personal:
            openings = {name: dict(opening) for name, opening in event.personal.items()}
            contents[f"personal/{seq:09d}.json"] = canonical(openings)
    return contents


def _checkpoint_files(given: BundleInput, ordered: Sequence[BundleCheckpoint]) -> dict[str, bytes]:
    contents = {}
    earlier = 0
    for one in ordered:
        size = Checkpoint.unchecked(one.note).size
        contents[f"checkpoints/{size:09d}.note"] = one.note
        if size == earlier:
            raise BadBundle(f"Two checkpoints of {size} entries; give one of them")
        if earlier:
            proof = consistency_file(earlier, given.proofs.consistency_proof(earlier, size), one.note)
            contents[f"checkpoints/{earlier:09d}-{size:09d}.consistency"] = proof
        for service, answer in one.stamps.items():
            if service.split(".")[0] not in given.tsa_chains:
                raise BadBundle(f"The time service {service} has no certificate chain")
            contents[f"checkpoints/{size:09d}.{service}.tsr"] = answer
        earlier = size
    return contents


def _document_files(given: BundleInput, says: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    first: dict[str, int] = {}
    gone: set[str] = set()
    for event in says:
        for digest in event["data"].get("documents", ()):
            first.setdefault(digest, event["seq"])
        gone.update(event["data"].get("erased", {}).get("documents", ()))
    contents = {}
    for one in given.documents:
        digest = document_digest(one.content)
        if one.folder not in DOCUMENT_FOLDERS:
            raise BadBundle(f"Documents stand in {', '.join(DOCUMENT_FOLDERS)}, not in {one.folder}")
        if digest not in first or digest in gone:
            raise BadBundle(f"No event names the document {digest} in {one.folder}, or it was erased")
        contents[f"{one.folder}/{first[digest]:09d}-{digest[:16]}.{one.extension}"] = one.content
    missing = set(first) - gone - {document_digest(one.content) for one in given.documents}
    if missing:
        digest = min(missing)
        raise BadBundle(f"Event {first[digest]} names the document {digest}, which was not given")
    return contents


def _key_files(given: BundleInput) -> dict[str, bytes]:
    contents = {}
    for number, vkey in enumerate(given.log_keys, 1):
        contents[f"keys/log-{number}.vkey"] = (vkey + "\n").encode()
        contents[f"keys/log-{number}.pem"] = read_vkey(vkey).pem
    if len(given.handovers) != len(given.log_keys) - 1:
        raise BadBundle("Each log key after the first needs the note by which it was handed over")
    for number, handover in enumerate(given.handovers, 2):
        contents[f"keys/handover-{number}.note"] = handover
    for service, chain in given.tsa_chains.items():
        contents[f"keys/tsa-{service}.pem"] = write_chain(list(chain))
    if given.seal_chain:
        contents["keys/seal.pem"] = write_chain(list(given.seal_chain))
    return contents


def _stamp_commands(checkpoints: Sequence[BundleCheckpoint]) -> str:
    """How to check, by hand, the stamps of the newest checkpoint that bears some."""
    for one in reversed(checkpoints):
        services = [service for service in sorted(one.stamps) if "." not in service]
        if services:
            place = f"checkpoints/{Checkpoint.unchecked(one.note).size:09d}"
            return "\n".join(
                f"   openssl ts -verify -in {place}.{service}.tsr -data {place}.note"
                f" -CAfile keys/tsa-{service}.pem -untrusted keys/tsa-{service}.pem"
                for service in services
            )
    return "   ..."


def _readme(given: BundleInput, size: int, checkpoints: Sequence[BundleCheckpoint]) -> bytes:
    own = given.language.split("-")[0].lower()
    parts = []
    for language in dict.fromkeys([own if own in LANGUAGES else "en", "en"]):
        template = (files("novation.evidence.readme") / f"{language}.txt").read_text("utf-8")
        parts.append(
            template.format(
                reference=given.reference,
                issuer=given.issuer,
                issued=utc_text(given.issued)[:16].replace("T", " ") + " UTC",
                events=len(given.events),
                size=size,
                key=len(given.log_keys),
                vkey=given.log_keys[-1],
                stamp=_stamp_commands(checkpoints),
            )
        )
    return ("\n" + "-" * 100 + "\n\n").join(parts).encode()

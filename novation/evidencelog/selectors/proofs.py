"""The proof of one entry: from its bytes over the path of the tree to a checkpoint that others have stamped."""

from __future__ import annotations

from dataclasses import dataclass

from novation.evidence.note import Checkpoint as Signed
from novation.evidence.note import TlogProof, read_vkey
from novation.evidence.tree import leaf_hash, verify_inclusion
from novation.evidencelog.models import Checkpoint, Event, Stamp
from novation.evidencelog.services import log_keys
from novation.evidencelog.stored_tree import StoredTree


@dataclass(frozen=True)
class Proof:
    """What shows that an entry stands in the log since a certain time.

    Args:
        event: the entry.
        leaf: computed from its bytes just now.
        path: hashes of the inclusion proof.
        checkpoint: the first that holds the entry; None while none was signed since.
        stamps: what time services say of that checkpoint.
        leaf_holds, path_holds, signature_holds: computed just now, from the stored bytes.
        file: the proof as bundles carry it (c2sp.org/tlog-proof).
    """

    event: Event
    leaf: bytes
    path: list[bytes]
    checkpoint: Checkpoint | None
    stamps: list[Stamp]
    leaf_holds: bool
    path_holds: bool
    signature_holds: bool
    file: bytes

    @property
    def holds(self) -> bool:
        """Everything that could be computed is right."""
        return self.leaf_holds and (self.checkpoint is None or (self.path_holds and self.signature_holds))

    @property
    def text(self) -> str:
        """The proof file, to be read."""
        return self.file.decode()


def proof_of(seq: int) -> Proof | None:
    """The proof of the entry at a position of the log; None when there is none."""
    event = Event.objects.filter(pk=seq).first()
    if event is None:
        return None
    leaf = leaf_hash(bytes(event.body))
    holds = leaf == bytes(event.leaf)
    checkpoint = Checkpoint.objects.filter(size__gt=seq).order_by("size").first()
    if checkpoint is None:
        return Proof(event, leaf, [], None, [], holds, False, False, b"")
    path = StoredTree().inclusion_proof(seq, checkpoint.size)
    note = bytes(checkpoint.note)
    return Proof(
        event=event,
        leaf=leaf,
        path=path,
        checkpoint=checkpoint,
        stamps=list(checkpoint.stamps.order_by("service")),
        leaf_holds=holds,
        path_holds=verify_inclusion(leaf, seq, checkpoint.size, path, bytes(checkpoint.root)),
        signature_holds=_signed(note, bytes(checkpoint.root)),
        file=TlogProof(seq, path, note).to_bytes(),
    )


def _signed(note: bytes, root: bytes) -> bool:
    try:
        return Signed.opened(note, *map(read_vkey, log_keys.log_vkeys())).root == root
    except ValueError:
        return False

"""The Merkle tree over the log (RFC 6962, section 2.1): roots and proofs.

All functions take leaf hashes (`Entry.leaf`), not bodies. `Tree` holds a whole log in memory; whoever keeps the
nodes elsewhere gives `ProvingTree` a way to look them up. `frontier.Frontier` holds only what appending needs.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from novation.evidence.verifier.merkle import leaf_hash, node_hash, verify_consistency, verify_inclusion

__all__ = [
    "EMPTY_ROOT",
    "Tree",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProvingTree(ABC):
    """A tree whose complete nodes can be looked up, so that a proof for any past size costs O(log² n) of them."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of leaves."""

    @abstractmethod
    def node(self, level: int, index: int) -> bytes:
        """The complete node at this place: level 0 are the leaves, each node covers 2^level of them."""

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves (all by default)."""
        size = len(self) if size is None else size
        self._check(0 <= size <= len(self))
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The siblings from leaf `index` up to the root of the first `size` leaves."""
        size = len(self) if size is None else size
        self._check(0 <= index < size <= len(self))
        proof: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start = middle
        return proof[::-1]

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """The hashes that show the first `old` leaves unchanged in the first `new` leaves."""
        new = len(self) if new is None else new
        self._check(0 <= old <= new <= len(self))
        if old in (0, new):
            return []
        proof: list[bytes] = []
        start, end, whole = 0, new, True
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start, whole = middle, False
        if not whole:
            proof.append(self._hash(start, end))
        return proof[::-1]

    def _hash(self, start: int, end: int) -> bytes:
        # `start` is a multiple of the largest power of two below the width, so a full half is one node.
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self.node(level, start >> level)
        middle = start + _split(width)
        return node_hash(self._hash(start, middle), self._hash(middle, end))

    @staticmethod
    def _check(possible: bool) -> None:
        if not possible:
            raise ValueError("The tree has no such leaf or size")


class Tree(ProvingTree):
    """A growing tree in memory, 64 bytes an entry."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // 32

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash of 32 bytes; another length raises ValueError."""
        if len(leaf) != 32:
            raise ValueError("A leaf hash has 32 bytes")
        level, node = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            row = self._levels[level]
            row += node
            if len(row) // 32 % 2:
                return
            node = hashlib.sha256(b"\x01" + row[-64:]).digest()
            level += 1

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`."""
        self._check(0 <= index < len(self))
        return self.node(0, index)

    def node(self, level: int, index: int) -> bytes:
        """The complete node at this place, from memory."""
        return bytes(self._levels[level][index * 32 : index * 32 + 32])


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return Tree(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof of leaf `index` among these leaf hashes."""
    return Tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The consistency proof from the first `old` leaf hashes to all of them."""
    return Tree(leaves).consistency_proof(old)


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)

"""The part of the tree that appending needs: at most one hash per bit of the size."""

import hashlib
from dataclasses import dataclass

from novation.evidence.verifier.merkle import node_hash

EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the full subtrees of a log with `size` entries, the largest first.

    At 1,000,000 entries `to_bytes` gives at most 648 bytes, small enough for one database row.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more leaf hash; O(log n) at worst, O(1) on average."""
        if len(leaf) != 32:
            raise ValueError("A leaf hash has 32 bytes")
        hashes = [*self.hashes, leaf]
        size = self.size
        while size & 1:
            right = hashes.pop()
            hashes.append(node_hash(hashes.pop(), right))
            size >>= 1
        return Frontier(self.size + 1, tuple(hashes))

    def completed(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """The inner nodes that this leaf hash completes when it is appended: level, index within it, hash."""
        nodes = []
        node, size, level = leaf, self.size, 0
        for left in reversed(self.hashes):
            if not size & 1:
                break
            node, size, level = node_hash(left, node), size >> 1, level + 1
            nodes.append((level, self.size >> level, node))
        return nodes

    def root(self) -> bytes:
        """The RFC 6962 root of the log."""
        if not self.hashes:
            return EMPTY_ROOT
        reached = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            reached = node_hash(left, reached)
        return reached

    def to_bytes(self) -> bytes:
        """Eight bytes of size, big-endian, then the hashes."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote; ValueError when the number of hashes does not fit the size."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + 32 * size.bit_count():
            raise ValueError("The stored frontier is damaged: its length does not fit its size")
        return cls(size, tuple(data[at : at + 32] for at in range(8, len(data), 32)))

"""The Merkle tree of the log as the database holds it: the leaves in their entries, the nodes above them in rows."""

from __future__ import annotations

from novation.evidence.tree import ProvingTree, Tree
from novation.evidencelog.models import Event, LogHead, LogNode
from novation.evidencelog.services.events import TILE, TILE_LEVEL


class StoredTree(ProvingTree):
    """Reads what proofs need and keeps it, so that one object serves an export of many bundles.

    A proof reads the 256 leaves around its entry and the nodes from there up, and not the whole log.
    """

    def __init__(self) -> None:
        self._size = LogHead.objects.filter(pk=1).values_list("size", flat=True).first() or 0
        self._tiles: dict[int, Tree] = {}
        self._above: dict[tuple[int, int], bytes] | None = None

    def __len__(self) -> int:
        return self._size

    def node(self, level: int, index: int) -> bytes:
        """The complete node at this place, read when it is first asked for."""
        if level >= TILE_LEVEL:
            return self._nodes()[level, index]
        down = TILE_LEVEL - level
        tile = index >> down
        return self._tile(tile).node(level, index - (tile << down))

    def _nodes(self) -> dict[tuple[int, int], bytes]:
        if self._above is None:
            rows = LogNode.objects.values_list("level", "index", "hash")
            self._above = {(level, index): bytes(node) for level, index, node in rows.iterator()}
        return self._above

    def _tile(self, number: int) -> Tree:
        if number not in self._tiles:
            first = number * TILE
            rows = Event.objects.filter(seq__gte=first, seq__lt=min(first + TILE, self._size))
            self._tiles[number] = Tree(
                bytes(row) for row in rows.order_by("seq").values_list("leaf", flat=True)
            )
        return self._tiles[number]

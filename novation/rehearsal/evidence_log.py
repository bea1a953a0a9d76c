"""Recomputes the evidence log from its rows: leaves, chains per customer, and the root of the whole."""

from __future__ import annotations

from collections import defaultdict

from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.frontier import Frontier
from novation.evidence.tree import leaf_hash
from novation.evidencelog.models import Checkpoint, Event, LogHead


def find_faults() -> list[str]:
    """What does not hold, in one sentence each; empty for a sound log."""
    found: list[str] = []
    heads: defaultdict[str, tuple[int, bytes]] = defaultdict(lambda: (0, EMPTY_HEAD))
    frontier, size = Frontier(), 0
    roots = dict(Checkpoint.objects.values_list("size", "root"))
    rows = Event.objects.order_by("seq").values_list("seq", "subject", "number", "body", "leaf", "head")
    for seq, subject, number, body, leaf, head in rows.iterator(chunk_size=2000):
        count, before = heads[subject]
        if seq != size:
            found.append(f"Entry {size} is missing.")
        if leaf_hash(bytes(body)) != bytes(leaf):
            found.append(f"Entry {seq}: its bytes do not give its leaf.")
        if number != count + 1 or extend_chain(before, bytes(leaf)) != bytes(head):
            found.append(f"Entry {seq}: the chain of its customer is broken.")
        heads[subject] = (number, bytes(head))
        frontier, size = frontier.append(bytes(leaf)), seq + 1
        if size in roots and frontier.root() != bytes(roots[size]):
            found.append(f"Checkpoint {size}: the signed root is another.")
    kept = LogHead.objects.first()
    if (
        kept is None
        or kept.size != size
        or Frontier.from_bytes(bytes(kept.frontier)).root() != frontier.root()
    ):
        found.append("The head of the log does not fit its entries.")
    return found

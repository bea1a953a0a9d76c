"""The evidence log: events a second with their proofs, bundles exported and verified, growth with the size."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from novation.evidence.bundle import BundleCheckpoint, BundleEvent, BundleInput, build_bundle
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import Entry, make_entry
from novation.evidence.frontier import Frontier
from novation.evidence.note import Checkpoint, LogKey
from novation.evidence.tags import Tag
from novation.evidence.tree import Tree, verify_inclusion
from novation.evidence.verify import Pins, verify

Result = TypeVar("Result")
ORIGIN = "evidence.example.com/log"
START = datetime(2026, 11, 23, tzinfo=UTC)
CUSTOMERS = 5000
EVENTS_EACH = 10
TAGS = list(Tag)


def measure() -> dict[str, Any]:
    """Append 50,000 events of 5,000 customers, export and verify every bundle, then grow the tree alone."""
    key = LogKey.from_seed(ORIGIN, bytes(range(32)))
    entries, seconds = timed(append)
    figures: dict[str, Any] = {
        "events appended": len(entries),
        "events appended a second": len(entries) / seconds,
    }
    tree, seconds = timed(lambda: Tree(entry.leaf for entry in entries))
    figures["tree of them built in ms"] = seconds * 1000
    figures |= exported(entries, tree, key)
    figures["ms an event at log size"] = {f"{size:,}": growth(size) for size in (10_000, 100_000, 1_000_000)}
    return figures


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def append() -> list[Entry]:
    """One event of each customer after the other, each with frontier and chain as the product keeps them."""
    entries = []
    frontier = Frontier()
    heads = [EMPTY_HEAD] * CUSTOMERS
    for seq in range(CUSTOMERS * EVENTS_EACH):
        turn, customer = divmod(seq, CUSTOMERS)
        entry = make_entry(
            seq=seq,
            at=START + timedelta(seconds=seq),
            tag=TAGS[turn],
            subject=f"C-{customer}",
            actor="engine",
            data={"status": 201, "request": "3f0c6f0e-8a40-4f2f-9a53-8c1d7c1d0b1e"},
            personal={"name": "Jana Žďárská"} if turn == 3 else None,
            salt=hashlib.sha256(seq.to_bytes(8, "big")).digest()[:16],
            number=turn + 1,
            before=heads[customer],
        )
        heads[customer] = extend_chain(heads[customer], entry.leaf)
        frontier = frontier.append(entry.leaf)
        frontier.to_bytes()
        entries.append(entry)
    return entries


def exported(entries: list[Entry], tree: Tree, key: LogKey) -> dict[str, Any]:
    """Export a bundle for every customer, with three checkpoints each, and verify it."""
    at = START + timedelta(seconds=len(entries))
    sizes = (len(entries) // 3, len(entries) * 2 // 3, len(entries))
    notes = [
        Checkpoint(ORIGIN, size, tree.root(size), START + timedelta(seconds=size)).signed(key)
        for size in sizes
    ]
    mine: dict[str, list[BundleEvent]] = {}
    for entry in entries:
        mine.setdefault(json.loads(entry.body)["subject"], []).append(BundleEvent(entry.body, entry.personal))
    checkpoints = [BundleCheckpoint(note) for note in notes]
    pins = Pins(log=(key.vkey,))
    length = passed = 0
    building = verifying = 0.0
    for name, events in mine.items():
        given = BundleInput(
            reference=name,
            issuer="Example Cloud Ltd",
            language="en",
            issued=at,
            events=events,
            checkpoints=checkpoints,
            proofs=tree,
            log_keys=[key.vkey],
        )
        bundle, seconds = timed(partial(build_bundle, given, key))
        building += seconds
        report, seconds = timed(partial(verify, bundle, at=None, pins=pins))
        verifying += seconds
        length += len(bundle)
        passed += report.exit_code != 1
    return {
        "bundles exported": len(mine),
        "bundles exported in s": building,
        "bundle bytes": length // len(mine),
        "bundles without a failed check": passed,
        "bundles verified in s": verifying,
    }


def growth(size: int) -> dict[str, float]:
    """What one more event, one proof and one check of it cost in a log of this size."""
    leaves = [hashlib.sha256(number.to_bytes(8, "big")).digest() for number in range(size)]
    frontier = Frontier()
    started = time.perf_counter()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    appended = (time.perf_counter() - started) / size
    tree = Tree(leaves)
    root = tree.root()
    indexes = range(0, size, size // 500)
    proofs, seconds = timed(lambda: [tree.inclusion_proof(index, size) for index in indexes])
    good, checked = timed(
        lambda: all(
            verify_inclusion(leaves[index], index, size, proof, root)
            for index, proof in zip(indexes, proofs, strict=True)
        )
    )
    if not good:
        raise RuntimeError("a proof does not hold")
    return {
        "append": appended * 1000,
        "proof": seconds / len(proofs) * 1000,
        "check": checked / len(proofs) * 1000,
    }

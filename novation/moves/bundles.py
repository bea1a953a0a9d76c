"""Exports the bundles of moves' customers, with a certificate for each move that has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from novation.evidence.tags import Tag
from novation.evidencelog.bundles import BundleOwner, SigningKeys, pack
from novation.evidencelog.models import Checkpoint
from novation.evidencelog.services import checkpoints, events, timestamps
from novation.evidencelog.stored_tree import StoredTree
from novation.moves.models import Move
from novation.moves.selectors import certified

if TYPE_CHECKING:
    from novation.evidence.seal import Seal


def export(
    moves: QuerySet[Move] | Sequence[Move],
    folder: Path,
    *,
    now: datetime,
    certify: bool = False,
    actor: str = "command",
    stamp: Callable[[], object] | None = None,
) -> Iterator[Path]:
    """Writes one bundle per customer, `evidence-<reference>.zip`, and yields each path when it is on disk.

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
    chains = timestamps.pinned_chains()
    for owner in owners_of(moves):
        path = folder / f"evidence-{owner.reference}.zip"
        draft = path.with_suffix(".part")
        draft.write_bytes(pack(owner, tree, notes, keys, chains, now=max(now, newest.at)))
        draft.replace(path)
        yield path


def owners_of(moves: Iterable[Move]) -> list[BundleOwner]:
    """The customers of these moves in their order, each once; its newest move names the issuer."""
    newest: dict[str, Move] = {}
    for move in moves:
        known = newest.get(move.customer.reference)
        newest[move.customer.reference] = known if known is not None and known.pk > move.pk else move
    return [
        BundleOwner(reference, move.programme.sender_name, move.customer.language or "en")
        for reference, move in newest.items()
    ]


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

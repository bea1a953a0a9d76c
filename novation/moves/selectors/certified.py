"""Which moves bear a certificate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from novation.domain.stage import ENDED
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Move


def lacking(moves: Iterable[Move]) -> Iterator[Move]:
    """Of these moves, those that have ended and whose last act is on no certificate yet."""
    for move in moves:
        last = Event.objects.filter(move_id=move.pk).order_by("-number").values_list("tag", flat=True).first()
        if move.stage in ENDED and last != Tag.CERTIFICATE_ISSUED:
            yield move


def spoilt(moves: Iterable[Move]) -> Iterator[Move]:
    """Of these moves, those whose certificate was erased: their log names one, so they need another."""
    for move in moves:
        named = Event.objects.filter(move_id=move.pk, tag=Tag.CERTIFICATE_ISSUED).order_by("-number").first()
        if named is not None:
            sha256 = json.loads(bytes(named.body))["data"]["certificate"]
            if not Document.objects.filter(sha256=sha256).exclude(content=b"").exists():
                yield move

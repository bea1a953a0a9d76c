"""What the rules of acts on many customers look at, read for many moves at once; and one act with its lists."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from novation.domain.bulk import Standing
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Attestation, BulkAct, BulkItem, Move, Programme, Wave
from novation.moves.services import agreement_links


@dataclass(frozen=True)
class Pause:
    """Who paused a move by itself, when and why; `key` is the same for all that were paused so."""

    key: str
    actor: str
    at: datetime
    reason: str


def pauses(moves: Collection[int]) -> dict[int, Pause]:
    """The last pause of each of these moves (ids), as the log has it."""
    found: dict[int, Pause] = {}
    events = Event.objects.filter(move_id__in=moves, tag=Tag.MOVE_PAUSED).order_by("seq")
    for event in events.only("seq", "move_id", "actor", "at", "body", "personal"):
        bulk = json.loads(bytes(event.body))["data"].get("bulk", "")
        reason = str(event.personal.get("reason", {}).get("value", ""))
        named = hashlib.sha256(f"{event.actor}\n{reason}".encode()).hexdigest()[:32]
        if event.move_id is not None:
            key = f"bulk:{bulk}" if bulk else f"same:{named}"
            found[event.move_id] = Pause(key, event.actor, event.at, reason)
    return found


def standings(
    moves: Sequence[Move], needs: Collection[str], *, now: datetime
) -> tuple[dict[int, Standing], dict[int, Pause]]:
    """How each of these moves stands, and the pauses among them.

    Args:
        moves: with `wave` and `programme`.
        needs: what is read beside the rows: `pause`, `link`.
        now: programme time.
    """
    ids = [move.pk for move in moves]
    held = pauses([move.pk for move in moves if move.paused]) if "pause" in needs else {}
    links: dict[int, str] = {}
    new: set[int] = set()
    if "link" in needs:
        rows = Attestation.objects.filter(move__in=ids).order_by("pk").values_list("move_id", "pk")
        links = {move: str(pk) for move, pk in rows}
        new = agreement_links.renewed_lately(ids, now=now)
    found = {}
    for move in moves:
        found[move.pk] = Standing(
            stage=str(move.stage),
            paused=move.paused,
            wave=move.wave.number if move.wave else None,
            wave_paused=move.wave is not None and move.wave.state == Wave.State.PAUSED,
            programme_paused=move.programme.state == Programme.State.PAUSED,
            # A pause without an entry of its own (an import, a test) is a pause all the same.
            pause=held[move.pk].key if move.pk in held else "unknown" if move.paused else "",
            agreement=move.agreement_state,
            link=links.get(move.pk, ""),
            link_is_new=move.pk in new,
        )
    return found, held


def by_id(pk: UUID) -> BulkAct | None:
    """The act with this id, once its customers are written down."""
    shown = BulkAct.objects.exclude(state=BulkAct.State.LISTING)
    return shown.select_related("programme", "person").filter(pk=pk).first()


def numbers(act: BulkAct) -> Counter[str]:
    """How many customers are in which state of the act."""
    return Counter(dict(act.items.order_by().values_list("state").annotate(n=Count("pk"))))


def items(act: BulkAct, *states: str) -> QuerySet[BulkItem]:
    """Its customers in these states, in the order of their names."""
    return act.items.filter(state__in=states).select_related("move__customer", "move__wave").order_by("pk")


def reasons(act: BulkAct, state: str) -> list[tuple[str, int]]:
    """Why customers are in this state, and how many for each reason, the most frequent first."""
    rows = act.items.filter(state=state).order_by().values_list("why").annotate(n=Count("pk"))
    return sorted(rows, key=lambda row: (-row[1], row[0]))

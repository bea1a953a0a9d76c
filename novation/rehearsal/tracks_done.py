"""How far each track is, over all customers: one query, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from novation.domain.stage import ENDED
from novation.domain.tracks import Code, Track, shown
from novation.moves.models import Move

#: The tracks in the order of work, and what a manager calls them. `admin` follows from the decision.
NAMES: dict[Track, str] = {
    Track.NOTICE: "told",
    Track.DECISION: "decided",
    Track.RELATIONSHIP: "new partner",
    Track.AGREEMENT: "agreement",
    Track.ACCESS: "admin rights",
    Track.TRANSFER: "subscriptions",
    Track.BILLING: "billing",
    Track.CLOSEOUT: "closed",
}


@dataclass(frozen=True)
class TrackProgress:
    """Customers who are through with one track, and those for whom it matters."""

    done: int
    total: int


def count_tracks() -> dict[Track, TrackProgress]:
    """Counts every track. A customer who stays with the old account is through with all of them."""
    states = [f"{track}_state" for track in NAMES]
    groups = Move.objects.order_by().values_list(*states, "stage").annotate(number=Count("id"))
    done, total = dict.fromkeys(NAMES, 0), 0
    for *values, stage, number in groups:
        total += number
        for track, state in zip(NAMES, values, strict=True):
            if stage in ENDED or shown(track, state).code in (Code.DONE, Code.STAY):
                done[track] += number
    return {track: TrackProgress(done[track], total) for track in NAMES}

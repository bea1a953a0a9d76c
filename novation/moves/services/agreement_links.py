"""Fresh links to Microsoft's agreement. Who shall sign instead of somebody who left stands in `steering`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from novation import clock
from novation.domain import states
from novation.domain.stage import ENDED
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.moves.services import tracks

#: A customer that presses again within this (real) time gets the link that is being made already.
PAUSE = timedelta(minutes=10)


@transaction.atomic
def renew(move: Move, *, actor: str, now: datetime, reason: str = "", bulk: str = "") -> bool:
    """Withdraws the present link, so that the engine makes a fresh one for the same signatory.

    Args:
        move: whose agreement.
        actor: who wishes it.
        now: programme time.
        reason: typed by a person.
        bulk: id of the act on many customers that this belongs to.

    Returns:
        False when there is no link to be replaced, or when one was replaced just now.
    """
    move = tracks.lock_move(move.pk)
    lately = bool(renewed_lately([move.pk], now=now))
    if move.agreement_state not in states.LINK_REPLACEABLE or move.stage in ENDED or lately:
        return False
    newest = move.attestations.first()
    tracks.transition(
        move,
        {Track.AGREEMENT: "expired" if move.agreement_state == "issued" else "preparing"},
        tag=Tag.AGREEMENT_LINK_WITHDRAWN,
        at=now,
        actor=actor,
        data={"attestation": newest.remote_id if newest else "", **({"bulk": bulk} if bulk else {})},
        personal={"reason": reason},
    )
    tracks.schedule_now(move, at=now)
    return True


def renewed_lately(moves: Sequence[int], *, now: datetime) -> set[int]:
    """Those of these moves (ids) for which a fresh link was asked within the last minutes."""
    since = now - clock.clock().real(PAUSE)
    found = Event.objects.filter(move_id__in=moves, tag=Tag.AGREEMENT_LINK_WITHDRAWN, at__gt=since)
    return {pk for pk in found.values_list("move_id", flat=True) if pk is not None}

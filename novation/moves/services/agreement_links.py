"""Fresh links to Microsoft's agreement. Who shall sign instead of somebody who left stands in `steering`."""

from __future__ import annotations

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
def renew(move: Move, *, actor: str, now: datetime) -> bool:
    """Withdraws the present link, so that the engine makes a fresh one for the same signatory.

    Args:
        move: whose agreement.
        actor: who wishes it.
        now: programme time.

    Returns:
        False when there is no link to be replaced, or when one was replaced just now.
    """
    move = tracks.locked(move.pk)
    since = now - clock.clock().real(PAUSE)
    lately = Event.objects.filter(move_id=move.pk, tag=Tag.AGREEMENT_LINK_WITHDRAWN, at__gt=since).exists()
    if move.agreement_state not in states.LINK_REPLACEABLE or move.stage in ENDED or lately:
        return False
    newest = move.attestations.first()
    tracks.change(
        move,
        {Track.AGREEMENT: "expired" if move.agreement_state == "issued" else "preparing"},
        tag=Tag.AGREEMENT_LINK_WITHDRAWN,
        at=now,
        actor=actor,
        data={"attestation": newest.remote_id if newest else ""},
    )
    tracks.wake(move, at=now)
    return True


def renew_many(moves: list[Move], *, actor: str, now: datetime) -> int:
    """Fresh links for several customers; returns for how many there was one to replace."""
    return sum(renew(move, actor=actor, now=now) for move in moves)

"""After a crash: mails whose sender is gone. Each may have been delivered, so none is sent again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.moves.services import tracks
from novation.notices.models import Notice
from novation.notices.purposes import Purpose

_WHY = "The sender stopped before it could say what became of this mail."


def recover(now: datetime, *, everything: bool = False) -> int:
    """Settles claimed mails whose lease ran out as uncertain; a code is cancelled, since one asks for a new one.

    Args:
        now: programme time.
        everything: also those whose lease still runs; only for the sole sender, at its start.

    Returns:
        How many there were.
    """
    stuck = Notice.objects.filter(state=Notice.State.SENDING)
    if not everything:
        stuck = stuck.filter(lease_until__lte=now)
    return sum(_settle(pk, now) for pk in stuck.values_list("pk", flat=True))


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    move = tracks.lock_move(Notice.objects.values_list("move_id", flat=True).get(pk=pk))
    notice = Notice.objects.select_for_update().get(pk=pk)
    if notice.state != Notice.State.SENDING:
        return False
    code = notice.purpose == Purpose.CODE
    notice.state = Notice.State.CANCELLED if code else Notice.State.UNCERTAIN
    notice.error, notice.lease_owner, notice.lease_until = _WHY, "", None
    notice.claimed_at = now  # it may have gone out until a moment ago
    if not code:
        notice.sent_at = now
    notice.save()
    hangs = notice.purpose == Purpose.ANNOUNCEMENT and move.track(Track.NOTICE) == "queued"
    tracks.transition(
        move,
        {Track.NOTICE: "uncertain"} if hangs else {},
        tag=Tag.NOTICE_UNCERTAIN,
        at=now,
        actor="engine",
        data={"notice": notice.pk, "purpose": notice.purpose, "state": notice.state, "error": _WHY},
    )
    tracks.schedule_now(move, at=now)
    return True

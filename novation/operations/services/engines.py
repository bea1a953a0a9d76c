"""The register of engine processes: their start with what they found uncertain, signs of life, their end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from novation.operations.models import EngineRun

#: Runs that are kept for the record.
KEPT = 200


@transaction.atomic
def started(
    owner: str, *, now: datetime, freed: int, uncertain_mails: int, uncertain_steps: Sequence[int]
) -> EngineRun:
    """Registers a start, with the calls whose outcome nobody knows at this moment.

    Args:
        owner: name of the process on its leases.
        now: programme time.
        freed: moves that a dead engine of this host still held.
        uncertain_mails: mails that may have gone out.
        uncertain_steps: ids of the calls whose outcome nobody knows.
    """
    run = EngineRun.objects.create(
        owner=owner,
        started_at=now,
        seen_at=now,
        freed=freed,
        uncertain_mails=uncertain_mails,
        uncertain_steps=list(uncertain_steps),
    )
    old = EngineRun.objects.order_by("-id").values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if old is not None:
        EngineRun.objects.filter(pk__lte=old).delete()
    return run


def seen(owner: str, *, now: datetime) -> None:
    """A sign of life of an engine."""
    EngineRun.objects.filter(owner=owner, ended_at=None).update(seen_at=now)


def ended(owner: str, *, now: datetime) -> None:
    """An engine stopped in good order."""
    EngineRun.objects.filter(owner=owner, ended_at=None).update(seen_at=now, ended_at=now)

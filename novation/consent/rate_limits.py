"""Against guessing: counts failures per network and per link, in windows of ten real minutes.

Only failures count. Many customers behind one address are no attack, and neither is somebody who reads a lot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from novation import clock
from novation.consent.models import Attempt
from novation.network import network_of

WINDOW = timedelta(minutes=10)  # of real time

#: Failures of each kind within one window, after which nothing is looked at until the next.
LIMITS = {"link": 30, "code": 60, "verify": 30, "report": 5}


def blocked(kind: str, address: str, *, now: datetime) -> bool:
    """True when this place has failed too often just now."""
    found = Attempt.objects.filter(kind=kind, place=network_of(address), window=_window(now)).first()
    return found is not None and found.count >= LIMITS[kind]


@transaction.atomic
def failed(kind: str, address: str, *, now: datetime) -> None:
    """Counts one failure, and forgets the windows of long ago."""
    attempt, created = Attempt.objects.get_or_create(
        kind=kind, place=network_of(address), window=_window(now), defaults={"count": 1}
    )
    if created:
        Attempt.objects.filter(window__lt=now - 6 * clock.clock().real(WINDOW)).delete()
    else:
        Attempt.objects.filter(pk=attempt.pk).update(count=F("count") + 1)


def _window(now: datetime) -> datetime:
    length = max(clock.clock().real(WINDOW).total_seconds(), 1.0)
    return datetime.fromtimestamp(now.timestamp() // length * length, UTC)

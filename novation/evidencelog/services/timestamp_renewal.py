"""Time stamps are renewed before the certificates that they rest on end, so that they stand for decades.

A renewal stamps the checkpoint together with all stamps that it bears (the idea of RFC 4998). It can only be made
while those still hold; afterwards nobody could tell an old stamp from a forged one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from novation.clock import Clock
from novation.evidence.timestamp import renewal_data
from novation.evidence.verify import InProcess
from novation.evidencelog.models import Checkpoint, Stamp
from novation.evidencelog.services.timestamps import AGAIN, RENEWAL, ROUND, pinned_chains

#: Programme time before the end of a certificate. A quarter of a year lets a broken way be mended.
BEFORE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Renewal:
    """One stamp to be asked for: under which name it is kept, and what it stamps."""

    size: int
    service: str
    name: str
    data: bytes = field(repr=False)


def ends(chain: Sequence[bytes]) -> datetime:
    """When a time service's stamps stop to stand by themselves: the first end of its certificates."""
    return min(InProcess().valid_until(der) for der in chain)


def due(services: Sequence[str], *, now: datetime, clock: Clock, limit: int = ROUND) -> list[Renewal]:
    """The renewals to be asked for now.

    Args:
        services: those that are in use; of them, the ones whose certificates last are asked.
        now: programme time.
        clock: for the real time between two tries.
        limit: checkpoints at once.
    """
    ending = {name: ends(chain) for name, chain in pinned_chains().items()}
    lasting = [name for name in services if name in ending and ending[name] > now + BEFORE]
    soon = [name for name, at in ending.items() if now < at <= now + BEFORE]
    if not soon or not lasting:
        return []
    safe = [name for name, at in ending.items() if at > now + BEFORE]
    answered = Stamp.objects.filter(answer__isnull=False)
    # Whoever bears one lasting stamp in its last round bears it in some round, so this is enough to ask.
    bare = Checkpoint.objects.filter(pk__in=answered.filter(_by(soon)).values("checkpoint")).exclude(
        pk__in=answered.filter(_by(safe)).values("checkpoint")
    )
    rested = Stamp.objects.filter(RENEWAL, answer__isnull=True, asked_at__gt=now - clock.real(AGAIN))
    found = []
    for checkpoint in bare.exclude(pk__in=rested.values("checkpoint"))[:limit]:
        held = {
            one.service: bytes(one.answer or b"") for one in checkpoint.stamps.all() if one.answer is not None
        }
        number = 1 + max(_round(name) for name in held)
        data = renewal_data(bytes(checkpoint.note), list(held.items()))
        found += [Renewal(checkpoint.size, one, f"{one}.renewal-{number}", data) for one in lasting]
    return found


def base(name: str) -> str:
    """The service that gave a stamp, whichever round it belongs to."""
    return name.partition(".renewal-")[0]


def ended(*, now: datetime) -> int:
    """How many checkpoints rest on certificates that have ended: too late to renew them."""
    chains = {name: ends(chain) for name, chain in pinned_chains().items()}
    alive = [name for name, at in chains.items() if at >= now]
    answered = Stamp.objects.filter(answer__isnull=False)
    standing = answered.filter(_by(alive)).values("checkpoint")
    return Checkpoint.objects.filter(pk__in=answered.values("checkpoint")).exclude(pk__in=standing).count()


def _round(name: str) -> int:
    return int(name.rpartition("-")[2]) if ".renewal-" in name else 0


def _by(services: Sequence[str]) -> Q:
    """Stamps that one of these services gave, in any round."""
    each = (Q(service=name) | Q(service__startswith=f"{name}.renewal-") for name in services)
    return reduce(or_, each, Q(pk__in=[]))

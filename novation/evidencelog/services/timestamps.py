"""Time stamps on checkpoints: asked for until they come. No clock of ours ever takes their place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from novation.clock import Clock
from novation.domain.errors import BadInput
from novation.evidence.verifier.certificates import read_chain, write_chain
from novation.evidence.verifier.outcome import CheckFailed
from novation.evidencelog.models import Checkpoint, Stamp

#: Real time between two tries of one stamp, and how many are asked for in one round.
AGAIN = timedelta(seconds=30)
ROUND = 20
#: Two services vouch for a checkpoint; after a day no further one is asked.
ENOUGH, OLD = 2, timedelta(days=1)
#: Real time after which a stamp that is still awaited needs somebody.
LATE = timedelta(minutes=60)
#: A renewal is kept as `<service>.renewal-<n>`.
RENEWAL = Q(service__contains=".renewal-")


def chain_file(service: str) -> Path:
    """Where the pinned certificates of a time service are kept: signer, issuers, root, as PEM."""
    return Path(settings.NOVATION_HOME) / "keys" / "time-services" / f"{service}.pem"


def pinned_chain(service: str) -> list[bytes] | None:
    """The pinned certificates (DER) of a service, or None when it is not pinned yet.

    Raises:
        BadInput: the file is damaged.
    """
    path = chain_file(service)
    if not path.exists():
        return None
    try:
        return read_chain(path.read_bytes())
    except (CheckFailed, OSError) as error:
        raise BadInput(f"The certificates of the time service {service} cannot be used: {error}.") from error


def pinned_chains() -> dict[str, list[bytes]]:
    """The certificates of every service that was ever pinned: old stamps need those that are asked no more."""
    folder = chain_file("any").parent
    found = {path.stem: pinned_chain(path.stem) for path in sorted(folder.glob("*.pem"))}
    return {service: chain for service, chain in found.items() if chain}


def pin(service: str, chain: Sequence[bytes]) -> None:
    """Trusts a time service from now on by its certificates (DER: signer, issuers, root)."""
    path = chain_file(service)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(write_chain(list(chain)))


def awaited(service: str, *, now: datetime, clock: Clock, limit: int = ROUND) -> list[Checkpoint]:
    """Checkpoints that still lack the stamp of this service and are due to be asked for, newest first.

    A service that is new here does not stamp what is old and was stamped by two: that would prove nothing, and
    no stamp may join the first ones once a renewal covers them.
    """
    again = now - clock.real(AGAIN)
    rested = Q(stamps__service=service) & (Q(stamps__answer__isnull=False) | Q(stamps__asked_at__gt=again))
    skip = Checkpoint.objects.filter(rested).values("pk")
    given = Count("stamps", filter=Q(stamps__answer__isnull=False))
    waiting = Checkpoint.objects.exclude(pk__in=skip).annotate(given=given)
    settled = Q(given__gte=ENOUGH, at__lt=now - OLD) | Q(
        pk__in=Stamp.objects.filter(RENEWAL).values("checkpoint")
    )
    return list(waiting.exclude(settled).order_by("-size")[:limit])


def wait(tries: int = 50) -> bool:
    """Waits up to a tenth of a second for each try until the newest checkpoint bears every stamp that can be had.

    For pages that hand out a bundle: the engine asks the services, and mostly they answer within a second.
    """
    services = [name for name in settings.NOVATION_TIME_SERVICES if pinned_chain(name)]
    for _try in range(tries):
        newest = Checkpoint.objects.order_by("-size").first()
        given = Stamp.objects.filter(checkpoint=newest, service__in=services, answer__isnull=False).count()
        if given >= len(services):
            return True
        time.sleep(0.1)
    return False


def overdue(*, now: datetime, clock: Clock) -> tuple[int, Checkpoint | None]:
    """How many checkpoints have waited more than an hour of real time for their stamps, and the oldest of them.

    Two services are enough, or one where only one is set; where none is set, nothing is awaited.
    """
    needed = min(ENOUGH, len(settings.NOVATION_TIME_SERVICES))
    given = Count("stamps", filter=Q(stamps__answer__isnull=False))
    late = Checkpoint.objects.filter(at__lt=now - clock.real(LATE)).annotate(given=given)
    waiting = late.filter(given__lt=needed).order_by("size")
    return (waiting.count(), waiting.first()) if needed else (0, None)


@transaction.atomic
def keep(size: int, service: str, *, answer: bytes, at: datetime, now: datetime) -> None:
    """Keeps a stamp that was checked. A second answer never replaces the first."""
    stamp, _ = Stamp.objects.select_for_update().get_or_create(checkpoint_id=size, service=service)
    if stamp.answer is None:
        stamp.answer, stamp.at, stamp.asked_at, stamp.error = answer, at, now, ""
        stamp.tries += 1
        stamp.save()


@transaction.atomic
def not_given(size: int, service: str, *, error: str, now: datetime) -> None:
    """Notes that the service did not answer as it must; the stamp stays awaited."""
    stamp, _ = Stamp.objects.select_for_update().get_or_create(checkpoint_id=size, service=service)
    if stamp.answer is None:
        stamp.tries, stamp.asked_at, stamp.error = stamp.tries + 1, now, error[:300]
        stamp.save()

"""Time stamps on checkpoints: asked for until they come. No clock of ours ever takes their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from novation.clock import Clock
from novation.domain.errors import BadInput
from novation.evidence.verifier.certificates import read_chain, write_chain
from novation.evidence.verifier.outcome import Refused
from novation.moves.models import Checkpoint, Stamp

#: Real time between two tries of one stamp, and how many are asked for in one round.
AGAIN = timedelta(seconds=30)
ROUND = 20


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
    except (Refused, OSError) as error:
        raise BadInput(f"The certificates of the time service {service} cannot be used: {error}.") from error


def pin(service: str, chain: Sequence[bytes]) -> None:
    """Trusts a time service from now on by its certificates (DER: signer, issuers, root)."""
    path = chain_file(service)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(write_chain(list(chain)))


def awaited(service: str, *, now: datetime, clock: Clock, limit: int = ROUND) -> list[Checkpoint]:
    """Checkpoints that still lack the stamp of this service and are due to be asked for, newest first."""
    again = now - clock.real(AGAIN)
    rested = Q(stamps__service=service) & (Q(stamps__answer__isnull=False) | Q(stamps__asked_at__gt=again))
    skip = Checkpoint.objects.filter(rested).values("pk")
    return list(Checkpoint.objects.exclude(pk__in=skip).order_by("-size")[:limit])


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

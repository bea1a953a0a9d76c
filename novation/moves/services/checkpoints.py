"""Signs how long the log is and what its Merkle root is, with a key that is not in the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from novation import keys
from novation.evidence.frontier import Frontier
from novation.evidence.note import Checkpoint as Signed
from novation.evidence.note import LogKey
from novation.moves.models import Checkpoint, LogHead


def log_key() -> LogKey:
    """The key of this installation's log; its name is the origin in every checkpoint."""
    return LogKey.from_seed(settings.NOVATION_LOG_ORIGIN, keys.log_seed(settings.NOVATION_HOME))


def log_vkey() -> str:
    """The public half of the log key, for those who only compare: pages and pins never open the key itself."""
    kept = keys.kept(Path(settings.NOVATION_HOME) / "keys" / "log.vkey", lambda: log_key().vkey.encode())
    return kept.decode()


@transaction.atomic
def sign(*, now: datetime) -> Checkpoint | None:
    """Signs the log as it is; the checkpoint that stands already when nothing was added, None for an empty log."""
    head = LogHead.objects.select_for_update().filter(pk=1).first()
    if head is None or head.size == 0:
        return None
    found = Checkpoint.objects.filter(size=head.size).first()
    if found is not None:
        return found
    root = Frontier.from_bytes(bytes(head.frontier)).root()
    key = log_key()
    at = max(now, head.at) if head.at else now
    note = Signed(origin=key.name, size=head.size, root=root, at=at).signed(key)
    return Checkpoint.objects.create(size=head.size, root=root, note=note, at=at)

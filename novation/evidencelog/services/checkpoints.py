"""Signs how long the log is and what its Merkle root is, with a key that is not in the database."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.evidence.frontier import Frontier
from novation.evidence.note import Checkpoint as Signed
from novation.evidencelog.models import Checkpoint, LogHead
from novation.evidencelog.services.log_keys import log_key, log_vkey

__all__ = ["log_key", "log_vkey", "sign"]


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
    # Processes read the clock before they get the lock; a longer log is never signed with an earlier date.
    newest = Checkpoint.objects.order_by("-size").values_list("at", flat=True).first()
    at = max(moment for moment in (now, head.at, newest) if moment is not None)
    note = Signed(origin=key.name, size=head.size, root=root, at=at).signed(key)
    return Checkpoint.objects.create(size=head.size, root=root, note=note, at=at)

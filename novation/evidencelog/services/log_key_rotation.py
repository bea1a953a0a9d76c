"""Replaces the key that signs the evidence log. Whoever trusts the old key can follow to the new one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.evidence.handover import make_handover
from novation.evidence.tags import Tag
from novation.evidencelog.models import LogHead, LogKey
from novation.evidencelog.services import checkpoints, events, log_keys


def rotate(*, now: datetime, actor: str) -> LogKey:
    """Replaces the log key: the old one signs the log as it is, then names the new one in a note of both.

    The row is what counts. A key file that a crash left without its row is taken up at the next try.

    Args:
        now: programme time.
        actor: who does this, for the event.

    Raises:
        BadInput: a key file cannot be read or made.
    """
    with transaction.atomic():
        head, _ = LogHead.objects.select_for_update().get_or_create(pk=1)
        checkpoints.sign(now=now)
        old = log_keys.log_key()
        number = (LogKey.objects.order_by("-number").values_list("number", flat=True).first() or 1) + 1
        new = log_keys.new_key(number)
        at = max(now, head.at) if head.at else now
        note = make_handover(old, new, size=head.size, at=at)
        made = LogKey.objects.create(number=number, vkey=new.vkey, handover=note, at=at)
        events.record(
            Tag.LOG_KEY_CHANGED,
            at=at,
            actor=actor,
            data={"handover": note.decode(), "number": number},
        )
        checkpoints.sign(now=at)
    log_keys.publish(number, new.vkey)
    return made

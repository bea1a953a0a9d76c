"""Checkpoints for those outside who keep them: whoever rewrites the log later contradicts them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from novation.clock import Clock
from novation.evidencelog.models import Checkpoint, WitnessMail

#: Programme time between two mails, and real time between two tries of one.
EVERY = timedelta(days=1)
AGAIN = timedelta(minutes=10)


@transaction.atomic
def queue(address: str, *, now: datetime) -> WitnessMail | None:
    """Queues the newest checkpoint for the address outside, once a day, and only when the log has grown."""
    last = WitnessMail.objects.order_by("-queued_at").first()
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or (last and (last.queued_at + EVERY > now or last.checkpoint_id == newest.size)):
        return None
    return WitnessMail.objects.create(checkpoint=newest, address=address, queued_at=now)


def unsent(*, now: datetime, clock: Clock) -> list[WitnessMail]:
    """The mails that are due to be tried, the oldest first."""
    waiting = WitnessMail.objects.filter(sent_at=None).exclude(tried_at__gt=now - clock.real(AGAIN))
    return list(waiting.select_related("checkpoint").order_by("queued_at"))


def tried(mail: WitnessMail, *, error: str, now: datetime) -> None:
    """Records one try; without an error the mail was taken by the server.

    A crash before this sends the mail once more: a witness who is told twice is no worse a witness.
    """
    mail.tries, mail.tried_at, mail.error = mail.tries + 1, now, error[:300]
    mail.sent_at = None if error else now
    mail.save(update_fields=["tries", "tried_at", "error", "sent_at"])

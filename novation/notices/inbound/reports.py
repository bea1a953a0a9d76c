"""What a mail service reports by itself (django-anymail's tracking signal) becomes a state or a task."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction

from novation import clock
from novation.notices import delivery
from novation.notices.inbound import mime
from novation.notices.inbound.process import complained
from novation.notices.models import InboundMail, Link, Notice
from novation.notices.services.reminders import stop_reminders

#: Reports that somebody must know of even when nobody knows whose mail it was.
_GRAVE = frozenset({"bounced", "rejected", "failed", "complained"})


@transaction.atomic
def tracked(sender: Any, event: Any, esp_name: str, **_rest: Any) -> None:
    """Takes one report in. The same report twice changes nothing; what raises is reported again by the service."""
    now, kind = clock.now(), str(event.event_type)
    notice = _notice(event)
    known = event.event_id or json.dumps(event.esp_event, sort_keys=True, default=str)
    _row, new = InboundMail.objects.get_or_create(
        sha256=hashlib.sha256(f"{esp_name}\0{kind}\0{known}".encode()).hexdigest(),
        defaults={
            "kind": mime.clean(kind[:12]),
            "move": notice.move if notice else None,
            "at": now,
            "sender": esp_name[:200],
            "subject": ""
            if notice
            else mime.clean(f"{kind}: {event.description or event.reject_reason or ''}"[:200]),
            "handled_at": None if notice is None and kind in _GRAVE else now,
        },
    )
    if notice is None or not new:
        return
    said = str(event.mta_response or event.description or event.reject_reason or kind)
    detail = mime.clean(" ".join(said[:2_000].split()))
    match kind:
        case "bounced" | "rejected" | "failed":
            delivery.bounced(notice, detail=detail, now=now)
        case "complained":
            complained(notice.move, notice, now)
        case "delivered":
            delivery.delivered(notice, status="", now=now)
        case "deferred" | "autoresponded":
            Notice.objects.filter(pk=notice.pk).update(error=f"{kind}: {detail}"[:400])
        case "unsubscribed":
            link = Link.objects.filter(move=notice.move_id, contact=notice.contact_id).first()
            if link is not None:
                stop_reminders(link, by="mail", now=now)


def _notice(event: Any) -> Notice | None:
    ours = str((event.metadata or {}).get("notice", "")).strip("<>")
    notices = Notice.objects.select_related("move", "contact")
    found = notices.filter(message_id=f"<{ours}>").first() if ours else None
    if found is None and event.message_id:
        found = notices.filter(remote_id=str(event.message_id)[:200]).first()
    return found


def listen() -> None:
    """Connects to django-anymail's signal; called once at start-up, when reports are expected."""
    from anymail.signals import tracking

    tracking.connect(tracked, dispatch_uid="novation.notices.inbound.reports")

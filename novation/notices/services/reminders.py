"""No more reminders: what the sign in our reminders leads to. The notice itself, and what answers an act, stay."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.notices import secrets
from novation.notices.models import Link


def stop_url(link: Link) -> str:
    """The address to which a mail programme posts "no more reminders" (RFC 8058)."""
    return f"{settings.NOVATION_PUBLIC_URL}/u/{secrets.stop_token(link.id)}"


def link_to_stop(token: str) -> Link | None:
    """The link of such a token, also when it opens nothing any more; None when the token is none of ours."""
    link_id = secrets.link_of_stop(token)
    found = Link.objects.filter(pk=link_id) if link_id else Link.objects.none()
    return found.select_related("contact", "move__customer", "move__programme").first()


@transaction.atomic
def stop_reminders(link: Link, *, by: str, now: datetime) -> bool:
    """Sends this person no more reminders about this move. Twice is no error and leaves one event.

    Args:
        link: of the person.
        by: `one-click`, `page` or `mail`.
        now: programme time.

    Returns:
        True the first time.
    """
    # A person may hold several links over time; any of them speaks for all.
    theirs = Link.objects.filter(move=link.move_id, contact=link.contact_id)
    if any(one.reminders_stopped_at for one in theirs.order_by("pk").select_for_update()):
        return False
    theirs.filter(pk=link.pk).update(reminders_stopped_at=now)
    data = {"link": str(link.pk), "by": by}
    events.record(
        Tag.NOTICE_REMINDERS_STOPPED, at=now, actor="customer", subject=link.move.subject, data=data
    )
    return True

"""Keeps the pages that a visitor was shown: each once for a link, a wording and a language, as an entry of the log."""

from __future__ import annotations

import json
import re
from datetime import datetime

from django.db import transaction

from novation.consent import wording
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.evidencelog.services import config_audit, events
from novation.notices.models import Link

MEDIA = "text/html; charset=utf-8"
#: The field that ties a form to a browser is another one in every answer, and is a secret of that browser.
_FORM_SECRET = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*(")')


def as_kept(content: bytes) -> bytes:
    """The bytes of a page as evidence keeps them: all of it but the value of the form's secret."""
    return _FORM_SECRET.sub(rb"\1not kept\2", content)


def keep_showing(link: Link, page: str, content: bytes, *, language: str, now: datetime) -> bool:
    """Records that a page went out over this link, at the first time only, so that nobody can flood the log.

    Like a line in a log it decides and changes nothing. Machines open links too: the entry says that the page was
    given out, and is no evidence of a reader.

    Args:
        link: of the visitor.
        page: its name, such as `start`.
        content: as it went out.
        language: of the page.
        now: programme time.

    Returns:
        Whether this was the first time.
    """
    said = {"page": page, "link": str(link.pk), "wording": wording.VERSION, "language": language}
    if _known(link, said):
        return False
    # In a transaction of its own, since it may lock the log.
    config_audit.note(Tag.TEXT_CHANGED, "pages", {"version": wording.VERSION}, now=now)
    with transaction.atomic():
        Link.objects.select_for_update(no_key=True).get(pk=link.pk)
        if _known(link, said):
            return False
        document = events.store("shown", MEDIA, as_kept(content), at=now)
        events.record(
            Tag.PAGE_SHOWN,
            at=now,
            actor="customer",
            subject=link.move.subject,
            data=said,
            documents=[document],
        )
    return True


def _known(link: Link, said: dict[str, str]) -> bool:
    bodies = Event.objects.filter(move_id=link.move_id, tag=Tag.PAGE_SHOWN).values_list("body", flat=True)
    return any(said.items() <= json.loads(bytes(body))["data"].items() for body in bodies)

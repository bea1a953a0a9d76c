"""Choices before they count, and the pages that were shown of them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from novation import clock
from novation.consent.models import Draft, Rendering
from novation.consent.services.page_records import as_kept
from novation.notices.models import Link

#: A choice that nobody confirms is forgotten, in real time.
FORGOTTEN = timedelta(days=2)
#: A page older than this must be read again before it can be confirmed, in real time.
STALE = timedelta(hours=2)
#: So many showings of one choice are kept: several tabs, the way back, a mistyped code.
KEPT = 12


@transaction.atomic
def keep_choice(
    link: Link, *, kind: str, now: datetime, words: str = "", colleague: tuple[str, str] = ("", "")
) -> Draft:
    """Keeps what was chosen until it is confirmed. Nothing is decided by it.

    Args:
        link: of the visitor.
        kind: a decision's kind.
        now: programme time.
        words: the reason, or the question.
        colleague: name and address of the person it is passed to.
    """
    Draft.objects.filter(created_at__lt=now - clock.clock().real(FORGOTTEN)).delete()
    return Draft.objects.create(
        link=link,
        kind=kind,
        words=words,
        colleague_name=colleague[0],
        colleague_email=colleague[1],
        created_at=now,
    )


def draft_of(link: Link, draft_id: uuid.UUID) -> Draft | None:
    """The choice, if it was made with this very link."""
    return Draft.objects.filter(pk=draft_id, link=link).first()


@transaction.atomic
def keep_page(
    draft: Draft,
    *,
    page_id: uuid.UUID,
    content: bytes,
    statement: str,
    authority: str,
    until: datetime | None,
    wording: str,
    language: str,
    now: datetime,
) -> None:
    """Keeps the bytes of a check page on their way to the browser, without the secret of its form.

    This is a note of what was shown, like a line in a log; it decides and changes nothing.
    """
    Rendering.objects.create(
        id=page_id,
        draft=draft,
        content=as_kept(content),
        statement=statement,
        authority=authority,
        until=until,
        wording=wording,
        language=language,
        at=now,
    )
    old = list(Rendering.objects.filter(draft=draft).order_by("-at").values_list("pk", flat=True)[KEPT:])
    Rendering.objects.filter(pk__in=old).delete()


def page_of(draft: Draft, page_id: uuid.UUID | None, *, now: datetime) -> Rendering | None:
    """The page that the visitor confirms, if it is one of this choice and was shown lately."""
    if page_id is None:
        return None
    since = now - clock.clock().real(STALE)
    return Rendering.objects.filter(pk=page_id, draft=draft, at__gt=since).first()

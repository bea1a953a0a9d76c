"""Personal links: issued, found by their token, revoked."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from novation.customers.models import Contact
from novation.customers.services.contact_origins import origin_data
from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.notices import secrets
from novation.notices.models import Link, Notice
from novation.notices.purposes import Purpose
from novation.notices.services.outbox import queue

LASTS = timedelta(days=60)
#: A mail never carries a link with less time left than this.
AT_LEAST = timedelta(days=21)


@transaction.atomic
def link_for(move: Move, contact: Contact, *, now: datetime) -> tuple[Link, str]:
    """The personal link of one person, new when there is none with enough time left.

    Args:
        move: whose page it opens.
        contact: for whom; every person has a link of their own.
        now: programme time.

    Returns:
        The link and its address. The address is a secret: it belongs into the mail and nowhere else.
    """
    usable = Link.objects.filter(
        move=move, contact=contact, revoked_at=None, expires_at__gte=now + AT_LEAST
    ).first()
    if usable is not None:
        return usable, link_url(usable)
    link_id = uuid.uuid4()
    link = Link.objects.create(
        id=link_id,
        move=move,
        contact=contact,
        token_sha256=secrets.token_hash(secrets.link_token(link_id)),
        issued_at=now,
        expires_at=now + LASTS,
    )
    data = {"link": str(link.id), "until": link.expires_at.isoformat(), **origin_data(contact)}
    events.record(
        Tag.LINK_ISSUED,
        at=now,
        actor="engine",
        subject=move.subject,
        data=data,
        personal={"email": contact.email},
    )
    return link, link_url(link)


def link_url(link: Link) -> str:
    """The address that belongs to a link."""
    return f"{settings.NOVATION_PUBLIC_URL}/r/{secrets.link_token(link.id)}"


def resolve(token: str, *, now: datetime) -> Link | None:
    """The link of a token, or None when it is unknown, expired or revoked; which of them is nobody's business."""
    shaped = token if secrets.TOKEN.fullmatch(token) else ""
    # A malformed token is looked up as well, so that all refusals cost the same.
    link = (
        Link.objects.filter(token_sha256=secrets.token_hash(shaped))
        .select_related("contact", "move__customer", "move__programme__source", "move__programme__target")
        .first()
    )
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        return None
    return link


@transaction.atomic
def revoke(link: Link, *, now: datetime, actor: str) -> None:
    """Makes a link open nothing any more. Twice is no error and leaves one event."""
    changed = Link.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now)
    if changed:
        events.record(
            Tag.LINK_REVOKED, at=now, actor=actor, subject=link.move.subject, data={"link": str(link.pk)}
        )


@transaction.atomic
def send_link(move: Move, contact: Contact, *, now: datetime) -> Notice:
    """Mails the personal link to its person once more; a closed or ending one is replaced by a new one.

    Raises:
        BadInput: mail to this person comes back.
    """
    if contact.state != Contact.State.OK:
        raise BadInput("Mail to this person comes back.", remedy="Find another contact first.")
    return queue(move=move, purpose=Purpose.LINK, contact=contact, now=now)

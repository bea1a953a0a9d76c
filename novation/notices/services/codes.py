"""One-time codes: sent to the address on file, good for a few minutes and a few tries."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from novation import clock
from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.moves.models import Contact
from novation.moves.services import events
from novation.notices import secrets
from novation.notices.models import Code, Link
from novation.notices.purposes import Purpose
from novation.notices.services.queueing import queue

LASTS = timedelta(minutes=15)  # of real time
TRIES = 5
#: Codes that one link may ask for within an hour of real time.
AN_HOUR = 5


@transaction.atomic
def issue_code(link: Link, *, now: datetime) -> Code:
    """Makes a new code, voids the older ones of this link, and queues the mail that carries it.

    Args:
        link: a usable link; the code goes to the address of its person, never to one that was typed.
        now: programme time.

    Raises:
        BadInput: too many codes were asked for, or mail to this address comes back.
    """
    link = Link.objects.select_for_update(of=("self",)).select_related("contact", "move").get(pk=link.pk)
    if link.contact.state != Contact.State.OK:
        raise BadInput(
            _("Mail to your address came back."), remedy=_("Please call us: the number is on your invoice.")
        )
    since = now - clock.clock().real(timedelta(hours=1))
    if link.codes.filter(issued_at__gt=since).count() >= AN_HOUR:
        raise BadInput(
            _("Several codes were sent already."), remedy=_("Wait an hour, or call us and we help you.")
        )
    link.codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    code = Code.objects.create(
        link=link,
        sent_to=link.contact.email,
        issued_at=now,
        expires_at=now + clock.clock().real(LASTS),
    )
    queue(move=link.move, purpose=Purpose.CODE, contact=link.contact, now=now, about={"code": str(code.pk)})
    return code


def open_code(link: Link, *, now: datetime) -> Code | None:
    """The code that would be accepted now, if there is one."""
    return link.codes.filter(used_at=None, expires_at__gt=now, tries__lt=TRIES).first()


@transaction.atomic
def check_code(link: Link, typed: str, *, now: datetime) -> Code | None:
    """Uses up the link's code if `typed` is right; a wrong try counts, and both are recorded.

    Returns:
        The code that was accepted, or None. Call it inside the transaction of the act that it proves.
    """
    link = Link.objects.select_for_update(of=("self",)).select_related("move").get(pk=link.pk)
    code = open_code(link, now=now)
    if code is not None and secrets.same_digits(typed, code.pk):
        code.used_at = now
        code.save(update_fields=["used_at"])
        tag = Tag.CODE_ACCEPTED
    else:
        tag = Tag.CODE_REFUSED
        if code is not None:
            code.tries += 1
            code.save(update_fields=["tries"])
    data = {"link": str(link.pk), "code": str(code.pk) if code else ""}
    events.record(tag, at=now, actor="customer", move=link.move, data=data)
    return code if tag is Tag.CODE_ACCEPTED else None

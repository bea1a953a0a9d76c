"""One-time codes: sent to the address on file or read out on the number on file; good for minutes and a few tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from novation import clock
from novation.customers.models import Contact
from novation.domain.errors import BadInput, NeedsOperator
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.notices import secrets
from novation.notices.models import Code, Link
from novation.notices.purposes import Purpose
from novation.notices.services.links import link_for
from novation.notices.services.outbox import queue

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
    _within_limit(link, now)
    link.codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    code = Code.objects.create(
        link=link,
        sent_to=link.contact.email,
        issued_at=now,
        expires_at=now + clock.clock().real(LASTS),
    )
    queue(move=link.move, purpose=Purpose.CODE, contact=link.contact, now=now, about={"code": str(code.pk)})
    return code


@transaction.atomic
def read_out_code(
    move: Move, contact: Contact, *, person: Any, spoke_with: str, now: datetime
) -> tuple[Code, str]:
    """Makes a code that an operator reads out on a number on file, and voids the older ones.

    The operator sees digits and never the link, so that neither alone decides anything.

    Args:
        move: whose page.
        contact: whose link it goes with; the link is made when there is none.
        person: the operator who has called.
        spoke_with: who answered, as they named themselves.
        now: programme time.

    Returns:
        The code and its digits, to be shown once.

    Raises:
        BadInput: nobody is named, no number is on file, or too many codes were asked for.
        NeedsOperator: the person is not of this customer.
    """
    if contact.customer_id != move.customer_id:
        raise NeedsOperator("This person belongs to another customer.")
    number = contact.phone or move.customer.phone
    if not number:
        raise BadInput(
            "No telephone number is on file.", remedy="A number from a mail is no proof of anybody."
        )
    if len(spoke_with.strip()) < 2:
        raise BadInput("Say with whom you speak.", where="spoke_with", remedy="As they named themselves.")
    found, _url = link_for(move, contact, now=now)
    link = Link.objects.select_for_update(of=("self",)).get(pk=found.pk)
    _within_limit(link, now)
    link.codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    code = Code.objects.create(
        link=link,
        channel=Code.Channel.PHONE,
        sent_to=number,
        issued_at=now,
        expires_at=now + clock.clock().real(LASTS),
    )
    events.record(
        Tag.CODE_SENT,
        at=now,
        actor=f"operator:{person.pk}",
        subject=move.subject,
        data={"link": str(link.pk), "code": str(code.pk), "channel": "phone"},
        personal={"number": number, "spoke_with": spoke_with.strip()[:200]},
    )
    return code, secrets.code_digits(code.pk)


def _within_limit(link: Link, now: datetime) -> None:
    since = now - clock.clock().real(timedelta(hours=1))
    if link.codes.filter(issued_at__gt=since).count() >= AN_HOUR:
        raise BadInput(
            _("Several codes were sent already."), remedy=_("Wait an hour, or call us and we help you.")
        )


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
    events.record(tag, at=now, actor="customer", subject=link.move.subject, data=data)
    return code if tag is Tag.CODE_ACCEPTED else None

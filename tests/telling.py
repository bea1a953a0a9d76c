"""A customer to be told, and a mail server that takes, refuses or drops what we send."""

from __future__ import annotations

import email
import itertools
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from novation.customers.models import Account, Contact, Customer
from novation.domain.facts import ItemState
from novation.moves.models import Item, Move, Programme
from novation.moves.services import inventory
from novation.notices import delivery
from novation.notices.models import Notice

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
S = TypeVar("S", bound="Sink")
_numbers = itertools.count(1)


def make_programme(**details: Any) -> Programme:
    """Severka IT hands its customers over to Severka Group."""
    source, _ = Account.objects.get_or_create(
        slug="source", defaults={"tenant_id": "1" * 36, "name": "Severka IT s.r.o."}
    )
    target, _ = Account.objects.get_or_create(
        slug="target", defaults={"tenant_id": "2" * 36, "name": "Severka Group a.s."}
    )
    values = {
        "name": "Move to Severka Group",
        "sender_name": "Severka IT s.r.o.",
        "sender_email": "zmena@severka.example",
        "sender_address": "Příkop 4, 602 00 Brno",
        "person_name": "Petr Šimůnek",
        "invitation_url": "https://admin.microsoft.example/invite?partner=2",
        "created_at": NOW,
    }
    return Programme.objects.create(source=source, target=target, **{**values, **details})


def make_move(
    programme: Programme | None = None,
    *,
    language: str = "en",
    name: str = "Strojírny Dvořák & Žďárský, spol. s r.o.",
    person: str = "Jana Žďárská",
    address: str | None = None,
    items: int = 3,
    **states: str,
) -> Move:
    """One customer with a contact, some subscriptions, and the tracks given as `decision="asked"` …"""
    number = next(_numbers)
    programme = programme or Programme.objects.first() or make_programme()
    customer = Customer.objects.create(
        tenant_id=f"{number:036d}",
        name=name,
        domain=f"strojirny{number:04d}.onmicrosoft.com",
        country="CZ",
        language=language,
        created_at=NOW,
    )
    if person:
        inventory.add_contact(
            customer,
            name=person,
            email=address or f"jana{number}@strojirny.example",
            added_by="import",
            now=NOW,
        )
    move = Move.objects.create(
        programme=programme,
        customer=customer,
        reference=f"SEV-4821-{number:04d}",
        words="maple anchor snow lantern",
        created_at=NOW,
        baseline_at=NOW - timedelta(days=1),
        **{f"{track}_state": state for track, state in states.items()},
    )
    move.stage = move.derive_stage()
    move.save()
    for index in range(items):
        Item.objects.create(
            move=move,
            subscription_id=f"sub-{number}-{index}",
            product="CFQ7TTC0LCHC:0002",
            name=("Microsoft 365 Business Premium", "Exchange Online (Plan 1)", "Power BI Pro")[index % 3],
            quantity=(41, 9, 4)[index % 3],
            ends=NOW + timedelta(days=90 + index * 30),
            status="active",
            state=ItemState.IN_OLD,
            baseline={},
        )
    return move


def contact_of(move: Move) -> Contact:
    found = move.customer.contacts.first()
    assert found is not None
    return found


@dataclass
class Sink:
    """What arrived at the mail server, and how the next conversation shall go wrong."""

    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    at_mail: str = ""  # replies such as "451 busy"; empty: all is well
    at_rcpt: str = ""
    at_data: str = ""
    drop: str = ""  # "body": takes the body, delivers it, hangs up without a reply

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.at_data:
            return self.at_data
        content = bytes(envelope.original_content)
        self.raw.append(content)
        message = email.message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.arrived.append((envelope.rcpt_tos[0], message))
        if self.drop == "body":
            server.transport.abort()
            return "250 never heard"
        return "250 OK"

    def last(self) -> EmailMessage:
        return self.arrived[-1][1]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def link_in(message: EmailMessage) -> str:
    found = re.search(r"^https?://\S+/r/(\S{43})$", text_of(message), re.MULTILINE)
    assert found, "the mail has no personal link on a line of its own"
    return found.group(1)


def code_in(message: EmailMessage) -> str:
    found = re.search(r"^\s+(\d{6})$", text_of(message), re.MULTILINE)
    assert found, "the mail has no code"
    return found.group(1)


class _Loopback(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler.now, enable_SMTPUTF8=True, decode_data=False, ident="sink")


class _Switch:
    """Which sink answers the next conversation."""

    def __init__(self, sink: Sink) -> None:
        self.now = sink


_switches: dict[int, _Switch] = {}


def swap(old: Sink, new: S) -> S:
    """Lets another sink answer on the same server from the next conversation on."""
    _switches[id(old)].now = new
    return new


@contextmanager
def mail_server(settings: Any) -> Iterator[Sink]:
    """A mail server on a free port of this machine, and Django pointed at it."""
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    switch = _switches[id(sink)] = _Switch(sink)
    controller = _Loopback(switch, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.NOVATION_MAIL_RATE = 100_000
    settings.NOVATION_MAIL_DAILY = 0
    try:
        yield sink
    finally:
        controller.stop()
        del _switches[id(sink)]


def deliver(now: datetime = NOW, limit: int = 100) -> list[Notice]:
    """One round of the engine's mail work; returns the mails that were handled."""
    outgoing = delivery.claim(limit, now=now, owner="test")
    for one in outgoing:
        delivery.record(one, delivery.send(one), now=now)
    return list(Notice.objects.filter(pk__in=[one.notice for one in outgoing]).order_by("pk"))

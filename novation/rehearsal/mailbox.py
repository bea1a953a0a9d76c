"""The mail server of all customers: takes mail over SMTP, refuses dead addresses, hands mails to their readers."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from novation.rehearsal.processes import free_port

_LINK = re.compile(r"https?://\S+/r/[A-Za-z0-9_=-]+")
_CODE = re.compile(r"^\W*(\d{3}[ \u00a0]?\d{3})\W*$", re.MULTILINE)


@dataclass(frozen=True)
class ReceivedMail:
    """One mail as it arrived.

    Args:
        to: address on the envelope.
        reference: from its header.
        purpose: from its Message-ID; what a reader sees from the subject.
        link: the personal link in it, if any.
        code: the one-time code in it, if any.
        text: subject and plain text.
    """

    to: str
    reference: str
    purpose: str
    link: str = field(repr=False)
    code: str = field(repr=False)
    text: str = field(repr=False)


class Mailbox:
    """An SMTP server on loopback. `deliver` is called for each mail before the server says that it took it."""

    def __init__(self, deliver: Callable[[ReceivedMail], None]) -> None:
        self.port = free_port()
        self.mails: list[ReceivedMail] = []
        self.refused = 0
        #: Test mails to our own people: not part of the story.
        self.to_own = 0
        self._own: frozenset[str] = frozenset()
        self._dead: frozenset[str] = frozenset()
        self._deliver = deliver
        self._arrived = threading.Condition()
        # Made when it starts: a server that is never started would leave an event loop behind.
        self._server: Controller | None = None

    def start(self) -> None:
        """Opens the port."""
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def stop(self) -> None:
        """Closes it, if it was opened."""
        if self._server is not None:
            self._server.stop()

    def reject_addresses(self, addresses: Iterable[str]) -> None:
        """From now on these addresses do not exist."""
        self._dead = frozenset(address.lower() for address in addresses)

    def set_own_addresses(self, us: Iterable[str]) -> None:
        """These addresses are our own people's."""
        self._own = frozenset(address.lower() for address in us)

    def count_mails(self, to: str, purpose: str) -> int:
        """How many mails of one purpose an address has received."""
        with self._arrived:
            return sum(1 for mail in self.mails if mail.to == to and mail.purpose == purpose)

    def wait_for_mail(self, to: str, purpose: str, *, more_than: int, seconds: float) -> ReceivedMail | None:
        """Waits for a mail beyond the first `more_than`; None when it does not come within `seconds` of real time."""

        def newest() -> ReceivedMail | None:
            mine = [mail for mail in self.mails if mail.to == to and mail.purpose == purpose]
            return mine[-1] if len(mine) > more_than else None

        with self._arrived:
            return self._arrived.wait_for(newest, timeout=seconds)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Refuses what does not exist (aiosmtpd calls this)."""
        if address.lower() in self._dead:
            self.refused += 1
            return "550 5.1.1 This mailbox does not exist"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Takes a mail (aiosmtpd calls this)."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        for address in envelope.rcpt_tos:
            if address.lower() in self._own:
                self.to_own += 1
                continue
            mail = parse_mail(message, address.lower())
            with self._arrived:
                self.mails.append(mail)
                self._arrived.notify_all()
            self._deliver(mail)
        return "250 Taken"


def parse_mail(message: EmailMessage, to: str) -> ReceivedMail:
    """What a person sees in a mail."""
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    identity = str(message["Message-ID"] or "").strip().strip("<>").split(".")
    link, code = _LINK.search(text), _CODE.search(text)
    return ReceivedMail(
        to=to,
        reference=str(message["X-Reference"] or ""),
        purpose=identity[1].rpartition("-")[0] if len(identity) > 1 else "",
        link=link.group() if link else "",
        code="".join(c for c in code.group(1) if c.isdigit()) if code else "",
        text=f"{message['Subject']}\n{text}",
    )

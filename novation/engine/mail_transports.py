"""The transports that sign in at Microsoft: Graph ``sendMail``, and SMTP with a token (XOAUTH2).

Only the engine speaks to Microsoft, so it brings these to the mails; everything else about a mail is `notices`'.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings

from novation.customers.services import vault
from novation.engine.accounts import endpoints
from novation.notices import transport
from novation.notices.mail import Mail
from novation.notices.transport import HELD, Handed, MayGo, Outcome, Transport, always
from novation.partnercenter import Account, Done, Timeouts, Unknown, errors
from novation.partnercenter.mailbox import Mailbox

T = TypeVar("T")

#: Seconds that handing over one mail may take.
LONGEST = 90.0
#: The name under which `novation connect mail` seals the application of the mailbox.
SECRET = "mail account"  # noqa: S105 (a name)


@dataclass(frozen=True, slots=True)
class Graph:
    """Hands mails to Exchange Online over HTTP. Called in threads; its calls run in the engine's loop."""

    mailbox: Mailbox
    loop: asyncio.AbstractEventLoop

    def send(self, mail: Mail, may_go: MayGo = always) -> Handed:
        """Hands one mail over, once."""
        if not may_go():
            return HELD
        try:
            outcome = _wait(self.loop, self.mailbox.send(mail.exact()))
        except TimeoutError:
            return Handed(Outcome.UNCERTAIN, "Graph did not answer in time.")
        match outcome:
            case Done(value=request_id):
                return Handed(Outcome.ACCEPTED, remote_id=request_id)
            case Unknown(error=error):
                return Handed(Outcome.UNCERTAIN, str(error)[:300])
        problem = outcome.error
        bad_mail = isinstance(problem, errors.Refused) and problem.status in (400, 413, 422)
        return Handed(Outcome.FAILED if bad_mail else Outcome.LATER, str(problem)[:300])


def _wait(loop: asyncio.AbstractEventLoop, call: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(call, loop).result(LONGEST)


def open_mailbox() -> Mailbox:
    """The mailbox that `novation connect mail` gave us.

    Raises:
        NeedsOperator: it is not connected.
    """
    values = vault.unseal(SECRET)
    account = Account(
        name="mail",
        tenant_id=values["tenant_id"],
        client_id=values["client_id"],
        client_secret=values["client_secret"],
    )
    return Mailbox(
        account, values["mailbox"], endpoints(), timeouts=Timeouts(connect=10.0, read=60.0, total=80.0)
    )


def transport_of(mailbox: Mailbox | None, loop: asyncio.AbstractEventLoop) -> Transport:
    """The transport of the settings, for threads beside `loop`."""
    if mailbox is None:
        return transport.chosen()
    if settings.NOVATION_MAIL == "graph":
        return Graph(mailbox, loop)

    def token() -> str:
        try:
            return _wait(loop, mailbox.smtp_token())
        except (errors.PartnerCenterError, TimeoutError) as error:
            # For the conversation with the mail server this is a connection that did not come about.
            raise ConnectionError(f"no token for the mail server: {error}") from error

    return transport.Smtp(token)


def needs_mailbox() -> bool:
    """True when the settings say that Microsoft's sign-in stands before each mail."""
    return settings.NOVATION_MAIL == "graph" or (
        settings.NOVATION_MAIL == "smtp" and bool(settings.NOVATION_MAIL_OAUTH)
    )

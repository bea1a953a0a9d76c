"""One way out for mails, whoever carries them: SMTP, Microsoft Graph, a mail service, or a file for trial.

What a transport says of a mail is one of six words. Nothing here knows the database.
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import get_connection

from novation.notices.mail import Mail
from novation.notices.smtp import EmailBackend, Withheld

_DJANGO_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_WATCHED_SMTP = "novation.notices.smtp.EmailBackend"

#: Replies to RCPT that speak of this address: RFC 5321 section 4.2.3.
_NO_SUCH_ADDRESS = frozenset({550, 551, 553, 554})


class Outcome(StrEnum):
    """What became of one mail."""

    ACCEPTED = "accepted"  # the server took it
    BOUNCED = "bounced"  # the server does not take mail for this address
    LATER = "later"  # not now, or not with our present set-up; nothing was delivered
    FAILED = "failed"  # the server refuses this mail for good
    UNCERTAIN = "uncertain"  # the connection broke after the mail was handed over
    WITHHELD = "withheld"  # `may_go` said no in the last moment; nothing was delivered


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of one mail, the server's words (at most 300 characters), and its own name for the mail."""

    outcome: Outcome
    detail: str = ""
    remote_id: str = ""


#: Asked in the last moment before a mail can no longer be held back, in the sender's thread.
MayGo = Callable[[], bool]
HELD = Handed(Outcome.WITHHELD, "Paused before it was handed over.")


def always() -> bool:
    """For mails that nobody can pause."""
    return True


class Transport(Protocol):
    """Carries one mail at a time; called from several threads."""

    def send(self, mail: Mail, may_go: MayGo = always) -> Handed:
        """Hands one mail over. Never raises for anything that a mail server can do."""


class Smtp:
    """SMTP as the settings say; with `token`, signed in by XOAUTH2 instead of a password.

    Also Django's backends for trial, which write each mail to a file or print it.
    """

    def __init__(self, token: Callable[[], str] | None = None) -> None:
        self._token = token

    def send(self, mail: Mail, may_go: MayGo = always) -> Handed:
        """Hands one mail over in a conversation of its own."""
        backend: Any = None
        try:
            backend = self._backend(may_go)
            backend.open()
            if not isinstance(backend, EmailBackend) and not may_go():
                return HELD
            backend.send_messages([mail])
        except Withheld:
            return HELD
        except (smtplib.SMTPException, OSError) as error:
            return Handed(*classify(error, phase=str(getattr(backend, "phase", ""))))
        finally:
            # The server has answered for the mail; how it says good-bye changes nothing.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                if backend is not None:
                    backend.close()
        return Handed(Outcome.ACCEPTED)

    def _backend(self, may_go: MayGo) -> Any:
        chosen = settings.EMAIL_BACKEND
        if chosen != _DJANGO_SMTP:
            return get_connection(chosen)
        return get_connection(_WATCHED_SMTP, token=self._token, may_go=may_go)


def classify(error: Exception, *, phase: str) -> tuple[Outcome, str]:
    """What an error means.

    Args:
        error: of smtplib, or of the network below it.
        phase: how far the mail had got, see `smtp.EmailBackend.phase`.

    Returns:
        The outcome and the server's words.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            if code in _NO_SUCH_ADDRESS:
                return Outcome.BOUNCED, _words(code, words)
            return (Outcome.FAILED if code >= 500 else Outcome.LATER), _words(code, words)
        case smtplib.SMTPDataError():
            outcome = Outcome.FAILED if error.smtp_code >= 500 else Outcome.LATER
            return outcome, _words(error.smtp_code, error.smtp_error)
        case smtplib.SMTPServerDisconnected() | OSError() if phase == "body":
            return Outcome.UNCERTAIN, f"The connection broke after the mail was handed over: {error}"[:300]
        case smtplib.SMTPResponseException():
            # Greeting, sign-in or sender refused: our set-up, not this customer's address. Nothing is lost.
            return Outcome.LATER, _words(error.smtp_code, error.smtp_error)
    return Outcome.LATER, f"No connection to the mail server: {error}"[:300]


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:300]


def chosen() -> Transport:
    """The transport of the settings, as far as it needs no sign-in at Microsoft; the engine knows the others."""
    if settings.NOVATION_MAIL in settings.NOVATION_MAIL_SERVICES:
        from novation.notices.mail_service import MailService

        return MailService()
    return Smtp()

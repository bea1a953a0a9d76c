"""Speaks to the mail server, and says in one of five words what came of it. Knows no database."""

from __future__ import annotations

import contextlib
import smtplib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from novation.notices import mail, texts
from novation.notices.delivery.claiming import Outgoing
from novation.notices.smtp import EmailBackend

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The outcome, and the mail as it was sent.

    Args:
        outcome: see Outcome.
        detail: the server's words, at most 300 characters.
        sha256: of the exact bytes.
        kept: the bytes for the record, without secrets.
        wording: version of the texts.
    """

    outcome: Outcome
    detail: str = ""
    sha256: str = ""
    kept: bytes = field(default=b"", repr=False)
    wording: str = ""


def send(outgoing: Outgoing) -> Delivery:
    """Renders and sends one mail. Never raises for anything that a mail server can do."""
    written = mail.write(outgoing.addressing, outgoing.facts, outgoing.language)
    backend = _connection()
    try:
        backend.open()
        backend.send_messages([written.mail])
        outcome, detail = Outcome.ACCEPTED, ""
    except (smtplib.SMTPException, OSError) as error:
        outcome, detail = classify(error, phase=str(getattr(backend, "phase", "")))
    finally:
        # The server has answered for the mail; how it says good-bye changes nothing.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            backend.close()
    return Delivery(
        outcome=outcome,
        detail=detail,
        sha256=written.sha256,
        kept=written.kept,
        wording=texts.VERSION,
    )


def _connection() -> Any:
    chosen = settings.EMAIL_BACKEND
    return get_connection(_WATCHED_SMTP if chosen == _DJANGO_SMTP else chosen)


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


__all__ = ["Delivery", "EmailBackend", "Outcome", "classify", "send"]

"""The mail itself: headers, two parts, and the copy that we keep. Pure rendering; nothing is sent here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage as StandardMessage
from email.message import Message
from email.utils import format_datetime, formataddr

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.translation import gettext as _

from novation.notices import texts
from novation.notices.markup import plain
from novation.notices.purposes import REMINDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """From whom to whom, and under which number. Times are programme time."""

    sender_name: str
    sender_email: str
    to_name: str
    to_email: str
    message_id: str
    reference: str
    purpose: str
    at: datetime


class Mail(EmailMultiAlternatives):
    """A mail that is built once, so that the bytes we hash are the bytes that go out."""

    built: Message | None = None

    def message(self) -> Message:
        if self.built is None:
            self.built = super().message()
            fixed = hashlib.sha256(str(self.extra_headers["Message-ID"]).encode()).hexdigest()[:32]
            if isinstance(self.built, Message) and not isinstance(self.built, StandardMessage):
                self.built.set_boundary(f"=_{fixed}")
        return self.built

    def exact(self) -> bytes:
        """The bytes as they are handed to the server."""
        return self.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's SafeMIME has it


@dataclass(frozen=True, slots=True)
class Written:
    """A mail ready to go.

    Args:
        mail: what is sent; holds secrets.
        sha256: of its exact bytes.
        kept: the same mail with link and code masked, for the record.
    """

    mail: Mail = field(repr=False)
    sha256: str
    kept: bytes = field(repr=False)


def write(addressing: Addressing, facts: texts.Facts, language: str, source: str = "") -> Written:
    """Renders one mail and the copy for the record. `source` is a text of the programme's own."""
    mail = _mail(addressing, facts, language, source)
    exact = mail.exact()
    kept = _masked(exact, addressing, facts, language, source)
    return Written(mail, hashlib.sha256(exact).hexdigest(), kept)


def _mail(addressing: Addressing, facts: texts.Facts, language: str, source: str) -> Mail:
    letter = texts.render(addressing.purpose, facts, language, source)
    sender = formataddr((plain(addressing.sender_name), addressing.sender_email))
    headers = {
        "Message-ID": addressing.message_id,
        "Date": format_datetime(addressing.at),
        # RFC 3834: out-of-office programmes must not answer it.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": language,
        "X-Reference": addressing.reference,
    }
    if addressing.purpose in REMINDERS:
        # "No more reminders" with one click (RFC 8058) or by a mail; the notice itself cannot be refused.
        by_mail = f"<mailto:{addressing.sender_email}?subject=No%20more%20reminders%20{addressing.reference}>"
        headers["List-Unsubscribe"] = f"<{facts.stop_url}>, {by_mail}" if facts.stop_url else by_mail
        if facts.stop_url:
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = Mail(
        subject=letter.subject,
        body=letter.text + _witness(facts, language),
        from_email=sender,
        to=[formataddr((plain(addressing.to_name), addressing.to_email))],
        reply_to=[sender],
        headers=headers,
    )
    mail.attach_alternative(texts.as_html(letter, facts, language), "text/html")
    return mail


def _witness(facts: texts.Facts, language: str) -> str:
    if not facts.checkpoint:
        return ""
    with translation.override(language):
        said = _(
            "The state of our evidence log, signed. With it you can prove later that nothing was changed:"
        )
    # Byte for byte as it was signed: a verifier reads it from this mail.
    return f"\n{said}\n\n{facts.checkpoint}"


def _masked(exact: bytes, addressing: Addressing, facts: texts.Facts, language: str, source: str) -> bytes:
    """The same mail without its secrets."""
    token, stop = facts.url.rpartition("/")[2], facts.stop_url.rpartition("/")[2]
    secrets = [secret for secret in (token, stop, facts.code) if secret]
    if b"quoted-printable" not in exact and all(secret.encode() in exact for secret in secrets):
        for secret in secrets:
            exact = exact.replace(secret.encode(), b"*" * len(secret))
        return exact
    # An encoding that breaks lines could break a secret in two: render once more, without it.
    masked = replace(
        facts,
        url=facts.url.removesuffix(token) + "*" * len(token),
        stop_url=facts.stop_url.removesuffix(stop) + "*" * len(stop),
        code="*" * len(facts.code),
    )
    return _mail(addressing, masked, language, source).exact()

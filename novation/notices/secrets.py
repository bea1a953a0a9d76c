"""Tokens of personal links and one-time codes: derived from our keys, so that neither is ever stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid

from django.conf import settings

#: 32 bytes in base64url without padding. Anything else is no token of ours and is not looked up.
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def link_token(link_id: uuid.UUID) -> str:
    """The secret part of a personal link: 256 bits, base64url."""
    digest = hmac.digest(settings.NOVATION_KEYS["link"], b"link:" + link_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def stop_token(link_id: uuid.UUID) -> str:
    """The secret part of "no more reminders" (RFC 8058): the link's id and a signature, base64url.

    It stops reminders and opens nothing.
    """
    signed = hmac.digest(settings.NOVATION_KEYS["link"], b"stop:" + link_id.bytes, hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(link_id.bytes + signed).rstrip(b"=").decode()


def link_of_stop(token: str) -> uuid.UUID | None:
    """The id of the link that a `stop_token` belongs to; None when it is none of ours."""
    if not TOKEN.fullmatch(token):
        return None
    link_id = uuid.UUID(bytes=base64.urlsafe_b64decode(token + "=")[:16])
    return link_id if hmac.compare_digest(stop_token(link_id), token) else None


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_digits(code_id: uuid.UUID) -> str:
    """The six digits of a one-time code."""
    digest = hmac.digest(settings.NOVATION_KEYS["code"], b"code:" + code_id.bytes, hashlib.sha256)
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def same_digits(typed: str, code_id: uuid.UUID) -> bool:
    """Compares what was typed (blanks and dashes do not count) in constant time."""
    digits = re.sub(r"[\s\-\u2010-\u2015]", "", typed)[:12]
    return hmac.compare_digest(digits.encode(), code_digits(code_id).encode())

"""The reference number that stands on mail, page, panel and statement, and the call-back words."""

from __future__ import annotations

import hashlib

_WORDS = """
maple anchor snow lantern river copper window garden silver mountain orange bridge paper forest candle harbour
basket thunder meadow pencil castle feather island kettle ladder marble needle ocean pillow rabbit saddle table
umbrella velvet whistle yellow apple button cherry dragon engine falcon ginger hammer jacket kitchen lemon mirror
nutmeg olive pepper quarry rocket spider timber valley walnut circus desert ember flower glacier honey ivory jungle
"""
#: Short common words that are told apart on the telephone.
WORDS = tuple(_WORDS.split())


def reference(prefix: str, tenant_id: str, attempt: int = 0) -> str:
    """`ABC-1234-5678` for a customer: the same at every import, and no secret.

    Args:
        prefix: three letters of the partner.
        tenant_id: the customer's tenant id.
        attempt: counts up when the number is taken already.
    """
    digest = hashlib.sha256(f"{tenant_id.lower()}/{attempt}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") % 100_000_000
    return f"{prefix}-{number // 10_000:04d}-{number % 10_000:04d}"


def callback_words(secret: bytes, tenant_id: str) -> str:
    """Four words that our people read out on the telephone and the customer sees on the page.

    Args:
        secret: so that nobody outside can work them out from the tenant id.
        tenant_id: the customer's tenant id.
    """
    digest = hashlib.blake2b(tenant_id.lower().encode(), key=secret[:32], digest_size=8).digest()
    return " ".join(WORDS[int.from_bytes(digest[i : i + 2], "big") % len(WORDS)] for i in range(0, 8, 2))

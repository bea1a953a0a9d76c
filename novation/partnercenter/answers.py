"""From bytes to JSON: byte order mark, fractions as ``Decimal``, and a clear finding when it is not JSON."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from novation.partnercenter.errors import BadAnswer
from novation.partnercenter.refusals import excerpt

_BOM = b"\xef\xbb\xbf"
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """Return the JSON of ``body``; None for an empty one.

    Answers may begin with a byte order mark. Raises ``BadAnswer`` with a short excerpt for anything but JSON.
    """
    text = body.removeprefix(_BOM).strip()
    if not text:
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        kind = headers.get("content-type", "").split(";")[0] or "no content type"
        what = "HTML instead of JSON" if text[:1] == b"<" else f"not JSON ({problem})"
        raise BadAnswer(f"{what}, {kind}, {len(body)} bytes", excerpt=excerpt(body), status=status) from None


def encode(body: Any) -> bytes:
    """Return ``body`` as JSON; ``Decimal`` goes out as a number with all its digits."""
    return _encoder.encode(body)


def items_of(body: Any) -> list[Any]:
    """Return the items of a collection: a bare array, ``items``, or Graph's ``value``.

    The description of 2021 calls those of customer qualifications ``qualifications``; the page shows an array.
    Raises ``BadAnswer`` if there is no such list.
    """
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        for name in ("items", "Items", "value", "Value", "qualifications"):
            if isinstance(body.get(name), list):
                return list(body[name])
        if not body or body.get("items", 0) is None:
            return []
    raise BadAnswer(f"expected a collection, got {type(body).__name__}")

"""From bytes to JSON: byte order mark, fractions as ``Decimal``, and a clear finding when it is not JSON."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeGuard

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


def total_of(body: Any) -> int:
    """Return how many items a collection says that it has; 0 if it does not say, or says it unreadably."""
    stated = (body.get("totalCount", body.get("@odata.count")) if isinstance(body, dict) else None) or 0
    try:
        return 0 if isinstance(stated, bool) else int(stated)
    except (ValueError, TypeError, OverflowError):
        return 0


def is_error_object(body: Any) -> TypeGuard[dict[str, Any]]:
    """Whether ``body`` is what Partner Center or Graph answers when they refuse, and nothing else."""
    if not isinstance(body, dict) or {"id", "items", "value"} & body.keys():
        return False
    inner = body.get("error")
    return {"code", "description"} <= body.keys() or (isinstance(inner, dict) and "code" in inner)


def check_id(body: Any, asked: str) -> None:
    """Raise ``BadAnswer`` if ``body`` names another ``id`` than ``asked``; case is no difference."""
    named = body.get("id") if isinstance(body, dict) else None
    if isinstance(named, str) and named.casefold() != asked.casefold():
        raise BadAnswer("the answer is about something else than was asked for")


def items_of(body: Any) -> list[Any]:
    """Return the items of a collection: a bare array, ``items``, or Graph's ``value``.

    The description of 2021 calls those of customer qualifications ``qualifications``; the page shows an array.
    Raises ``BadAnswer`` if there is no such list: an empty object or a list that is null says nothing, and not that
    there are no items.
    """
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        for name in ("items", "Items", "value", "Value", "qualifications"):
            if isinstance(body.get(name), list):
                return list(body[name])
    raise BadAnswer(f"expected a collection, got {type(body).__name__}")

"""RFC 8785 bytes of the values that an event may hold."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from novation.evidence.errors import BadEntry

LARGEST = 2**53 - 1  # beyond this, JSON readers in other languages round (RFC 8785, section 3.2.2.3)
DEEPEST = 16


def canonical(value: Any) -> bytes:
    """The one RFC 8785 form of a JSON value.

    Floats, integers beyond 2^53-1, lone surrogates, keys that are not text and nesting beyond 16 levels
    raise BadEntry.
    """
    check(value, "value", 0)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadEntry(f"The value has no canonical JSON form: {error}") from error


def check(value: Any, path: str, depth: int) -> None:
    """Raise BadEntry, naming the path, unless the value is JSON without floats."""
    if depth > DEEPEST:
        raise BadEntry(f"{path}: nested deeper than {DEEPEST} levels")
    match value:
        case None | bool():
            return
        case str():
            if any("\ud800" <= letter <= "\udfff" for letter in value):
                raise BadEntry(f"{path}: text with a lone surrogate")
        case int():
            if abs(value) > LARGEST:
                raise BadEntry(f"{path}: {value} is beyond 2^53-1; write it as text")
        case float():
            raise BadEntry(f"{path}: a float; write money as whole minor units and rates as text")
        case Mapping():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise BadEntry(f"{path}: the key {key!r} is not text")
                check(inner, f"{path}.{key}", depth + 1)
        case list() | tuple():
            for place, inner in enumerate(value):
                check(inner, f"{path}[{place}]", depth + 1)
        case _:
            raise BadEntry(f"{path}: {type(value).__name__} is not a JSON value")


def utc_text(at: datetime) -> str:
    """`2026-11-23T10:20:00.000000Z`: the only form of a time in evidence. A naive one raises BadEntry."""
    if at.tzinfo is None:
        raise BadEntry("A time without a zone cannot be evidence")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""Strict forms: whatever has a second spelling is refused, because a second spelling hides a change."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re

from novation.evidence.verifier.outcome import CheckFailed

LARGEST = 2**53 - 1
TIME_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
HEX_32_BYTES = re.compile(r"[0-9a-f]{64}")


def canonical_json(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value without floats."""
    try:
        return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except (RecursionError, UnicodeEncodeError):
        raise CheckFailed("has no canonical JSON form") from None


def _ordered(value: object) -> object:
    # RFC 8785 orders keys by UTF-16 units, Python by code points; they differ beyond the basic plane.
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(inner) for inner in value]
    return value


def read_json(data: bytes, keys: set[str], options: set[str] | None = None) -> dict[str, object]:
    """A JSON object in canonical bytes with all of these keys, and of `options` any; else CheckFailed."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_float=_no_float,
            parse_constant=_no_float,
            object_pairs_hook=_no_repeat,
        )
    except (ValueError, RecursionError):
        raise CheckFailed("is not JSON") from None
    if not isinstance(value, dict) or canonical_json(value) != data:
        raise CheckFailed("is not in canonical JSON form (RFC 8785)")
    wrong = (keys - set(value)) | (set(value) - keys - (options or set()))
    if wrong:
        raise CheckFailed(f"has other keys than it must have: {', '.join(sorted(wrong))[:300]}")
    _check_numbers(value)
    return value


def _no_float(text: str) -> object:
    raise ValueError("numbers are whole: " + text[:20])


def _no_repeat(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def _check_numbers(value: object) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _check_numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_numbers(inner)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        raise CheckFailed("has a number beyond 2^53-1")


def expect_whole(value: object, least: int = 0) -> int:
    """A whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise CheckFailed(f"{value!r} is not a whole number of at least {least}")
    return value


def expect_text(value: object) -> str:
    """A text, possibly empty."""
    if not isinstance(value, str):
        raise CheckFailed(f"{value!r} is not a text")
    return value


def expect_list(value: object) -> list[object]:
    """A list."""
    if not isinstance(value, list):
        raise CheckFailed(f"{value!r} is not a list")
    return value


def expect_object(value: object) -> dict[str, object]:
    """An object."""
    if not isinstance(value, dict):
        raise CheckFailed(f"{value!r} is not an object")
    return value


def expect_sha256(value: object) -> str:
    """32 bytes in lower-case hex."""
    if not isinstance(value, str) or not HEX_32_BYTES.fullmatch(value):
        raise CheckFailed(f"{value!r} is not a SHA-256 in lower-case hex")
    return value


def parse_decimal(line: str) -> int:
    """A decimal number without leading zeros."""
    if not DECIMAL.fullmatch(line):
        raise CheckFailed(f"{line[:30]!r} is not a decimal number")
    return int(line)


def parse_time(value: object) -> datetime.datetime:
    """A time of the form 2026-11-23T10:20:00.000000Z."""
    try:
        at = datetime.datetime.strptime(expect_text(value), TIME_FORM).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise CheckFailed(f"{value!r} is not a time in UTC with six decimals") from None
    if format_time(at) != value:
        raise CheckFailed(f"{value!r} is not a time in its only form")
    return at


def format_time(at: datetime.datetime) -> str:
    """A time in its only form."""
    return f"{at.year:04d}-" + at.strftime("%m-%dT%H:%M:%S.%fZ")


def from_base64(line: str, length: int = 0) -> bytes:
    """The bytes of a base64 text that encodes back to itself; of this length, unless 0."""
    try:
        data = base64.b64decode(line.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise CheckFailed(f"{line[:30]!r} is not base64") from None
    if base64.b64encode(data).decode("ascii") != line or (length and len(data) != length):
        raise CheckFailed(f"{line[:30]!r} is not the only base64 form of its bytes")
    return data

"""What may be kept of a request and its answer: everything but what would let its reader act in our name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

HIDDEN: Final = "[not kept]"
#: Names of values that are secrets themselves.
SECRET: Final = re.compile(
    r"passw|secret|token|credential|authorization|assertion|cookie|api-?_?key|private", re.IGNORECASE
)
#: Headers by which Microsoft finds an answer again (pages headers, and Graph's best practices for support).
IDS: Final = (
    "ms-requestid",
    "ms-correlationid",
    "ms-cv",
    "request-id",
    "client-request-id",
    "x-ms-request-id",
)
LARGEST: Final = 64_000
DEEPEST: Final = 12
#: Beyond this, JSON readers in other languages round.
WHOLE: Final = 2**53 - 1


def redact_body(body: bytes | None) -> Any:
    """A body as plain JSON values without secrets; the text of what is no JSON, its length if it is too large.

    Passwords, tokens and the like are replaced, and what follows the `?` of an address, since a link may be a
    key. Floats become text, so that the value has one canonical form.
    """
    if not body:
        return None
    if len(body) > LARGEST:
        return {"bytes": len(body), "note": "too large to be kept"}
    try:
        return _plain(json.loads(body), 0)
    except (ValueError, RecursionError):
        return _text(body.decode("utf-8", "replace")[:2000])


def answer_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """The ids that the other side gave to its answer, by the name of the header in lower case."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: _text(lower[name])[:200] for name in IDS if lower.get(name)}


def _plain(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        return HIDDEN
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return value if abs(value) <= WHOLE else str(value)
        case dict():
            return {
                _text(name): HIDDEN if SECRET.search(name) and inner else _plain(inner, depth + 1)
                for name, inner in value.items()
            }
        case list():
            return [_plain(inner, depth + 1) for inner in value]
        case _:
            return str(value)


def _text(value: str) -> str:
    clean = value.encode("utf-8", "replace").decode()
    if "://" not in clean or not ("?" in clean or "#" in clean):
        return clean
    try:
        parts = urlsplit(clean)
    except ValueError:
        return HIDDEN
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return f"{bare}?{HIDDEN}"

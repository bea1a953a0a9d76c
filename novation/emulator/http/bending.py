"""How a bend changes an answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from novation.emulator.audit import pascal
from novation.emulator.bends import KINDS, Bend
from novation.emulator.http.calls import Answer, Call
from novation.emulator.refusals import Refusal

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PAGE = b"<!doctype html><html><head><title>Gateway</title></head><body><h1>The request could not be served</h1></body>"
_WORD = "notAnyWordYouKnow"
Refuse = Callable[[Refusal], Answer]


def rows_of(body: Any) -> list[Any] | None:
    """The rows of a list, whichever way its service writes one; None for a single thing."""
    if isinstance(body, list):
        return body
    for name in ("items", "value"):
        if isinstance(body, dict) and isinstance(body.get(name), list):
            return list(body[name])
    return None


def with_rows(body: Any, rows: list[Any] | None, *, total: int | None = None) -> Any:
    """The list with other rows, and with another total where it has one."""
    if isinstance(body, list):
        return rows
    name = "items" if "items" in body else "value"
    counts = {key: total for key in ("totalCount", "@odata.count") if key in body and total is not None}
    return {**body, name: rows, **counts}


def bend_answer(bend: Bend, answer: Answer, call: Call, refuse: Refuse) -> Answer:
    """The bent answer; the answer itself where the bend does not apply to it (a list's bend to a single thing)."""
    match bend.kind:
        case "html":
            status = bend.status or answer.status
            return Answer(
                status, raw=_PAGE, headers=dict(answer.headers), content_type="text/html; charset=utf-8"
            )
        case "headers":
            lower = {name.lower(): value for name, value in bend.headers.items()}
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in lower}
            given = {name: value for name, value in bend.headers.items() if value is not None}
            without = tuple(name for name, value in lower.items() if value is None)
            return replace(answer, headers={**kept, **given}, without=without)
        case "body":
            return replace(answer, status=bend.status or answer.status, raw=None, body=bend.value)
        case "empty-object":
            return replace(answer, raw=None, body={})
        case "status" if (bend.status or 0) >= 400:
            return refuse(_refusal(bend, bend.status or 500))
        case "status":
            return replace(answer, status=bend.status or answer.status)
        case "error-in-200":
            return replace(refuse(_refusal(bend, bend.status or 400)), status=200)
    if answer.raw is not None or answer.body is None or answer.status >= 400:
        return answer
    return _bend_body(bend, answer, call, refuse)


def _refusal(bend: Bend, status: int) -> Refusal:
    text = bend.description or "The answer was bent on purpose."
    refusal = Refusal(status, bend.code if bend.code is not None else status, text)
    if found := re.match(r"AADSTS(\d+)", text):
        refusal.extra["error_codes"] = [int(found[1])]
    return refusal


def _bend_body(bend: Bend, answer: Answer, call: Call, refuse: Refuse) -> Answer:
    body = deepcopy(answer.body)
    rows = rows_of(body)
    match bend.kind:
        case "drop-field" | "null-field" | "set-field" | "unknown-word":
            body = _with_field(bend, body, rows)
        case "text-for-number":
            body = _texts(body)
        case "upper-case-ids":
            body = _upper_ids(body)
        case "pascal-case":
            body = pascal(body)
        case "other-id":
            for thing in rows if rows is not None else [body]:
                if isinstance(thing, dict) and "id" in thing:
                    thing["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, str(thing["id"])))
        case "empty-list" if rows is not None:
            body = with_rows(body, [], total=0)
        case "null-list" if rows is not None:
            body = with_rows(body, None) if isinstance(body, dict) else None
        case "short-list" if rows is not None:
            body = with_rows(body, rows[: len(rows) // 2], total=len(rows))
        case "doubled-row" if rows:
            body = with_rows(body, [*rows, rows[-1]], total=len(rows) + 1)
        case "delayed-row" if _is_delayed(bend, call.now):
            if rows is None:
                return refuse(Refusal(404, 1000, "The resource was not found."))
            body = with_rows(body, rows[:-1], total=max(0, len(rows) - 1))
    return replace(answer, body=body)


def _is_delayed(bend: Bend, now: datetime) -> bool:
    bend.since = bend.since or now
    return now < bend.since + timedelta(seconds=bend.seconds)


def _with_field(bend: Bend, body: Any, rows: list[Any] | None) -> Any:
    path = (bend.field or "status").split(".")
    if path[0] in ("items", "value") and rows is not None and len(path) > 1:
        path = path[1:]
    outside = isinstance(body, dict) and path[0] in body
    for thing in [body] if rows is None or outside else rows:
        _change(thing, path, bend)
    return body


def _change(thing: Any, path: list[str], bend: Bend) -> None:
    if isinstance(thing, list):
        for inner in thing:
            _change(inner, path, bend)
    elif isinstance(thing, dict) and len(path) > 1:
        _change(thing.get(path[0]), path[1:], bend)
    elif isinstance(thing, dict):
        if bend.kind == "drop-field":
            thing.pop(path[0], None)
        elif path[0] in thing or bend.kind == "set-field":
            unknown = bend.value if bend.value is not None else _WORD
            thing[path[0]] = {"null-field": None, "unknown-word": unknown}.get(bend.kind, bend.value)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float | Decimal) else value


def _upper_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _upper_ids(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_upper_ids(inner) for inner in value]
    return _GUID.sub(lambda found: found[0].upper(), value) if isinstance(value, str) else value


#: Kinds that chance may choose: they need nothing that somebody must think of.
AT_RANDOM = tuple(sorted(KINDS.keys() - {"set-field", "body"}))


def random_bend(draw: Random, answer: Answer) -> Bend:
    """A bend for this answer by chance: kind, member, status, header."""
    kind = draw.choice(AT_RANDOM)
    rows = rows_of(answer.body)
    thing = rows[0] if rows else answer.body
    members = sorted(name for name in thing if name != "links") if isinstance(thing, dict) else []
    return Bend(
        id=0,
        kind=kind,
        field=draw.choice(members) if members and kind in ("drop-field", "null-field") else None,
        status=draw.choice((202, 204, 404, 409, 500, 503)) if kind == "status" else None,
        headers={"Retry-After": draw.choice(("0", "-1", "soon", "Mon, 01 Jan 2001 00:00:00 GMT"))},
        seconds=60.0,
    )

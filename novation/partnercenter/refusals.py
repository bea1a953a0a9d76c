"""From an HTTP status and an error body to one error of the tree.

Shapes read: Partner Center ``{"code","description"}`` (page ``error-codes``), its newer ``errorName``,
Graph ``{"error":{"code","message"}}``, the sign-in service ``{"error","error_description"}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from novation.partnercenter import errors

# Page error-codes (2021, 2023) and later additions; the status is part of the key where a code is ambiguous.
_BY_STATUS_AND_CODE: dict[tuple[int, str], type[errors.Refused]] = {
    (400, "600061"): errors.AlreadyExists,
    (400, "2055"): errors.StaleTag,
    (401, "900421"): errors.MfaMissing,
    (403, "13605"): errors.NoAgreement,
    (403, "900329"): errors.WrongTokenKind,
    (403, "900316"): errors.WrongTokenKind,
    (403, "900308"): errors.MissingRole,
    (403, "900150"): errors.MissingRole,
    (403, "900309"): errors.NotAuthorised,
    (403, "90000"): errors.NotAuthorised,
    (403, "Authorization_RequestDenied"): errors.MissingRole,
    (400, "900102"): errors.TransferConflict,
    (409, "900101"): errors.TransferConflict,
    (409, "900104"): errors.TransferConflict,
    (409, "900278"): errors.Pending,
    (400, "900278"): errors.Pending,
    (409, "800014"): errors.Pending,
    (409, "800060"): errors.Pending,
    (409, "800064"): errors.Pending,
}
_BY_CODE: dict[str, type[errors.Refused]] = {"20002": errors.NoRelationship}
_BY_STATUS: dict[int, type[errors.Refused]] = {
    401: errors.NotAuthorised,
    404: errors.NotFound,
    409: errors.AlreadyExists,
    410: errors.Gone,
    412: errors.StaleTag,
}
_SECRET = re.compile(
    r"(?i)bearer\s+\S+|(?:sig|token|secret|password|assertion|code)\s*[=:]\s*\S+|[A-Za-z0-9_\-+/=.]{80,}"
)
_WAIT = re.compile(r"(?i)try again in (\d{1,9}) second")


def mask_secrets(text: str) -> str:
    """Replace whatever looks like a token, a signature or a password."""
    return _SECRET.sub("[removed]", text)


def excerpt(body: bytes, length: int = 80) -> str:
    """Return a short, printable, masked beginning of ``body``."""
    text = mask_secrets(body[: 4 * length].decode("utf-8-sig", "replace"))
    return errors.shorten("".join(c if c.isprintable() else " " for c in text), length)


def retry_after(headers: Mapping[str, str], body: Any = None) -> float | None:
    """Seconds to wait, from ``Retry-After`` (seconds, or an HTTP date measured against the ``Date`` header)
    or from the text of the 429 body (page ``api-throttling-guidance``). None if nothing is said."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return float(max(0.0, float(value))) if value else _in_text(body)
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError):
        return _in_text(body)


def _in_text(body: Any) -> float | None:
    found = _WAIT.search(str(body.get("message", ""))) if isinstance(body, dict) else None
    return float(found.group(1)) if found else None


def read_error_body(body: Any) -> tuple[str | None, str, dict[str, Any]]:
    """Return (code, description, further safe fields) of an error body; (None, "", {}) for an unknown
    shape."""
    if not isinstance(body, dict):
        return None, "", {}
    low = {str(k)[:1].lower() + str(k)[1:]: v for k, v in body.items()}
    inner = low.get("error")
    if isinstance(inner, dict):
        return _text(inner.get("code")), mask_secrets(str(inner.get("message") or "")), {}
    if isinstance(inner, str):
        more = {"error_codes": low["error_codes"]} if isinstance(low.get("error_codes"), list) else {}
        return inner, mask_secrets(str(low.get("error_description") or "")), more
    code = low.get("code", low.get("errorCode"))
    if code is None:
        return None, "", {}
    description = low.get("description") or low.get("message") or low.get("errorDescription") or ""
    more = {k: low[k] for k in ("errorName", "isRetryable") if k in low}
    return _text(code), mask_secrets(str(description)), more


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def error_for(
    status: int, body: Any, headers: Mapping[str, str], default_wait: float = 30.0
) -> errors.PartnerCenterError:
    """Build the error for an answer with ``status`` >= 400.

    ``body`` is the decoded JSON or None. ``default_wait`` (seconds) stands in for a 429 without
    ``Retry-After``.
    """
    if status == 429:
        wait = retry_after(headers, body)
        return errors.Throttled(default_wait if wait is None else wait)
    code, description, more = read_error_body(body)
    if not description and code is None:
        description = f"the body is not an error object ({headers.get('content-type', 'no content type')})"
    if status >= 500 or status == 408:
        return errors.ServerFault(status, code, description, **more)
    kind = _BY_STATUS_AND_CODE.get((status, code or ""))
    kind = kind or _BY_CODE.get(code or "")
    kind = kind or _BY_STATUS.get(status)
    if kind is None:
        kind = (
            errors.NotAuthorised
            if status == 403 and (code or "").startswith(("Auth", "Access"))
            else errors.Refused
        )
    return kind(status, code, description, **more)

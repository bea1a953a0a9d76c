"""What can go wrong between this client and Partner Center, Graph or the sign-in service.

    PartnerCenterError
    ├── Invalid                  the call breaks a documented rule; found here, nothing was sent
    ├── Unreachable              no answer: refused connection, reset, time-out (``sent`` says if bytes left)
    ├── Throttled                429; ``retry_after`` in seconds
    ├── ServerFault              5xx, or 408: the server failed, the effect of a write is not known
    ├── BadAnswer                an answer nobody can read: cut JSON, wrong types, HTML, over-size
    │   └── FieldUnknown         a member that was asked for is absent or unreadable
    └── Refused                  any other 4xx: the server understood and said no
        ├── NotFound             404
        ├── NoRelationship       (any, 20002) no reseller relationship with this customer
        ├── NoAgreement          (403, 13605) no Microsoft Customer Agreement on record
        ├── AlreadyExists        (400, 600061), other 409
        ├── StaleTag             412, (400, 2055): somebody changed the resource in between
        ├── TransferConflict     (409, 900101), (409, 900104) and their kin: another transfer is in the way
        ├── Pending              (409, 900278), (409, 800014), (409, 800060), (409, 800064): try again later
        ├── Gone                 410: an export operation or manifest has expired
        └── NotAuthorised        401 and 403 of the sign-in or the rights
            ├── MfaMissing       (401, 900421) the refresh token carries no MFA claim
            ├── WrongTokenKind   (403, 900329) app-only where app+user is needed, or the other way round
            └── MissingRole      (403, 900308), (403, 900150) the signed-in user lacks a role

Keyed on (status, code), because some codes mean two things (page ``error-codes``: 2006 with 400 and 403).
No message, repr or attribute holds a token, a secret, a query string or a body that is not the API's own
error object. Descriptions are cut at 256 characters.
"""

from __future__ import annotations

from typing import Any

LONGEST_TEXT = 256


def shorten(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return ``text`` on one line and at most ``limit`` characters long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class PartnerCenterError(Exception):
    """Root of the tree.

    Attributes: ``api_call`` (name in the table of API calls), ``request_id`` and ``correlation_id``
    (strings, to be quoted to Microsoft's support); all three are None until the call is known.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shorten(message))
        self.api_call: str | None = None
        self.request_id: str | None = None
        self.correlation_id: str | None = None

    def attach_ids(
        self, api_call: str, request_id: str | None, correlation_id: str | None
    ) -> PartnerCenterError:
        """Note which call failed; returns self."""
        self.api_call, self.request_id, self.correlation_id = api_call, request_id, correlation_id
        return self

    def __str__(self) -> str:
        text = super().__str__()
        if self.api_call is None:
            return text
        return f"{self.api_call}: {text} (request {self.request_id}, correlation {self.correlation_id})"


class Invalid(PartnerCenterError):
    """The call breaks a documented rule. Found by the client; nothing was sent."""


class Unreachable(PartnerCenterError):
    """No answer came. ``sent`` is False only if it is certain that no byte of the request left."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class Throttled(PartnerCenterError):
    """HTTP 429 (page ``api-throttling-guidance``). ``retry_after`` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many requests; the server asks to wait {retry_after:g} s")
        self.retry_after = retry_after


class BadAnswer(PartnerCenterError):
    """An answer that cannot be read. ``excerpt`` is short and holds no secret; ``problem`` says what is
    wrong."""

    def __init__(self, problem: str, *, excerpt: str = "", status: int | None = None) -> None:
        shown = f"; it begins with {excerpt!r}" if excerpt else ""
        super().__init__(f"unreadable answer (HTTP {status}): {problem}{shown}")
        self.problem = problem
        self.excerpt = excerpt
        self.status = status


class FieldUnknown(BadAnswer):
    """A member that must be known is absent or unreadable: it may not be taken for none, 0 or False.

    ``field`` is its attribute, ``presence`` is ``absent`` or ``unreadable``.
    """

    def __init__(self, resource: str, field: str, presence: str) -> None:
        super().__init__(f"{resource}: {field} is {presence}", status=200)
        self.field = field
        self.presence = presence


class _Answered(PartnerCenterError):
    def __init__(self, status: int, code: str | None = None, description: str = "", **more: Any) -> None:
        self.status = status
        self.code = code
        self.description = shorten(description)
        self.details: dict[str, Any] = more
        super().__init__(f"HTTP {status}, code {code or 'none'}: {self.description or 'no description'}")


class ServerFault(_Answered):
    """5xx or 408. Whether a write had its effect is not known."""


class Refused(_Answered):
    """4xx: ``status``, ``code`` (text, None if the body was not the API's error object), ``description``."""


class NotFound(Refused):
    """404: no such resource, or not visible to this partner."""


class NoRelationship(Refused):
    """20002: this partner has no commerce relationship with the customer."""


class NoAgreement(Refused):
    """13605: no Microsoft Customer Agreement on record for this customer."""


class AlreadyExists(Refused):
    """600061 or a conflict that says that the thing is there already."""


class StaleTag(Refused):
    """412 or 2055: the resource was changed since it was read."""


class TransferConflict(Refused):
    """900101, 900104 and similar: another transfer is in the way."""


class Pending(Refused):
    """900278 and similar: an operation on the same thing is still running. Try again later (24 h at most)."""


class Gone(Refused):
    """410: an export operation or its manifest has expired (Graph billing); start again."""


class NotAuthorised(Refused):
    """401 or 403: the token or the rights are not good enough."""


class MfaMissing(NotAuthorised):
    """900421: the app+user token carries no MFA claim. Somebody must sign in again with MFA."""


class WrongTokenKind(NotAuthorised):
    """900329: this call takes the other kind of token."""


class MissingRole(NotAuthorised):
    """900308 or 900150: the signed-in user lacks a Partner Center or GDAP role."""

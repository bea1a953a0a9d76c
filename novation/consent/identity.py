"""Signing in with the customer's own Microsoft account: OpenID Connect, code flow with PKCE (page v2-protocols-oidc).

Nothing is kept between the two halves of a sign-in: state, nonce and verifier follow from the number of the page
on which it began, so Microsoft's signature covers a page that we keep. Addresses are the documented ones of the
tenant's own endpoint; `NOVATION_LOGIN_URL` is the authority.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import jwt
from django.conf import settings

from novation.domain.errors import NeedsOperator, TryLater

#: Directory roles that may speak for the company in this matter (page permissions-reference), by template id.
ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
}
SCOPE = "openid profile"
#: Clocks of two computers are never quite the same.
LEEWAY = 60
PATIENCE = 20  # seconds for one answer of the sign-in service


class NotProven(Exception):
    """The sign-in proves nothing for this customer. `reason`: tenant, role, unknown-role, cancelled or invalid."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What Microsoft signed about a person, and the bytes by which anybody can check it."""

    tenant: str
    person: str = field(repr=False)
    username: str = field(repr=False)
    object_id: str
    roles: tuple[str, ...]
    nonce: str
    record: bytes = field(repr=False)


def configured() -> bool:
    """True when an app is registered for it."""
    return bool(settings.NOVATION_SIGNIN_CLIENT)


def host() -> str:
    """The name with which the address of the sign-in page begins."""
    return urlsplit(settings.NOVATION_LOGIN_URL).netloc


def redirect_uri() -> str:
    """Where Microsoft sends the browser back; it is registered with the app."""
    return f"{settings.NOVATION_PUBLIC_URL}/my/signin/"


def address(page_id: uuid.UUID, tenant: str) -> str:
    """The address at Microsoft at which the person signs in."""
    digest = hashlib.sha256(_derived("verifier", page_id).encode()).digest()
    query = {
        "client_id": settings.NOVATION_SIGNIN_CLIENT,
        "response_type": "code",
        "response_mode": "query",
        "redirect_uri": redirect_uri(),
        "scope": SCOPE,
        "state": page_id.hex,
        "nonce": nonce(page_id),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    return f"{_endpoint(tenant)}/oauth2/v2.0/authorize?{urlencode(query)}"


def nonce(page_id: uuid.UUID) -> str:
    """Stands in the page and in Microsoft's signed answer, and so binds one to the other."""
    return _derived("nonce", page_id)


def page_of(state: str) -> uuid.UUID | None:
    """The page on which a sign-in began; None for a state that is none of ours."""
    try:
        return uuid.UUID(hex=state) if len(state) == 32 else None
    except ValueError:
        return None


def prove(code: str, page_id: uuid.UUID, tenant: str) -> Proof:
    """Exchanges the code for an ID token, and judges it.

    Args:
        code: as Microsoft sent it with the browser.
        page_id: of the page on which the sign-in began.
        tenant: id of the customer that is being moved; no other will do.

    Raises:
        NotProven: it is somebody else, no administrator, or no good answer.
        TryLater: Microsoft could not be reached.
        NeedsOperator: our own registration is wrong.
    """
    token = _exchange(code, page_id, tenant)
    keys = _keys(tenant)
    claims = read(token, keys)
    judge(claims, tenant=tenant, nonce=nonce(page_id))
    kept = {"authority": _endpoint(tenant), "id_token": token, "jwks": keys}
    return Proof(
        tenant=str(claims["tid"]),
        person=str(claims.get("name", ""))[:200],
        username=str(claims.get("preferred_username", ""))[:254],
        object_id=str(claims.get("oid", ""))[:36],
        roles=tuple(role for role in claims["wids"] if role in ROLES),
        nonce=str(claims["nonce"]),
        record=json.dumps(kept, indent=1, sort_keys=True).encode(),
    )


def read(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed, for us and for now. Raises NotProven."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((one for one in jwt.PyJWKSet.from_dict(keys).keys if one.key_id == kid), None)
        if key is None:
            raise NotProven("invalid", "the signing key is not among the tenant's")
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=settings.NOVATION_SIGNIN_CLIENT,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "tid", "nonce"]},
        )
    except jwt.PyJWTError as error:
        raise NotProven("invalid", type(error).__name__) from error
    if claims["iss"] != f"{_endpoint(str(claims['tid']))}/v2.0":
        raise NotProven("invalid", "the issuer is not the tenant's")
    return claims


def judge(claims: dict[str, Any], *, tenant: str, nonce: str) -> None:
    """Raises NotProven unless these claims are an administrator's of this tenant, and answer this page."""
    if not hmac.compare_digest(str(claims["nonce"]), nonce):
        raise NotProven("invalid", "the nonce is another page's")
    if str(claims["tid"]).lower() != tenant.lower():
        raise NotProven("tenant")
    roles = claims.get("wids")
    if not isinstance(roles, list) or not roles:
        # The app must be registered to ask for directory roles; without them nobody knows.
        raise NotProven("unknown-role")
    if not ROLES.keys() & {str(role) for role in roles}:
        raise NotProven("role")


def _exchange(code: str, page_id: uuid.UUID, tenant: str) -> str:
    form = {
        "client_id": settings.NOVATION_SIGNIN_CLIENT,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(),
        "code_verifier": _derived("verifier", page_id),
    }
    if settings.NOVATION_SIGNIN_SECRET:
        form["client_secret"] = settings.NOVATION_SIGNIN_SECRET
    answer = _asked("POST", f"{_endpoint(tenant)}/oauth2/v2.0/token", form)
    if answer.status_code in (400, 403):
        raise NotProven("invalid", "the code was refused")
    if answer.status_code == 401:
        raise NeedsOperator("Microsoft refuses the app's secret: see NOVATION_SIGNIN_SECRET.")
    token = _json(answer).get("id_token")
    if not isinstance(token, str):
        raise NotProven("invalid", "no ID token came")
    return token


def _keys(tenant: str) -> dict[str, Any]:
    return _json(_asked("GET", f"{_endpoint(tenant)}/discovery/v2.0/keys"))


def _asked(method: str, url: str, form: dict[str, str] | None = None) -> httpx2.Response:
    try:
        return httpx2.request(method, url, data=form, timeout=PATIENCE, follow_redirects=False)
    except httpx2.HTTPError as error:
        raise TryLater("Microsoft's sign-in service did not answer.") from error


def _json(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TryLater("Microsoft's sign-in service is busy.")
    try:
        value = answer.json()
    except ValueError as error:
        raise NotProven("invalid", "the answer is no JSON") from error
    if answer.status_code != 200 or not isinstance(value, dict):
        raise NotProven("invalid", f"status {answer.status_code}")
    return value


def _endpoint(tenant: str) -> str:
    return f"{settings.NOVATION_LOGIN_URL}/{tenant}"


def _derived(purpose: str, page_id: uuid.UUID) -> str:
    digest = hmac.digest(
        settings.NOVATION_KEYS["code"], f"sign-in {purpose}:".encode() + page_id.bytes, hashlib.sha256
    )
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

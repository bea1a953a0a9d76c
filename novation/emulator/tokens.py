"""Tokens of the sign-in service: app-only and app+user, one audience each, with or without the MFA claim."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from novation.emulator.partners import BY_TENANT, PARTNERS, Partner

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
RETIRED = "https://graph.windows.net"
_SAME = {
    "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd": PARTNER_CENTER,
    "00000003-0000-0000-c000-000000000000": GRAPH,
    PARTNER_CENTER: PARTNER_CENTER,
    GRAPH: GRAPH,
    RETIRED: RETIRED,
}
LIFETIME = 3599
_KEY = b"the emulator's tokens prove nothing outside of it"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token allows. ``expires`` is in steady seconds: tokens live on wall time."""

    account: str
    audience: str
    app_only: bool
    mfa: bool
    expires: float
    user: str | None = None


def audience_of(resource: str) -> str | None:
    """The service that a v1 ``resource`` names, or None."""
    return _SAME.get(resource.rstrip("/").removeprefix("api://"))


def audience_of_scope(scope: str) -> str | None:
    """The service that a v2 ``scope`` list names; Graph when it names only permissions."""
    for part in scope.split():
        if part.startswith(("https://", "api://")) or "/" in part:
            return audience_of(part.rsplit("/", 1)[0])
    return GRAPH if set(scope.split()) - {"openid", "profile", "offline_access", "email"} else None


class Tokens:
    """Issues and checks tokens. Refresh tokens stay good when a newer one is issued, as Entra's do."""

    def __init__(self) -> None:
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, tuple[str, bool]] = {}
        self._codes: dict[str, tuple[str, bool, str]] = {}
        for partner in PARTNERS.values():
            self._refresh[partner.refresh_token] = (partner.account, True)
            self._refresh[partner.refresh_token_without_mfa] = (partner.account, False)

    def issue_token(
        self, partner: Partner, audience: str, now: float, wall: float, *, app_only: bool, mfa: bool
    ) -> str:
        """A new access token: a signed JWT, though nobody but the emulator should look inside."""
        claims: dict[str, object] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{partner.tenant_id}/",
            "iat": int(wall),
            "nbf": int(wall),
            "exp": int(wall) + LIFETIME,
            "appid": partner.client_id,
            "tid": partner.tenant_id,
            "jti": secrets.token_hex(8),
        }
        if not app_only:
            claims |= {
                "upn": partner.user_name,
                "oid": partner.user_id,
                "amr": ["pwd", "mfa"] if mfa else ["pwd"],
            }
        token = signed_token(claims)
        user = None if app_only else partner.user_name
        self._access[token] = Grant(partner.account, audience, app_only, mfa, now + LIFETIME, user)
        return token

    def issue_refresh_token(self, account: str, mfa: bool) -> str:
        """A new refresh token."""
        token = f"0.{secrets.token_urlsafe(48)}"
        self._refresh[token] = (account, mfa)
        return token

    def issue_code(self, account: str, mfa: bool, redirect_uri: str) -> str:
        """A one-time authorization code."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = (account, mfa, redirect_uri)
        return code

    def redeem_refresh(self, token: str) -> tuple[str, bool] | None:
        """Account and MFA claim of a refresh token."""
        return self._refresh.get(token)

    def redeem_code(self, code: str) -> tuple[str, bool, str] | None:
        """Account, MFA claim and redirect address of a code, once."""
        return self._codes.pop(code, None)

    def revoke_tokens(self, account: str) -> None:
        """Ends every token of an account, also the ones it began with: only explicit revocation does."""
        self._access = {t: g for t, g in self._access.items() if g.account != account}
        self._refresh = {t: g for t, g in self._refresh.items() if g[0] != account}

    def find_grant(self, header: str | None, now: float) -> Grant | None:
        """The grant behind an Authorization header, or None when it is missing, unknown or expired."""
        if header is None or header[:7].lower() != "bearer ":
            return None
        grant = self._access.get(header[7:].strip())
        return grant if grant is not None and grant.expires > now else None


def partner_of(tenant: str) -> Partner | None:
    """The partner whose tenant id or domain is named in a sign-in address."""
    if tenant in BY_TENANT:
        return BY_TENANT[tenant]
    return next((p for p in PARTNERS.values() if p.domain == tenant.lower()), None)


def signed_token(claims: dict[str, object]) -> str:
    """A compact JWT, HS256."""
    head = _b64(b'{"alg":"HS256","typ":"JWT"}')
    body = _b64(json.dumps(claims, separators=(",", ":")).encode())
    return f"{head}.{body}.{_b64(hmac.new(_KEY, f'{head}.{body}'.encode(), hashlib.sha256).digest())}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

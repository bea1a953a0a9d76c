"""How an account gets its refresh token: the consent of the Secure Application Model, and a look at its MFA claim.

Page ``enable-secure-app-model``: a service user of the partner signs in once, with a second factor, and lets the
application act for it; the code that comes back is exchanged for a refresh token, which belongs in a vault.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from novation.partnercenter import errors
from novation.partnercenter.answers import decode
from novation.partnercenter.sending import Sender


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in brought. ``mfa`` is None if the token does not say; without MFA the token is worthless for
    app+user calls since April 2026. The refresh token is left out of the repr."""

    user: str | None
    mfa: bool | None
    refresh_token: str = field(repr=False)


class SigningIn:
    """The first sign-in of an account's service user."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def address(self, redirect_uri: str, *, state: str) -> str:
        """Where the service user signs in and consents. The browser comes back to ``redirect_uri`` with ``code`` and
        ``state``; the caller compares ``state`` with what it gave."""
        account, ends = self._sender.account, self._sender.endpoints
        query = {
            "client_id": account.client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": redirect_uri,
            "resource": ends.resource("api"),
            "state": state,
            "prompt": "select_account",
        }
        return f"{ends.base('login')}/{quote(account.tenant_id, safe='')}/oauth2/authorize?{urlencode(query)}"

    async def redeem(self, code: str, *, redirect_uri: str) -> SignedIn:
        """Exchange the code for a refresh token. This client uses it from now on, and ``on_refresh_token`` is called
        with it. A code is good once, so this is not tried again.

        Raises ``NotAuthorised`` for a code that is used, wrong or too old.
        """
        answer = await self._sender.redeem(code, redirect_uri)
        said = claims(str(answer.get("access_token") or ""))
        methods = said.get("amr")
        user = said.get("upn") or said.get("unique_name") or said.get("preferred_username")
        return SignedIn(
            user=str(user) if user else None,
            mfa="mfa" in methods if isinstance(methods, list) else None,
            refresh_token=str(answer["refresh_token"]),
        )

    async def mfa_compliant(self) -> bool | None:
        """Whether the server counts this account's app+user calls as signed in with MFA (request header
        ``ValidateMfa``); None if it does not say. Raises what any read raises."""
        request = self._sender.request("relationships.invitation", headers={"ValidateMfa": "true"})
        try:
            said = (await self._sender.read(request)).headers.get("ismfacompliant", "").lower()
        except errors.MfaMissing:
            return False
        return {"true": True, "false": False}.get(said)


def claims(token: str) -> dict[str, Any]:
    """What a token that came straight from the sign-in service says about itself; {} if it cannot be read. Its
    signature is not checked, so nothing may be allowed on the strength of it."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = decode(200, {}, base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, errors.BadAnswer):
        return {}
    return found if isinstance(found, dict) else {}

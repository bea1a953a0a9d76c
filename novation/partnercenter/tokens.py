"""Access tokens: app-only and app+user (Secure Application Model), one per audience, renewed early, once at a
time.

Pages ``partner-center-authentication`` and ``enable-secure-app-model``: ``POST /{tenant}/oauth2/token`` with
``resource``; ``expires_in`` is a text there; each answer may carry a newer refresh token, which must be
stored.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from novation.partnercenter import errors
from novation.partnercenter.account import Account, Endpoints
from novation.partnercenter.answers import decode
from novation.partnercenter.api_calls import ApiCall, Audience, TokenKind
from novation.partnercenter.clock import Clock
from novation.partnercenter.pace import Pace
from novation.partnercenter.refusals import error_for, mask_secrets
from novation.partnercenter.wire import Wire

_EARLY = 300.0
_MFA_HINTS = ("AADSTS50076", "AADSTS50079", "AADSTS50158")


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    renew_at: float

    def __repr__(self) -> str:
        return "_Token(…)"


class Tokens:
    """The tokens of one account. Several callers that need the same token share one request."""

    def __init__(self, account: Account, endpoints: Endpoints, wire: Wire, pace: Pace, clock: Clock) -> None:
        self._account = account
        self._endpoints = endpoints
        self._wire = wire
        self._pace = pace
        self._clock = clock
        self._refresh_token = account.refresh_token
        self._held: dict[tuple[TokenKind, Audience], _Token] = {}
        # One lock for all user tokens: they rotate the same refresh token.
        self._locks: dict[TokenKind, asyncio.Lock] = defaultdict(asyncio.Lock)

    def kind_for(self, api_call: ApiCall) -> TokenKind:
        """The token kind that ``api_call`` will use; raises ``WrongTokenKind`` if the account cannot have
        it."""
        for kind in api_call.tokens:
            if kind == "app" or self._refresh_token is not None:
                return kind
        raise errors.WrongTokenKind(
            403,
            "900329",
            "this call needs app+user, and the account has no refresh token; nothing was sent",
        )

    async def get(self, api_call: ApiCall) -> str:
        """Return a bearer token for ``api_call``, asking for a new one when needed.

        Raises ``WrongTokenKind``, ``NotAuthorised`` (``MfaMissing``) or what any read raises.
        """
        if self._account.token_source is not None:
            return await self._source_token(api_call)
        key = (self.kind_for(api_call), api_call.audience)
        held = self._valid_token(key)
        if held is None:
            async with self._locks[key[0]]:
                held = self._valid_token(key)
                if held is None:
                    held = self._held[key] = await self._request_token(*key)
        return held.value

    async def _source_token(self, api_call: ApiCall) -> str:
        assert self._account.token_source is not None  # noqa: S101  for the type checker: the caller looked
        for kind in api_call.tokens:
            found = self._account.token_source(kind, self._endpoints.resource(api_call.audience))
            value = await found if inspect.isawaitable(found) else found
            if value:
                return str(value)
        raise errors.WrongTokenKind(
            403, "900329", f"there is no {' or '.join(api_call.tokens)} token; nothing was sent"
        )

    def forget_token(self, api_call: ApiCall, value: str) -> None:
        """The server refused this token; the next call asks for another."""
        if self._account.token_source is not None:
            return
        key = (self.kind_for(api_call), api_call.audience)
        held = self._held.get(key)
        if held is not None and held.value == value:
            del self._held[key]

    def _valid_token(self, key: tuple[TokenKind, Audience]) -> _Token | None:
        held = self._held.get(key)
        return held if held is not None and self._clock.monotonic() < held.renew_at else None

    async def redeem(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Exchange an authorization code; the refresh token that comes is kept and handed on like a rotated one.

        Raises ``NotAuthorised``, or ``BadAnswer`` if no refresh token came. A code is good once: nothing is repeated.
        """
        form = {
            "resource": self._endpoints.resource("api"),
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        try:
            answer = await self._post_once(self._address(), form, "user", code)
        except errors.PartnerCenterError as problem:
            raise problem.attach_ids("sign-in", None, None) from problem.__cause__
        if not isinstance(answer.get("refresh_token"), str) or not answer["refresh_token"]:
            raise errors.BadAnswer("the sign-in answer has no refresh_token", status=200)
        async with self._locks["user"]:
            self._held = {key: held for key, held in self._held.items() if key[0] != "user"}
            await self._store_refresh_token(answer["refresh_token"], "user")
        return answer

    def _address(self) -> str:
        return f"{self._endpoints.base('login')}/{quote(self._account.tenant_id, safe='')}/oauth2/token"

    async def _request_token(self, kind: TokenKind, audience: Audience) -> _Token:
        form = {
            "resource": self._endpoints.resource(audience),
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret,
        }
        if kind == "app":
            form["grant_type"] = "client_credentials"
        else:
            form |= {
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token or "",
                "scope": "openid",
            }
        answer = await self._post_retrying(form, kind)
        lifetime = _seconds(answer.get("expires_in"))
        value = answer.get("access_token")
        if not isinstance(value, str) or not value:
            raise errors.BadAnswer("the sign-in answer has no access_token", status=200)
        await self._store_refresh_token(answer.get("refresh_token"), kind)
        early = min(_EARLY, lifetime * 0.1)
        return _Token(value, self._clock.monotonic() + max(1.0, lifetime - early))

    async def _store_refresh_token(self, new: Any, kind: TokenKind) -> None:
        if kind != "user" or not isinstance(new, str) or not new or new == self._refresh_token:
            return
        self._refresh_token = new
        if self._account.on_refresh_token is not None:
            stored = self._account.on_refresh_token(new)
            if inspect.isawaitable(stored):
                await stored

    async def _post_retrying(self, form: dict[str, str], kind: TokenKind) -> dict[str, Any]:
        """Asking for a token changes nothing, so it is tried again like a read."""
        url = self._address()
        waited = 0.0
        for attempt in range(1, self._pace.tries + 1):
            try:
                return await self._post_once(url, form, kind)
            except (errors.Unreachable, errors.ServerFault, errors.BadAnswer) as problem:
                if attempt == self._pace.tries:
                    raise problem.attach_ids("sign-in", None, None) from problem.__cause__
                await self._clock.sleep(min(self._pace.longest_backoff, self._pace.backoff * 2**attempt))
            except errors.Throttled as problem:
                waited += problem.retry_after
                if attempt == self._pace.tries or waited > self._pace.max_wait:
                    raise problem.attach_ids("sign-in", None, None) from None
                await self._clock.sleep(problem.retry_after)
            except errors.PartnerCenterError as problem:
                raise problem.attach_ids("sign-in", None, None) from None
        raise AssertionError("the loop above returns or raises")

    async def _post_once(
        self, url: str, form: dict[str, str], kind: TokenKind, code: str = ""
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        content = urlencode(form).encode()
        answer = await self._wire.send("POST", url, headers=headers, content=content, max_bytes=1 << 20)
        if answer.status >= 400:
            raise self._refusal(answer.status, answer.headers, answer.body, kind, code)
        body = decode(answer.status, answer.headers, answer.body)
        if answer.status != 200 or not isinstance(body, dict):
            raise errors.BadAnswer("the sign-in service did not send a token", status=answer.status)
        return body

    def _refusal(
        self, status: int, headers: Any, body: bytes, kind: TokenKind, code: str = ""
    ) -> errors.PartnerCenterError:
        try:
            decoded = decode(status, headers, body)
        except errors.BadAnswer:
            decoded = None
        problem = error_for(status, decoded, headers, self._pace.pause)
        if not isinstance(problem, errors.Refused):
            return problem
        said = problem.description
        for secret in (self._account.client_secret, self._refresh_token, code):
            said = said.replace(secret, "[removed]") if secret else said
        mfa = kind == "user" and (
            problem.code == "interaction_required" or any(h in said for h in _MFA_HINTS)
        )
        found = errors.MfaMissing if mfa else errors.NotAuthorised
        return found(status, problem.code, mask_secrets(said))


def _seconds(value: Any) -> float:
    """``expires_in`` is a text on v1 and a number on v2; an hour if it is unreadable."""
    try:
        return max(1.0, float(value))
    except (TypeError, ValueError):
        return 3600.0

"""The partner account that a client speaks for, and the places that it speaks to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Account:
    """A partner account and its application (pages ``enable-secure-app-model``,
    ``partner-center-authentication``).

    ``refresh_token`` comes from a sign-in with MFA of a service user; without it only app-only calls can be
    made. ``on_refresh_token`` is called with each rotated refresh token before it is used; it must store it.
    ``token_source`` takes the place of our own token requests, for whoever has msal or a broker: it is called with the
    kind (``"app"`` or ``"user"``) and the resource of each call, and returns a token or, for a kind that it does
    not have, None; it may be async and should keep its tokens until they end. Secrets are left out of the repr.
    """

    name: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    on_refresh_token: Callable[[str], Awaitable[Any] | None] | None = field(default=None, repr=False)
    token_source: Callable[[str, str], Awaitable[str | None] | str | None] | None = field(
        default=None, repr=False
    )


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Hosts, without a trailing slash, and the audiences that tokens are asked for.

    Other clouds (page ``partner-center-rest-urls``): US Government signs in at
    ``https://login.microsoftonline.us``; 21Vianet has ``https://partner.partnercenterapi.microsoftonline.cn``
    and ``https://login.partner.microsoftonline.cn``. The audiences stay the same when a stand-in serves the
    calls. ``downloads`` lists host suffixes from which billing files may be fetched.
    """

    api: str = "https://api.partnercenter.microsoft.com"
    login: str = "https://login.microsoftonline.com"
    graph: str = "https://graph.microsoft.com"
    api_audience: str = "https://api.partnercenter.microsoft.com"
    graph_audience: str = "https://graph.microsoft.com"
    downloads: tuple[str, ...] = (".blob.core.windows.net",)

    def base(self, audience: str) -> str:
        """The base address of ``"api"``, ``"graph"`` or ``"login"``."""
        return str(getattr(self, audience)).rstrip("/")

    def resource(self, audience: str) -> str:
        """The audience name that the sign-in service knows."""
        return self.graph_audience if audience == "graph" else self.api_audience

    def same_origin(self, audience: str, url: str) -> bool:
        """Whether ``url`` has the scheme, host and port of a base address, so that a token may go there."""
        ours, theirs = urlsplit(self.base(audience)), urlsplit(url)
        return (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())

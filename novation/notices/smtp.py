"""SMTP as Django speaks it, with one addition: after a failure it is known how far the mail had got.

A connection that breaks before the body was asked for has delivered nothing. One that breaks afterwards may
have delivered: the difference between "try again" and "uncertain".
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend


class Withheld(Exception):
    """The mail was not to go any more when the server was about to take it."""


class _Watched:
    """Notes the phase of the conversation: "" or "rcpt", "data", "body"."""

    phase = ""
    may_go: Callable[[], bool] | None = None

    def rcpt(self, *args: Any, **kwargs: Any) -> Any:
        self.phase = "rcpt"
        return super().rcpt(*args, **kwargs)  # type: ignore[misc]  # smtplib.SMTP stands behind it

    def data(self, *args: Any, **kwargs: Any) -> Any:
        # A server may take half a minute to greet, and a token longer: what was allowed then may be paused now.
        if self.may_go is not None and not self.may_go():
            raise Withheld
        self.phase = "data"
        return super().data(*args, **kwargs)  # type: ignore[misc]  # as above

    def getreply(self) -> tuple[int, bytes]:
        code, words = super().getreply()  # type: ignore[misc]  # as above
        if self.phase == "data" and code == 354:
            self.phase = "body"
        return code, words


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Tls(_Watched, smtplib.SMTP_SSL):
    pass


class EmailBackend(DjangoBackend):
    """Django's SMTP backend; `phase` says how far the last mail had got.

    Args:
        token: gives an access token; the sign-in is then XOAUTH2 with the user's name and no password.
        may_go: asked before the server is told that a body comes. When it says no, `Withheld` is raised.
    """

    def __init__(
        self,
        *args: Any,
        token: Callable[[], str] | None = None,
        may_go: Callable[[], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._token, self._may_go = token, may_go
        if token is not None:
            self.password = ""

    def open(self) -> bool | None:
        """Connects and signs in; None when there was a connection already."""
        token = self._token() if self._token is not None and self.connection is None else ""
        opened = super().open()
        if self.connection is not None:
            self.connection.may_go = self._may_go  # type: ignore[attr-defined]  # it is a _Watched one
        if opened and token and self.connection is not None:
            said = f"user={self.username}\x01auth=Bearer {token}\x01\x01"
            self.connection.ehlo_or_helo_if_needed()
            # A refusal comes as a challenge with its reason, and wants an empty answer before the final word.
            self.connection.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")
        return opened

    @property
    def connection_class(self) -> Any:
        return _Tls if self.use_ssl else _Plain

    @property
    def phase(self) -> str:
        """rcpt, data or body; empty before the recipient was named."""
        return str(getattr(self.connection, "phase", ""))

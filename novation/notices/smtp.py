"""SMTP as Django speaks it, with one addition: after a failure it is known how far the mail had got.

A connection that breaks before the body was asked for has delivered nothing. One that breaks afterwards may
have delivered: the difference between "try again" and "uncertain".
"""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend


class _Watched:
    """Notes the phase of the conversation: "" or "rcpt", "data", "body"."""

    phase = ""

    def rcpt(self, *args: Any, **kwargs: Any) -> Any:
        self.phase = "rcpt"
        return super().rcpt(*args, **kwargs)  # type: ignore[misc]  # smtplib.SMTP stands behind it

    def data(self, *args: Any, **kwargs: Any) -> Any:
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
    """Django's SMTP backend; `phase` says how far the last mail had got."""

    @property
    def connection_class(self) -> Any:
        return _Tls if self.use_ssl else _Plain

    @property
    def phase(self) -> str:
        """rcpt, data or body; empty before the recipient was named."""
        return str(getattr(self.connection, "phase", ""))

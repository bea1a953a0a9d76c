"""Sends mail as a mailbox of Exchange Online: Graph ``sendMail`` with a whole message, and tokens for SMTP.

Pages ``user-sendmail`` (a MIME message in base64, ``Content-Type: text/plain``, answer 202), ``outlook-mime-message``,
and ``authenticate-an-imap-pop-smtp-application-by-using-oauth`` (app-only, ``SMTP.SendAsApp``). The permission
``Mail.Send`` should be restricted to the one mailbox (RBAC for Applications).
"""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

from novation.partnercenter import errors
from novation.partnercenter.account import Account, Endpoints
from novation.partnercenter.api_calls import APP, ApiCall
from novation.partnercenter.clock import Clock, SystemClock
from novation.partnercenter.outcomes import Call, Done, Exchange, NotDone, Outcome, Unknown
from novation.partnercenter.pace import Pace
from novation.partnercenter.refusals import error_for
from novation.partnercenter.tokens import Tokens
from novation.partnercenter.wire import Timeouts, Wire

SEND = ApiCall(
    name="mailbox.send", method="POST", path="/v1.0/users/{mailbox}/sendMail", tokens=APP, kind="N",
    group="mailbox", page="user-sendmail", audience="graph",
)  # fmt: skip

#: Whose tokens Exchange Online's SMTP server takes.
SMTP_AUDIENCE = "https://outlook.office365.com"


class Mailbox:
    """One mailbox, with its own application. Use it in one event loop, as an async context."""

    def __init__(
        self,
        account: Account,
        address: str,
        endpoints: Endpoints | None = None,
        *,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.address = address
        self._endpoints = endpoints or Endpoints()
        self._wire = Wire(timeouts or Timeouts())
        pace, clock = Pace(), clock or SystemClock()
        self._pace = pace
        self._graph = Tokens(account, self._endpoints, self._wire, pace, clock)
        smtp = replace(self._endpoints, graph_audience=SMTP_AUDIENCE)
        self._smtp = Tokens(account, smtp, self._wire, pace, clock)

    async def __aenter__(self) -> Mailbox:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._wire.close()

    async def smtp_token(self) -> str:
        """An access token for XOAUTH2 at the SMTP server. Raises what a sign-in raises."""
        return await self._smtp.get(SEND)

    async def send(self, message: bytes) -> Outcome[str]:
        """Hand over one whole message, once. ``Done`` means that Exchange took it, not that it arrived.

        The value is Graph's request id. ``NotDone`` has provably sent nothing; ``Unknown`` may have.
        """
        call = Call()
        path = f"/v1.0/users/{quote(self.address, safe='@')}/sendMail"
        exchange = Exchange(SEND.name, SEND.method, path, call.request_id, call.correlation_id)
        try:
            token = await self._graph.get(SEND)
        except errors.PartnerCenterError as problem:
            return NotDone(problem, None)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "text/plain",
            "client-request-id": str(call.request_id),
        }
        try:
            answer = await self._wire.send(
                "POST", f"{self._endpoints.base('graph')}{path}", headers=headers,
                content=base64.b64encode(message), max_bytes=1 << 20,
            )  # fmt: skip
        except errors.Unreachable as problem:
            return Unknown(problem, exchange) if problem.sent else NotDone(problem, exchange)
        except errors.PartnerCenterError as problem:
            return Unknown(problem, exchange)
        exchange = replace(exchange, status=answer.status)
        if answer.status == 202:
            return Done(answer.headers.get("request-id", ""), exchange)
        error = error_for(answer.status, None, answer.headers, self._pace.pause)
        if answer.status == 401:
            self._graph.forget_token(SEND, token)
        if answer.status >= 500 and answer.status != 503:
            return Unknown(error, exchange)
        return NotDone(error, exchange)

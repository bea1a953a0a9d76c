"""A scripted server on loopback, a clock that does not wait, and a client that talks to both."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeVar

from aiohttp import web

from novation.partnercenter import Account, Endpoints, Pace, PartnerCenter, Timeouts

T = TypeVar("T")
SOURCE = "11111111-1111-4111-8111-111111111111"
TARGET = "22222222-2222-4222-8222-222222222222"
CUSTOMER = "33333333-3333-4333-8333-333333333333"
SECRET = "s3cret-of-the-application"
REFRESH = "refresh-token-number-zero"
# Reading the trusted authorities takes longer than most of these tests; one reading serves them all.
TRUST = ssl.create_default_context()


class FakeClock:
    """Sleeping moves the time and gives other tasks a turn."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw_path: str = ""


@dataclass
class Reply:
    """What to answer. ``how``: answer, cut (drop after the headers), drop (before any byte), hang,
    endless (chunks without a declared length)."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    how: str = "answer"

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode("utf-8-sig")


Rule = Reply | list[Reply] | Callable[[Seen], Reply | Awaitable[Reply]]


class StandIn:
    """Answers by (method, path); the last reply of a list repeats. Tokens are handed out by itself."""

    def __init__(self) -> None:
        self.rules: dict[tuple[str, str], Rule] = {}
        self.seen: list[Seen] = []
        self.tokens: list[dict[str, str]] = []
        self.token_reply: Callable[[dict[str, str]], Reply] | None = None
        self.url = ""
        self.streamed = 0

    def on(self, method: str, path: str, *replies: Reply | Callable[[Seen], Any]) -> None:
        rule: Any = replies[0] if len(replies) == 1 else list(replies)
        self.rules[method, path] = rule

    def calls(self, method: str, path: str) -> list[Seen]:
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.path.endswith("/oauth2/token"):
            form = {key: str(value) for key, value in (await request.post()).items()}
            self.tokens.append(form)
            reply = self.token_reply(form) if self.token_reply else self._token(form)
        else:
            body = json.loads(raw) if raw else None
            seen = Seen(
                request.method,
                request.path,
                dict(request.query),
                {k.lower(): v for k, v in request.headers.items()},
                body,
                request.path_qs,
            )
            self.seen.append(seen)
            reply = await self._reply(seen)
        return await self._send(request, reply)

    async def _reply(self, seen: Seen) -> Reply:
        rule = self.rules.get((seen.method, seen.path))
        if rule is None:
            return Reply({"code": 1000, "description": "not scripted"}, 404)
        if isinstance(rule, list):
            chosen: Any = rule.pop(0) if len(rule) > 1 else rule[0]
        else:
            chosen = rule
        if callable(chosen):
            chosen = chosen(seen)
            if isinstance(chosen, Awaitable):
                chosen = await chosen
        return chosen

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        if reply.how == "drop":
            transport.abort()
            raise ConnectionResetError
        if reply.how == "hang":
            await asyncio.sleep(30)
        if reply.how == "endless":
            return await self._endless(request)
        headers = {"Content-Type": "application/json", **reply.headers}
        if reply.how == "cut":
            content = reply.content()
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(content) + 100) + content)  # type: ignore[attr-defined]  # aiohttp hands out a plain transport
            await asyncio.sleep(0.01)
            transport.close()
            raise ConnectionResetError
        return web.Response(body=reply.content(), status=reply.status, headers=headers)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while self.streamed < 200_000_000:
                await response.write(b" " * 100_000)
                self.streamed += 100_000
        except ConnectionError:
            return response
        return response

    @staticmethod
    def _token(form: dict[str, str]) -> Reply:
        kind = "app" if form["grant_type"] == "client_credentials" else "user"
        return Reply(
            {
                "token_type": "Bearer",
                "expires_in": "3599",
                "access_token": f"{kind}-token-for-{form['resource'].split('//')[1].split('.')[0]}",
            }
        )


@asynccontextmanager
async def serving(script: StandIn):
    runner = web.AppRunner(_app(script), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    script.url = f"http://127.0.0.1:{port}"
    try:
        yield script
    finally:
        await runner.cleanup()


def _app(script: StandIn) -> web.Application:
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{tail:.*}", script.handle)
    return app


def account(**changes: Any) -> Account:
    plain: dict[str, Any] = {
        "name": "source",
        "tenant_id": SOURCE,
        "client_id": "44444444-4444-4444-8444-444444444444",
        "client_secret": SECRET,
        "refresh_token": REFRESH,
    }
    return Account(**{**plain, **changes})


@asynccontextmanager
async def client(script: StandIn, *, acc: Account | None = None, **options: Any):
    """A client of ``script`` with a clock that does not wait."""
    options.setdefault("clock", FakeClock())
    options.setdefault("verify", TRUST)
    options.setdefault("pace", Pace(max_wait=120.0))
    options.setdefault("timeouts", Timeouts(connect=2.0, read=0.4, total=5.0))
    ends = Endpoints(api=script.url, login=script.url, graph=script.url, downloads=("127.0.0.1",))
    async with PartnerCenter(acc or account(), ends, **options) as pc:
        yield pc


def run(script: StandIn, work: Callable[[PartnerCenter], Coroutine[Any, Any, T]], **options: Any) -> T:
    """Serve ``script``, run ``work`` with a client, and return its result."""

    async def whole() -> T:
        async with serving(script), client(script, **options) as pc:
            return await work(pc)

    return asyncio.run(whole())


def http_date(second: int) -> str:
    return format_datetime(datetime(2026, 11, 23, 8, 0, second, tzinfo=UTC), usegmt=True)

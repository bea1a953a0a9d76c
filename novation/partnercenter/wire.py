"""The one file that sends HTTP. Everything above it works with ``WireAnswer`` and the errors of this
package."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from novation.partnercenter import errors

TOO_LARGE = "the body is larger than {limit} bytes"


class _NoQueries(logging.Filter):
    """The HTTP library logs whole addresses; a download address carries a signature in its query."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                str(arg).split("?")[0] if isinstance(arg, httpx2.URL) else arg for arg in record.args
            )
        return True


logging.getLogger("httpx2").addFilter(_NoQueries())


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """Status, headers (lower-case names) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Stopped(Exception):
    """``before_send`` raised; nothing was sent. The cause is its exception."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for a whole call."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0


class Wire:
    """A pool of connections. ``verify`` is True, False, a CA file or an ``ssl.SSLContext``."""

    def __init__(self, timeouts: Timeouts, *, verify: Any = True, connections: int = 50) -> None:
        self._timeouts = timeouts
        self._http = httpx2.AsyncClient(
            verify=verify,
            follow_redirects=False,
            timeout=httpx2.Timeout(timeouts.read, connect=timeouts.connect),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=connections),
            # A proxy of the environment has no business with a stand-in on this machine.
            mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        max_bytes: int,
        before_send: Callable[[], None] | None = None,
    ) -> WireAnswer:
        """Send one request and read its answer, refusing a body over ``max_bytes`` while it streams in.

        Raises ``Stopped`` if ``before_send`` raised, ``Unreachable`` without an answer, ``BadAnswer`` for an
        over-size body.
        """
        total = self._timeouts.total
        async with self._open(method, url, headers, content, before_send, total) as response:
            declared = response.headers.get("content-length", "")
            if method != "HEAD" and _length(declared) > max_bytes:
                raise errors.BadAnswer(TOO_LARGE.format(limit=max_bytes), status=response.status_code)
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise errors.BadAnswer(TOO_LARGE.format(limit=max_bytes), status=response.status_code)
            return WireAnswer(response.status_code, _lowered(response.headers), bytes(body))

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Open ``url`` without any credentials; yields the status and the raw pieces of the body."""
        async with self._open("GET", url, {"Accept-Encoding": "identity"}, None, None, None) as response:
            yield response.status_code, response.aiter_raw()

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        before_send: Callable[[], None] | None,
        total: float | None,
    ) -> AsyncIterator[httpx2.Response]:
        sent = False

        async def trace(event: str, _info: Any) -> None:
            # The transport reports this event after connecting and before the first byte of the request.
            nonlocal sent
            if event.endswith("send_request_headers.started"):
                if before_send is not None:
                    try:
                        before_send()
                    except Exception as cause:
                        raise Stopped(cause) from cause
                sent = True

        try:
            async with (
                asyncio.timeout(total),
                self._http.stream(
                    method, url, headers=dict(headers), content=content, extensions={"trace": trace}
                ) as response,
            ):
                yield response
        except TimeoutError as cause:
            raise errors.Unreachable("no answer in time", sent=sent) from cause
        except httpx2.TimeoutException as cause:
            raise errors.Unreachable(f"no answer in time ({type(cause).__name__})", sent=sent) from None
        except httpx2.DecodingError as cause:
            raise errors.BadAnswer("the body's compression is broken") from cause
        except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
            # Library messages may name the address; the type says enough and holds no query.
            raise errors.Unreachable(f"no answer ({type(cause).__name__})", sent=sent) from None


def _lowered(headers: httpx2.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _length(declared: str) -> int:
    """The length that a header declares; 0 when it is no number."""
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 20 else 0

"""Between the web server and Django: bodies are read here, within limits of size and time, before a thread is taken.

A WSGI application reads the body in one of few threads, and the server (granian) has no time-out for it: as many
connections as there are threads, each with a half-sent body, stop the site for as long as they stay open. Here a
connection that sends slowly costs a little memory and no thread, and so does one that reads its answer slowly.
A proxy that buffers does the same in front; this holds without one as well.
"""

from __future__ import annotations

import asyncio
import logging
import re
import resource
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from asgiref.wsgi import WsgiToAsgiInstance

log = logging.getLogger(__name__)

_Reader: Any = WsgiToAsgiInstance  # it has no types
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = Any

#: Open files of a worker process, of which connections get nearly all.
FILES = 4_096
#: Threads that run pages, per worker process; each keeps one connection to the database.
THREADS = 8
#: Bytes of a body where no page takes more: above Django's own limit for forms (DATA_UPLOAD_MAX_MEMORY_SIZE).
LARGEST = 2_600_000
#: Real seconds within which a body must come, and bytes for each of which more may be taken: one a second more for so
#: many. A whole bundle over a slow line takes its time; a body that drips is ended.
PATIENCE, BYTES_A_SECOND = 15.0, 4_096
#: Bodies that are awaited at once, per worker process. When there are more, the one that has been awaited longest is
#: ended: an honest one comes within milliseconds, so it is never that one.
MOST = 200
#: Real seconds in which a reader must take each piece of an answer, and the size of a piece in bytes.
READING, PIECE = 30.0, 65_536
#: Bytes of a body or an answer that are kept in memory; the rest lies in a file that has no name.
IN_MEMORY = 262_144
#: What a body may be written in. Other names of codecs reach places of Django where nobody expects them to fail.
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"})

_CHARSET = re.compile(rb"charset\s{0,9}\*?=\s{0,9}[\"']?([^\s;\"',]{0,99})", re.IGNORECASE)


def server(host: str, port: int, workers: int) -> list[str]:
    """The arguments of Python that start the web server; raises the limit of open files as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    # An idle connection takes a place, until the time for its headers is over. Threads and databases need files too.
    connections = max(128, wanted - 500)
    return [
        "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port), "--workers", str(workers),
        "--http", "1", "--no-ws", "--http1-header-read-timeout", "10000", "--backpressure", str(connections),
        "--respawn-failed-workers", "--log-level", "warning", "novation.asgi:application",
    ]  # fmt: skip


class BodyRefused(Exception):
    """The body is not read (any further).

    Args:
        status: that the client is told; 0 when it has gone away.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Serving:
    """An ASGI application that hands a WSGI application whole requests, and reads its answers whole.

    Args:
        application: the WSGI application.
        limits: pattern of a path → bytes of its largest body; the first that matches counts, else `LARGEST`.
        threads: that run the application.
        patience: real seconds, see `PATIENCE`.
        most: bodies awaited at once, see `MOST`.
    """

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        limits: Sequence[tuple[str, int]] = (),
        *,
        threads: int = THREADS,
        patience: float = PATIENCE,
        most: int = MOST,
    ) -> None:
        self._application = application
        self._limits = [(re.compile(pattern), size) for pattern, size in limits]
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="page")
        self._patience, self._most = patience, most
        self._awaited: dict[asyncio.Timeout, None] = {}  # in the order in which they began

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with (
            SpooledTemporaryFile(max_size=IN_MEMORY) as body,
            SpooledTemporaryFile(max_size=IN_MEMORY) as answer,
        ):
            try:
                length = await self._read(scope, receive, body)
                environ = _environ(scope, body, length)
            except BodyRefused as refused:
                if refused.status:
                    await _say(send, refused.status)
                return
            loop = asyncio.get_running_loop()
            start = await loop.run_in_executor(self._pool, _run, self._application, environ, answer)
            await _answer(send, start, answer)

    def limit(self, path: str) -> int:
        """Bytes of the largest body that is taken at this path."""
        return next((size for pattern, size in self._limits if pattern.fullmatch(path)), LARGEST)

    async def _read(self, scope: Message, receive: Receive, body: IO[bytes]) -> int:
        """Reads the body, and says how long it is.

        Raises:
            BodyRefused: it is too large (413), too slow (408), or in a character set that no page of ours takes (415).
        """
        headers = dict(scope["headers"])
        largest = self.limit(scope["path"])
        if _declared(headers.get(b"content-length", b"")) > largest:
            raise BodyRefused(413)
        charset = _CHARSET.search(headers.get(b"content-type", b"")[:2_000])
        if charset is not None and charset[1].decode("latin-1").lower() not in CHARSETS:
            raise BodyRefused(415)
        loop = asyncio.get_running_loop()
        began, length = loop.time(), 0
        try:
            async with asyncio.timeout(self._patience) as limit:
                self._make_room()
                self._awaited[limit] = None
                try:
                    more = True
                    while more:
                        message = await receive()
                        if message["type"] != "http.request":
                            raise BodyRefused(0)
                        length += len(message.get("body", b""))
                        if length > largest:
                            raise BodyRefused(413)
                        body.write(message.get("body", b""))
                        more = bool(message.get("more_body"))
                        if more and not limit.expired():
                            limit.reschedule(began + self._patience + length / BYTES_A_SECOND)
                finally:
                    del self._awaited[limit]
        except TimeoutError:
            raise BodyRefused(408) from None
        body.seek(0)
        return length

    def _make_room(self) -> None:
        if len(self._awaited) >= self._most:
            longest = next((one for one in self._awaited if not one.expired()), None)
            if longest is not None:
                longest.reschedule(0)


def _declared(said: bytes) -> int:
    return int(said) if said.isdigit() and len(said) < 20 else 0


def _environ(scope: Message, body: IO[bytes], length: int) -> Environ:
    # A header with an underscore would become the same name as one with a hyphen, and could pass for one of our proxy.
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    scope = {**scope, "headers": headers}
    reader = _Reader(None)
    reader.scope = scope
    try:
        environ = reader.build_environ(scope, body)
    except ValueError:
        raise BodyRefused(400) from None
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def _run(application: Callable[..., Iterable[bytes]], environ: Environ, answer: IO[bytes]) -> Message:
    """Runs the application in a thread; its answer goes into `answer`, and status and headers come back."""
    start: Message = {"type": "http.response.start", "status": 500, "headers": []}

    def start_response(status: str, headers: Sequence[tuple[str, str]], exc_info: Any = None) -> Any:
        start["status"] = int(status.split(" ", 1)[0])
        start["headers"] = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return answer.write

    try:
        parts = application(environ, start_response)
        try:
            for part in parts:
                answer.write(part)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
    except Exception:
        log.exception("A request failed outside of its page: %s", environ.get("PATH_INFO", "")[:200])
        answer.seek(0)
        answer.truncate()
        start["status"], start["headers"] = 500, [(b"content-type", b"text/plain")]
    return start


async def _answer(send: Send, start: Message, answer: IO[bytes]) -> None:
    length = answer.tell()
    answer.seek(0)
    async with asyncio.timeout(READING):
        await send(start)
        piece = answer.read(PIECE)
        await send({"type": "http.response.body", "body": piece, "more_body": length > len(piece)})
    left = length - len(piece)
    while left > 0:
        piece = answer.read(PIECE)
        left -= len(piece)
        async with asyncio.timeout(READING):
            await send({"type": "http.response.body", "body": piece, "more_body": left > 0})


async def _say(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

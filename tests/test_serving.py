"""The site as it is served: connections that send or read slowly stop nobody, and bodies end in time and in size."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import get_resolver

from novation import serving
from novation.asgi import LIMITS
from novation.consent.views import verification
from novation.console.views import evidence
from novation.moves.services import signed_documents
from novation.serving import LARGEST, Serving

#: Connections that an attacker holds open; four were enough.
SLOW = 40
STYLES = "/static/consent/my.css"


class Site:
    """`novation web` as a process of its own, with an empty database."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
        environment["NOVATION_HOME"] = str(home)
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "novation", "web", "--port", str(self.port)]
        self.log = home.parent / "web.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def ready(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.ask("GET", "/campaign/")
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.1)
                break
        raise AssertionError(self.log.read_text())

    def ask(self, method: str, path: str, body: bytes | None = None, wait: float = 2.0) -> int:
        """The status of one request, which is answered within `wait` seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=wait)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def begin(self, path: str, length: int, body: bytes = b"abc") -> socket.socket:
        """A connection with the beginning of a body."""
        one = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
        one.sendall(head.encode() + body)
        return one


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    started = Site(tmp_path_factory.mktemp("site") / "home")
    try:
        started.ready()
        yield started
    finally:
        started.process.terminate()
        started.process.wait(timeout=20)


def test_many_half_sent_bodies_stop_nobody_and_are_ended(site: Site) -> None:
    paths = ("/campaign/", STYLES, "/verify/", "/hooks/partner-center/source/")
    slow = [site.begin(paths[number % len(paths)], 10_000) for number in range(SLOW)]
    try:
        assert site.ask("GET", "/campaign/") == 200
        assert site.ask("GET", STYLES) == 200
        assert site.ask("GET", "/console/") in (200, 302)
        assert site.ask("POST", "/campaign/", b"reference=X") == 403  # Django's own answer: no cookie
        answer = slow[0].recv(4_096)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert slow[0].recv(4_096) == b"", "the connection is closed"
    finally:
        for one in slow:
            one.close()


def test_readers_that_take_nothing_stop_nobody(site: Site) -> None:
    readers = []
    for _ in range(SLOW):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        one.connect(("127.0.0.1", site.port))
        one.sendall(b"GET /verify/verify.py HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        readers.append(one)
    try:
        assert site.ask("GET", "/campaign/") == 200
        assert site.ask("GET", STYLES) == 200
    finally:
        for one in readers:
            one.close()


def test_a_body_that_is_too_large_is_refused_before_it_comes(site: Site) -> None:
    for path, length in (
        ("/hooks/partner-center/source/", 20_000),
        ("/campaign/", 300_000_000),
        ("/verify/", 300_000_000),
    ):
        with site.begin(path, length, b"") as one:
            assert one.recv(4_096).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as one:
        one.sendall(
            b"POST /hooks/partner-center/source/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        one.sendall(b"4001\r\n" + b"x" * 0x4001 + b"\r\n")
        assert one.recv(4_096).startswith(b"HTTP/1.1 413 ")


# -- the same, with a server that is played by the test --------------------------------------------------------


def echo(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Length", environ["CONTENT_LENGTH"])])
    return [body, environ.get("HTTP_X_FORWARDED_FOR", "").encode()]


class Exchange:
    """One request, whose pieces come when the test says so."""

    def __init__(self, headers: list[tuple[bytes, bytes]] | None = None, path: str = "/campaign/") -> None:
        self.scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1",
            "headers": headers or [], "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        }  # fmt: skip
        self.pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []

    def comes(self, body: bytes, more: bool = False) -> Exchange:
        self.pieces.put_nowait({"type": "http.request", "body": body, "more_body": more})
        return self

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    async def through(self, application: Serving) -> int:
        await application(self.scope, self.pieces.get, self.send)
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def test_a_body_in_pieces_comes_whole() -> None:
    async def work() -> None:
        one = Exchange().comes(b"a", more=True).comes(b"b" * 300_000, more=True).comes(b"c")
        assert await one.through(Serving(echo)) == 200
        assert one.body == b"a" + b"b" * 300_000 + b"c"
        assert (b"x-length", b"300002") in one.sent[0]["headers"]

    asyncio.run(work())


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ((b"content-length", str(LARGEST + 1).encode()), 413),
        ((b"content-length", b"9" * 400), 200),
        ((b"content-type", b"text/plain; charset=undefined"), 415),
        ((b"content-type", b"text/plain; charset=\"idna\""), 415),
        ((b"content-type", b"text/plain; charset=UTF-8"), 200),
        ((b"x_forwarded_for", b"203.0.113.9"), 200),
    ],
)  # fmt: skip
def test_headers_are_looked_at_before_the_body(header: tuple[bytes, bytes], status: int) -> None:
    async def work() -> None:
        one = Exchange([header]).comes(b"")
        assert await one.through(Serving(echo)) == status
        assert b"203.0.113.9" not in one.body, "a header with an underscore is none of our proxy's"

    asyncio.run(work())


def test_when_too_many_bodies_are_awaited_the_oldest_is_ended() -> None:
    async def work() -> None:
        application = Serving(echo, most=2)
        slow = [Exchange().comes(b"a", more=True) for _ in range(3)]
        tasks = []
        for one in slow:
            tasks.append(asyncio.create_task(one.through(application)))
            await asyncio.sleep(0)
        assert await tasks[0] == 408
        honest = Exchange().comes(b"b")
        assert await honest.through(application) == 200
        for one in slow[1:]:
            one.comes(b"c")
        # One of them made room for the honest one.
        assert sorted(await asyncio.gather(*tasks[1:])) == [200, 408]
        assert not application._awaited

    asyncio.run(work())


def test_a_body_that_drips_is_ended_and_one_that_flows_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(serving, "BYTES_A_SECOND", 1_000)
        application = Serving(echo, patience=0.05)
        loop = asyncio.get_running_loop()
        drips, flows = Exchange().comes(b"a", more=True), Exchange().comes(b"a" * 5_000, more=True)
        began = loop.time()
        loop.call_later(0.2, flows.comes, b"b")
        assert await asyncio.gather(drips.through(application), flows.through(application)) == [408, 200]
        assert loop.time() - began < 4

    asyncio.run(work())


def test_who_goes_away_costs_nothing_more() -> None:
    async def work() -> None:
        one = Exchange()
        one.pieces.put_nowait({"type": "http.disconnect"})
        assert await one.through(Serving(echo)) == 0

    asyncio.run(work())


def test_what_fails_outside_of_a_page_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    def broken(environ: Any, start_response: Any) -> list[bytes]:
        raise LookupError

    async def work() -> None:
        assert await Exchange().comes(b"").through(Serving(broken)) == 500

    asyncio.run(work())
    assert "failed outside of its page" in caplog.text


def test_every_page_that_takes_a_file_gets_all_that_it_takes() -> None:
    limit = Serving(echo, LIMITS).limit
    assert limit("/verify/") > 2 * verification.LARGEST
    assert limit("/console/evidence/verify") > evidence.LARGEST
    assert limit("/console/moves/NV-0000-0000/papers") > signed_documents.LARGEST
    assert limit("/campaign/") > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    # No page reads files that is not named here: those that do are found by their text.
    views = Path(verification.__file__).parents[2]
    taking = {path.stem for path in views.glob("*/views/*.py") if re.search(r"\bFILES\b", path.read_text())}
    assert taking == {"verification", "signed_documents", "evidence"}
    assert get_resolver().resolve("/console/evidence/verify")

"""The simulated people's browser, against a real server on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from novation.rehearsal.browser import Browser, Page, PageError, shared_connections

PAGE = """<!doctype html><form action="/search"><input name="q"></form>
<form method="post" action="/my/decide/"><input type="hidden" name="csrfmiddlewaretoken" value="t&amp;1">
<input type="radio" name="decision" value="mandate"><input type="radio" name="decision" value="self">
<input type="checkbox" name="news" value="yes" checked><input type="checkbox" name="authority" value="yes">
<textarea name="question">as &lt;typed&gt;</textarea><input type="submit" name="go" value="Go"></form>
<a href="invitation?x=1">Microsoft</a><iframe src="http://127.0.0.1/attestation/abc"></iframe>"""


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/broken":
            self.send_error(500)
            return
        cookie = self.headers.get("Cookie", "")
        self.answer(PAGE if self.path == "/page" else f"cookie: {cookie}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posted = parse_qs(body)  # type: ignore[attr-defined]  # a note for the test
        self.send_response(303)
        self.send_header("Location", "/after")
        self.send_header("Set-Cookie", "my=token; Path=/")
        self.end_headers()

    def answer(self, text: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(server: HTTPServer) -> Iterator[Browser]:
    transport = shared_connections()
    yield Browser(transport, f"http://127.0.0.1:{server.server_port}")
    transport.close()


def test_a_form_is_sent_as_a_browser_would(browser: Browser, server: HTTPServer) -> None:
    page = browser.get("/page")
    form = page.require_form(to="/my/decide/", holding="decision")
    after = browser.submit(form, decision="mandate")
    assert server.posted == {  # type: ignore[attr-defined]  # as above
        "csrfmiddlewaretoken": ["t&1"], "decision": ["mandate"], "news": ["yes"], "question": ["as <typed>"],
    }  # fmt: skip
    assert after.url.endswith("/after")
    assert "my=token" in after.text


def test_links_and_frames_are_complete_addresses(browser: Browser, server: HTTPServer) -> None:
    page = browser.get("/page")
    assert page.links == [
        f"http://127.0.0.1:{server.server_port}/invitation?x=1",
        "http://127.0.0.1/attestation/abc",
    ]


def test_a_failed_page_is_no_page(browser: Browser) -> None:
    with pytest.raises(PageError, match="500"):
        browser.get("/broken")


def test_a_missing_form_is_said_in_a_sentence() -> None:
    with pytest.raises(PageError, match="no form"):
        Page("http://127.0.0.1/", 200, "<p>nothing</p>").require_form(to="/x/")

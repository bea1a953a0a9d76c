"""Whoever carries a mail, what became of it is one of five words, and a doubt is never called a failure."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from novation.customers.services import vault
from novation.engine import mail_transports
from novation.notices import delivery, mail, services, transport
from novation.notices.mail_service import MailService
from novation.notices.models import Notice
from novation.notices.transport import Outcome
from novation.partnercenter import Account, Endpoints, Timeouts
from novation.partnercenter.mailbox import Mailbox
from tests.telling import NOW, make_move

pytestmark = pytest.mark.django_db


class Web:
    """An HTTP server that answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str], tuple[int, Any] | None] = lambda path: (200, {})
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                web.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                said = web.answer(self.path)
                if said is None:
                    self.connection.close()
                    return
                content = json.dumps(said[1]).encode()
                self.send_response(said[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("request-id", "req-1")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *words: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield web
    web.server.shutdown()
    thread.join()
    web.server.server_close()


@pytest.fixture
def letter(settings: Any) -> mail.Mail:
    settings.NOVATION_MAIL_RATE, settings.NOVATION_MAIL_DAILY = 1000, 0
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    (outgoing,) = delivery.claim(1, now=NOW, owner="t")
    return mail.write(outgoing.addressing, outgoing.facts, outgoing.language).mail


def graph_answers(status: int | None) -> Callable[[str], tuple[int, Any] | None]:
    def answer(path: str) -> tuple[int, Any] | None:
        if path.endswith("/oauth2/token"):
            return 200, {"access_token": "a-token", "expires_in": "3599", "token_type": "Bearer"}
        return (
            None
            if status is None
            else (status, {"error": {"code": "x", "message": "said"}} if status >= 400 else {})
        )

    return answer


def by_graph(web: Web, letter: mail.Mail) -> transport.Handed:
    """Sends from a thread beside the loop, as the engine does."""

    async def main() -> transport.Handed:
        account = Account(name="mail", tenant_id="t", client_id="c", client_secret="s")
        places = Endpoints(api=web.address, login=web.address, graph=web.address)
        limits = Timeouts(connect=2, read=2, total=3)
        async with Mailbox(account, "zmena@severka.example", places, timeouts=limits) as box:
            way = mail_transports.Graph(box, asyncio.get_running_loop())
            return await asyncio.to_thread(way.send, letter)

    return asyncio.run(main())


def test_graph_gets_the_whole_message_as_it_was_written(web: Web, letter: mail.Mail) -> None:
    web.answer = graph_answers(202)
    handed = by_graph(web, letter)
    assert (handed.outcome, handed.remote_id) == (Outcome.ACCEPTED, "req-1")
    path, headers, body = web.asked[-1]
    assert path == "/v1.0/users/zmena@severka.example/sendMail"
    assert headers["authorization"] == "Bearer a-token" and headers["content-type"] == "text/plain"
    assert base64.b64decode(body) == letter.exact()
    message = message_from_bytes(base64.b64decode(body), policy=default)
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"]
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.FAILED),
        (413, Outcome.FAILED),
        (401, Outcome.LATER),
        (403, Outcome.LATER),
        (429, Outcome.LATER),
        (503, Outcome.LATER),
        (500, Outcome.UNCERTAIN),
        (502, Outcome.UNCERTAIN),
        (504, Outcome.UNCERTAIN),
        (None, Outcome.UNCERTAIN),  # hangs up after it was asked
    ],
)
def test_what_graph_says(web: Web, letter: mail.Mail, status: int | None, outcome: Outcome) -> None:
    web.answer = graph_answers(status)
    assert by_graph(web, letter).outcome is outcome


def test_without_a_token_nothing_was_sent(web: Web, letter: mail.Mail) -> None:
    web.answer = lambda path: (401, {"error": "invalid_client", "error_description": "AADSTS7000215"})
    assert by_graph(web, letter).outcome is Outcome.LATER
    assert not [path for path, _, _ in web.asked if "sendMail" in path]


class Guard:
    """Takes mail from whoever brings the right token."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.arrived: list[str] = []

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        self.tokens.append(said)
        if "auth=Bearer good" in said:
            return AuthResult(success=True, auth_data=said)
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not session.authenticated:
            return "530 5.7.0 sign in first"
        self.arrived += envelope.rcpt_tos
        return "250 OK"


class _Guarded(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, auth_require_tls=False, ident="guard")


@pytest.mark.parametrize(("token", "outcome"), [("good", Outcome.ACCEPTED), ("stale", Outcome.LATER)])
def test_smtp_is_signed_in_with_a_token(
    settings: Any, letter: mail.Mail, token: str, outcome: Outcome
) -> None:
    import socket

    guard = Guard()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = _Guarded(guard, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "zmena@severka.example", "not used"
    try:
        handed = transport.Smtp(lambda: token).send(letter)
    finally:
        controller.stop()
    assert handed.outcome is outcome, handed
    assert guard.tokens[0] == f"user=zmena@severka.example\x01auth=Bearer {token}\x01\x01"
    assert len(guard.arrived) == (1 if outcome is Outcome.ACCEPTED else 0)


def test_a_mailbox_is_connected_and_its_secret_sealed(settings: Any) -> None:
    vault.seal(
        mail_transports.SECRET,
        {"tenant_id": "t", "client_id": "c", "client_secret": "hush", "mailbox": "zmena@severka.example"},
        now=NOW,
        actor="command",
    )
    box = mail_transports.open_mailbox()
    assert box.address == "zmena@severka.example"
    assert "hush" not in repr(box)
    settings.NOVATION_MAIL = "graph"
    assert mail_transports.needs_mailbox()
    settings.NOVATION_MAIL = "smtp"
    assert not mail_transports.needs_mailbox()
    asyncio.run(box.__aexit__())


@pytest.fixture
def postmark(web: Web, settings: Any) -> Web:
    settings.NOVATION_MAIL = "postmark"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "key", "POSTMARK_API_URL": web.address, "IGNORE_UNSUPPORTED_FEATURES": True,
        "REQUESTS_TIMEOUT": 2,
    }  # fmt: skip
    return web


def test_a_mail_service_gets_both_parts_and_tracks_nothing(postmark: Web, letter: mail.Mail) -> None:
    postmark.answer = lambda path: (
        200, {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-7", "To": letter.to[0], "SubmittedAt": "x"}
    )  # fmt: skip
    handed = MailService().send(letter)
    assert (handed.outcome, handed.remote_id) == (Outcome.ACCEPTED, "pm-7")
    said = json.loads(postmark.asked[0][2])
    assert said["TextBody"] == letter.body and "<html" in said["HtmlBody"]
    assert said["TrackOpens"] is False and said["TrackLinks"] == "None"
    assert said["Metadata"] == {"notice": str(letter.extra_headers["Message-ID"]).strip("<>")}
    assert isinstance(transport.chosen(), MailService)


#: Postmark's words (page "API error codes").
INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {to}. "
    "Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((422, {"ErrorCode": 406, "Message": INACTIVE}), Outcome.BOUNCED),
        ((422, {"ErrorCode": 300, "Message": "Invalid email request"}), Outcome.FAILED),
        ((401, {"ErrorCode": 10, "Message": "Bad token"}), Outcome.LATER),
        ((429, {"ErrorCode": 429, "Message": "Slow down"}), Outcome.LATER),
        ((503, {}), Outcome.LATER),
        ((500, {"ErrorCode": 500, "Message": "Oops"}), Outcome.UNCERTAIN),
        (None, Outcome.UNCERTAIN),
    ],
)  # fmt: skip
def test_what_a_mail_service_says(postmark: Web, letter: mail.Mail, answer: Any, outcome: Outcome) -> None:
    words = json.dumps(answer).replace("{to}", parseaddr(letter.to[0])[1])
    postmark.answer = lambda path: None if answer is None else tuple(json.loads(words))
    assert MailService().send(letter).outcome is outcome


def test_a_paused_mail_is_not_handed_to_a_service(postmark: Web, letter: mail.Mail) -> None:
    postmark.answer = lambda path: pytest.fail(f"asked for {path}")
    assert MailService().send(letter, lambda: False) == transport.HELD


def test_a_paused_mail_is_not_handed_to_graph(letter: mail.Mail) -> None:
    way = mail_transports.Graph(None, None)  # type: ignore[arg-type]  # neither is touched
    assert way.send(letter, lambda: False) == transport.HELD


def test_a_service_that_cannot_be_reached_has_sent_nothing(
    postmark: Web, settings: Any, letter: mail.Mail
) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:9"}
    assert MailService().send(letter).outcome is Outcome.LATER


def test_the_name_that_the_service_gave_is_kept(letter: mail.Mail) -> None:
    notice = Notice.objects.get()
    outgoing = delivery.Outgoing(
        notice=notice.pk, claim=notice.claim, owner="t", language="en", addressing=None, facts=None  # type: ignore[arg-type]  # not looked at
    )  # fmt: skip
    delivery.record(outgoing, delivery.Delivery(outcome=Outcome.ACCEPTED, remote_id="pm-7"), now=NOW)
    assert Notice.objects.get().remote_id == "pm-7"

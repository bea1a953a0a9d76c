"""The mailbox behind our address: every message is taken in once, and none is lost when we die in between."""

from __future__ import annotations

import io
import mailbox
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from novation import cli, commands
from novation.domain.errors import BadInput
from novation.notices import services
from novation.notices.inbound import mailbox as letterbox
from novation.notices.models import InboundMail, Notice
from tests.notices.returned_mail import OUR_ID, SAMPLES, reply
from tests.telling import NOW, Sink, deliver, make_move

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(sink: Sink) -> Notice:
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    return deliver()[0]


def returned(notice: Notice, name: str) -> bytes:
    return SAMPLES[name][0].replace(OUR_ID.encode(), notice.message_id.encode())


def take(*words: str) -> int:
    return commands.run(cli.parser().parse_args(["inbound-mail", *words]))


def state(notice: Notice) -> str:
    return str(Notice.objects.get(pk=notice.pk).state)


def test_a_pipe_hands_over_one_message(told: Notice, monkeypatch: Any, capsys: Any) -> None:
    class Pipe:
        buffer = io.BytesIO(returned(told, "exim unknown"))

    monkeypatch.setattr(sys, "stdin", Pipe())
    assert take() == 0
    assert state(told) == "bounced"
    assert told.move.reference in capsys.readouterr().out


def test_a_maildir_is_taken_in_once(told: Notice, tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(returned(told, "exim unknown"))
    box.add(reply("Hello", subject="Offer"))
    for _ in range(2):
        assert take("--maildir", str(tmp_path / "box")) == 0
    assert state(told) == "bounced"
    assert sorted(InboundMail.objects.values_list("kind", flat=True)) == ["bounced", "reply"]
    assert list(letterbox.maildir(tmp_path / "box")) == []


def test_who_dies_before_the_mark_finds_the_message_again(told: Notice, tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(returned(told, "exim unknown"))
    first = letterbox.maildir(tmp_path / "box")
    raw = next(first)
    first.close()  # type: ignore[attr-defined]  # a generator
    assert list(letterbox.maildir(tmp_path / "box")) == [raw]


def test_what_nobody_can_place_is_kept_for_a_person(told: Notice, tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(reply("Is this about us?", subject="Question"))
    take(str(path))
    arrival = InboundMail.objects.get()
    assert (arrival.move, arrival.handled_at) == (None, None)
    assert "Is this about us?" in arrival.text


def test_an_automatic_reply_that_nobody_can_place_needs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(reply("Away.", subject="Offer", headers="Auto-Submitted: auto-replied"))
    take(str(path))
    assert InboundMail.objects.get().handled_at is not None


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no maildir"):
        take("--maildir", str(tmp_path))


class _Imap(socketserver.StreamRequestHandler):
    """As much of an IMAP server as one reading of a mailbox needs."""

    def handle(self) -> None:
        box: list[tuple[bytes, set[str]]] = self.server.box  # type: ignore[attr-defined]  # set by the fixture
        self.wfile.write(b"* OK ready\r\n")
        for raw in self.rfile:
            tag, _, words = raw.decode().strip().partition(" ")
            verb = words.upper()
            if verb.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb.startswith("LOGIN") and "right" not in words:
                self.wfile.write(f"{tag} NO wrong password\r\n".encode())
                continue
            elif verb.startswith("SELECT"):
                self.wfile.write(f"* {len(box)} EXISTS\r\n".encode())
            elif verb.startswith("UID SEARCH"):
                unseen = " ".join(str(n) for n, (_, flags) in enumerate(box, 1) if "seen" not in flags)
                self.wfile.write(f"* SEARCH {unseen}\r\n".encode())
            elif verb.startswith("UID FETCH"):
                number = int(words.split()[2])
                body = box[number - 1][0]
                self.wfile.write(f"* {number} FETCH (UID {number} BODY[] {{{len(body)}}}\r\n".encode())
                self.wfile.write(body + b")\r\n")
            elif verb.startswith("UID STORE"):
                box[int(words.split()[2]) - 1][1].add("seen")
            self.wfile.write(f"{tag} OK done\r\n".encode())
            if verb.startswith("LOGOUT"):
                return


@pytest.fixture
def imap(settings: Any) -> Iterator[list[tuple[bytes, set[str]]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Imap) as server:
        server.daemon_threads = True
        box: list[tuple[bytes, set[str]]] = []
        server.box = box  # type: ignore[attr-defined]  # for the handler
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        settings.NOVATION_IMAP_HOST, settings.NOVATION_IMAP_PORT = "127.0.0.1", server.server_address[1]
        settings.NOVATION_IMAP_TLS = False
        settings.NOVATION_IMAP_USER, settings.NOVATION_IMAP_PASSWORD = "zmena", "right"
        yield box
        server.shutdown()
        thread.join()


def test_a_mailbox_on_a_server_is_taken_in_once(told: Notice, imap: list[tuple[bytes, set[str]]]) -> None:
    imap += [(returned(told, "exim unknown"), set()), (reply("Hello", subject="Offer"), set())]
    for _ in range(2):
        assert take("--imap") == 0
    assert state(told) == "bounced"
    assert InboundMail.objects.count() == 2
    assert all(flags == {"seen"} for _, flags in imap)


def test_a_mailbox_that_refuses_us_is_tried_again_by_the_mail_server(
    imap: list[tuple[bytes, set[str]]], settings: Any, capsys: Any
) -> None:
    settings.NOVATION_IMAP_PASSWORD = "wrong"
    assert take("--imap") == 75
    assert "cannot be read" in capsys.readouterr().err

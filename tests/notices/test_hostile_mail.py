"""Mail that is made to do harm: it is read in time proportional to its length, or kept for a person; nothing stops."""

from __future__ import annotations

import contextlib
import mailbox
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import novation.consent
import novation.notices
import novation.partnercenter
from novation import cli, commands
from novation.notices import services
from novation.notices.inbound import bounces, mime
from novation.notices.inbound import process as incoming
from novation.notices.inbound.bounces import Kind, read
from novation.notices.inbound.html_text import text_of_html
from novation.notices.models import InboundMail, Notice
from tests.notices.returned_mail import OUR_ID, SAMPLES, reply
from tests.telling import NOW, Sink, deliver, make_move


def mail(headers: str, body: str = "Hello?\n") -> bytes:
    return f"From: jana@strojirny.example\nSubject: AW: Move (SEV-4821-0042)\n{headers}\n\n{body}".encode()


def nested(depth: int) -> bytes:
    return b"Subject: x\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(depth)
    )


def attached(depth: int) -> bytes:
    return b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * depth


#: What was seen to raise, or is of the same kind.
CHARSETS = [
    "undefined",
    "idna",
    "punycode",
    "rot13",
    "hex",
    "base64",
    "zlib",
    "mbcs",
    "oem",
    "unicode_escape",
    "utf-7",
    "utf-16",
    "nonsense",
    "\x00",
    "x" * 300,
    "raw_unicode_escape",
]
READABLE = {
    **{
        f"charset {name!r}": mail(f'Content-Type: text/plain; charset="{name}"', "Dobrý den")
        for name in CHARSETS
    },
    **{
        f"html in {name!r}": mail(f'Content-Type: text/html; charset="{name}"', "<p>Dobrý den")
        for name in CHARSETS
    },
    **{
        f"word in {name!r}": mail(f"X-A: b\nFrom: =?{name}?q?Jana=00=ff?= <j@a.example>") for name in CHARSETS
    },
    "a parameter of RFC 2231": mail("Content-Type: text/plain; charset*=undefined''x", "Hello"),
    "header of a megabyte": mail("X-Long: " + "(" * 1_000_000, "Hello"),
    "type of a megabyte": mail("Content-Type: text/plain; " + 'a="\\";' * 150_000, "Hello"),
    "address of a megabyte": b"From: " + b"(" * 1_000_000 + b"\nSubject: x\n\nHello\n",
    "many headers": mail("\n".join(f"X-{number}: y" for number in range(30_000)), "Hello"),
    "broken base64": mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64", "=a=b=c!" * 100),
    "broken uuencode": mail(
        "Content-Type: text/plain\nContent-Transfer-Encoding: uuencode", "begin 999 x\n\xff\xff\n"
    ),
    "a number that is none": mail(
        "Content-Type: text/html", "&#" + "9" * 5_000 + "; &#xffffffff; &#0; Hello"
    ),
    "half characters": mail(
        "Content-Type: text/html", "&#xd800; \udcff Hello".encode("utf-8", "replace").decode()
    ),
    "NUL": mail("Content-Type: text/plain", "Hel\0lo"),
}
UNREADABLE = {
    "3000 nested parts": nested(3000),
    "900 nested parts": nested(900),
    "2000 attached": attached(2000),
    "many parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\ny\n" * 5_000,
}


def measured(work: Callable[[], Any]) -> float:
    """Seconds of processor time, the least of three."""
    found = []
    for _ in range(3):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
        if found[-1] < FLOOR:
            break
    return min(found)


#: Seconds of processor time below which nothing is compared.
FLOOR = 0.15


def grows_linearly(work: Callable[[int], Any], size: int) -> None:
    """Four times the input takes about four times as long; sixteen times would be quadratic."""
    small = 0.0
    for larger in (size // 4, size, 4 * size):  # the smallest first, so that a failure comes soon
        large = measured(lambda larger=larger: work(larger))  # type: ignore[misc]  # mypy cannot infer a default
        assert large < 6 * max(small, FLOOR / 6) + FLOOR or small == 0.0, (
            f"{larger}: {small:.3f}, {large:.3f} s"
        )
        small = large


# -- what is read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READABLE)
def test_odd_mail_is_read_as_far_as_it_can_be(name: str) -> None:
    report = bounces._read(READABLE[name])
    assert report.kind is Kind.REPLY
    assert "\0" not in report.text
    if "charset " in name or "html" in name:
        assert "brý" in report.text or "br" in report.text


@pytest.mark.parametrize("name", UNREADABLE)
def test_mail_that_no_honest_sender_makes_is_unreadable_and_quickly_so(name: str) -> None:
    began = time.process_time()
    assert read(UNREADABLE[name]).kind is Kind.UNREADABLE
    assert time.process_time() - began < 5  # the parser of before took 13 s for 50 kB


def test_a_very_long_mail_is_read_from_its_beginning() -> None:
    attachment = "x" * 76 + "\n"
    report = read(mail("", "Hello from above.\n" + attachment * 120_000))
    assert report.kind is Kind.REPLY
    assert report.text.startswith("Hello from above.")


def test_real_words_come_out_of_headers_and_html() -> None:
    message = EmailMessage()
    message["From"] = "Jana Dvořáková <jana@strojirny.example>"
    message["Subject"] = "Změna účtu – prosím o vysvětlení, než se rozhodneme, co dál s tím (SEV-4821-0042)"
    message.set_content(
        "<p>Dobr&yacute; den,<br>co m&#225;m d&#x11b;lat?</p><p>5 < 6</p>",
        subtype="html",
        charset="iso-8859-2",
    )
    report = read(message.as_bytes())
    assert report.subject == message["Subject"]
    assert report.sender == message["From"]
    assert [line.strip() for line in report.text.splitlines() if line.strip()] == [
        "Dobrý den,",
        "co mám dělat?",
        "5 < 6",
    ]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("a<br>b<p>c</p>d", ["a", "b", "c", "d"]),
        ("<style>p{color:red}</style>a<STYLE type='x'>b</Style >c", ["a c"]),
        ("<head><title>no</title><body>yes", ["yes"]),
        ("a<style>b", ["ab"]),
        ("a<!-- b > c -->d<!doctype html>e<?xml f?>g", ["adeg"]),
        ("1 < 2 && 3 > 2 <3 </ x", ["1 < 2 && 3 > 2 <3 </ x"]),
        ("&lt;b&gt; &amp;amp; &unknown; &#9999999;", ["<b> &amp; &unknown; \ufffd"]),
        ("<scripty>a</scripty>", ["a"]),
    ],
)
def test_the_text_of_html(page: str, words: list[str]) -> None:
    assert [line.strip() for line in text_of_html(page).splitlines() if line.strip()] == words


# -- time -----------------------------------------------------------------------------------------------------

#: Pieces that, repeated, made a pattern or a parser look ahead again and again.
PIECES = [
    "<",
    "<style>",
    "<!--",
    "<![CDATA[",
    "</",
    "<?",
    "<a ",
    "<a b=",
    "&",
    "&#",
    "<b><p>",
    "<script",
    "<head>",
    "a<",
]


@pytest.mark.parametrize("piece", PIECES)
def test_html_takes_time_in_proportion(piece: str) -> None:
    grows_linearly(lambda size: text_of_html(piece * (size // len(piece))), 50_000)


@pytest.mark.parametrize(
    "piece",
    [
        *PIECES,
        "\n",
        "\r",
        " ",
        "\n ",
        "=?utf-8?q?",
        "x-1",
        OUR_ID[:-1],
        "<sev-4821-0042.a-1.0123456789ab@",
        "On 1 Jan 2026 wrote   ",
        "SEV-4821-",
        "1.1.",
        "--",
        ": ",
        "Subject: x\n",
        "\0",
    ],
)
@pytest.mark.parametrize("kind", ["text/html", "message/delivery-status"])
def test_mail_takes_time_in_proportion(piece: str, kind: str) -> None:
    grows_linearly(lambda size: read(mail(f"Content-Type: {kind}", piece * (size // len(piece)))), 25_000)


@pytest.mark.parametrize("depth", [10, 90])
def test_nesting_takes_time_in_proportion(depth: int) -> None:
    grows_linearly(lambda size: read(nested(depth) + b"x\n" * (size // 2)), 20_000)


#: A repetition without an end; a pattern that has none cannot look further than a fixed number of characters.
UNBOUNDED = re.compile(r"(?<!\\)[*+]|,\}")


def patterns() -> list[Any]:
    found: dict[str, Any] = {}
    for package in (novation.notices, novation.consent, novation.partnercenter):
        for one in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in one.name or one.name.endswith("services.paper"):
                continue
            for name, value in vars(import_module(one.name)).items():
                if isinstance(value, re.Pattern) and UNBOUNDED.search(str(value.pattern)):
                    found.setdefault(value.pattern, pytest.param(value, id=f"{one.name}.{name}"))
    return list(found.values())


#: Repeated, and then something that fits nowhere, so that every try fails at the very end.
REPEATED = [
    "a",
    "1",
    "a1",
    " ",
    "\n",
    "\t",
    "-",
    ".",
    "a.",
    "1.",
    "/",
    "=",
    ": ",
    "<",
    "<a",
    "(",
    "@",
    "a@",
    "#",
    ">",
    "code ",
    "code=",
    "bearer ",
    "{",
    "P1Y",
    "On ",
    "=?a?q?",
    "wrote ",
    "--",
    "__",
    "á",
    "<sev-4821-0042.a-1.0123456789ab@",
]


@pytest.mark.parametrize("pattern", patterns())
def test_no_pattern_looks_longer_than_its_text_is_long(pattern: re.Pattern[Any]) -> None:
    for piece in REPEATED:
        for start in ("", "On 1 January 2026 wrote", "2026-01-01", "bearer"):

            def tried(size: int, piece: str = piece, start: str = start) -> None:
                text: Any = f"{start}{piece * (size // len(piece))}\x01"
                if isinstance(pattern.pattern, bytes):
                    text = text.encode()
                pattern.search(text)
                pattern.fullmatch(text)

            grows_linearly(tried, 2_000)


# -- taking it in ---------------------------------------------------------------------------------------------


@pytest.fixture
def told(sink: Sink) -> Notice:
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    return deliver()[0]


def take(*words: str) -> int:
    return commands.run(cli.parser().parse_args(["inbound-mail", *words]))


_lines = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"From: a@b.example",
                b"Subject: SEV-4821-0042",
                b"Content-Type: text/html",
                b"",
                b"--x",
                b'Content-Type: multipart/report; boundary=x; report-type="delivery-status"',
                b"Status: 5.1.1",
                b"Content-Type: message/delivery-status",
                b"Action: failed",
                b"Content-Transfer-Encoding: base64",
                b"Auto-Submitted: auto-replied",
                b"Diagnostic-Code: smtp; 550 user unknown",
                b"In-Reply-To: " + OUR_ID.encode(),
                b"Content-Type: multipart/mixed; boundary=x",
                b"Content-Type: message/rfc822",
                b"From: MAILER-DAEMON@x",
            ]
        ),
        st.binary(max_size=40),
        st.builds(lambda name: b'Content-Type: text/plain; charset="%s"' % name, st.binary(max_size=12)),
        st.builds(
            lambda name, text: b"Subject: =?%s?q?%s?=" % (name, text),
            st.binary(max_size=8),
            st.binary(max_size=20),
        ),
    ),
    max_size=14,
).map(b"\n".join)


@given(raw=st.binary(max_size=300) | _lines | st.sampled_from([*READABLE.values(), *UNREADABLE.values()]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
@pytest.mark.django_db
def test_no_bytes_keep_the_next_mail_from_being_taken_in(told: Notice, raw: bytes) -> None:
    with contextlib.suppress(mime.Unreadable):
        bounces._read(raw)  # the guard around it must have nothing to do
    report, _move = incoming.receive(raw, now=NOW)
    assert isinstance(report.kind, Kind)


POISON = UNREADABLE["3000 nested parts"]


@pytest.mark.django_db
def test_poison_in_a_maildir_is_kept_and_what_lies_behind_it_is_taken_in(
    told: Notice, tmp_path: Path
) -> None:
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    good = SAMPLES["exim unknown"][0].replace(OUR_ID.encode(), told.message_id.encode())
    for number, raw in enumerate((READABLE["charset 'undefined'"], POISON, good)):
        (tmp_path / "box" / "new" / f"{number}.mail").write_bytes(raw)
    assert take("--maildir", str(tmp_path / "box")) == 0
    assert Notice.objects.get(pk=told.pk).state == "bounced"
    assert list(box.keys()) and all("S" in path.name for path in (tmp_path / "box" / "cur").iterdir())
    kept = InboundMail.objects.get(kind="unreadable")
    assert kept.raw is not None and bytes(kept.raw) == POISON
    assert (kept.move, kept.handled_at, kept.subject) == (None, None, "x")
    assert take("--maildir", str(tmp_path / "box")) == 0
    assert InboundMail.objects.count() == 3


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_does_not_keep_the_others_waiting(
    told: Notice, tmp_path: Path, monkeypatch: Any
) -> None:
    mailbox.Maildir(str(tmp_path / "box"), create=True)
    for number in range(3):
        (tmp_path / "box" / "new" / f"{number}").write_bytes(reply(f"Hello {number}", subject="Offer"))
    real = Path.open

    def opened(self: Path, *given: Any, **named: Any) -> Any:
        if self.name == "1":
            raise PermissionError(13, "Permission denied")
        return real(self, *given, **named)

    monkeypatch.setattr(Path, "open", opened)
    assert take("--maildir", str(tmp_path / "box")) == 75
    assert InboundMail.objects.count() == 2


@pytest.mark.django_db
def test_what_cannot_be_recorded_is_kept_for_a_person(told: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_named: Any) -> None:
        raise ZeroDivisionError

    raw = SAMPLES["exim unknown"][0].replace(OUR_ID.encode(), told.message_id.encode())
    monkeypatch.setattr(incoming, "_act", broken)
    report, move = incoming.receive(raw, now=NOW)
    assert (report.kind, move) == (Kind.UNREADABLE, None)
    kept = InboundMail.objects.get()
    assert bytes(kept.raw or b"") == raw and "ZeroDivisionError" in kept.text


@pytest.mark.django_db
def test_a_database_that_is_gone_is_no_fault_of_the_mail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(*_given: Any, **_named: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(incoming, "_arrived", gone)
    # It would close the transaction of this test.
    monkeypatch.setattr("novation.commands.inbound_mail.close_old_connections", lambda: None)
    path = tmp_path / "one.eml"
    path.write_bytes(reply("Hello", subject="Offer"))
    assert take(str(path)) == 75
    assert not InboundMail.objects.exists()

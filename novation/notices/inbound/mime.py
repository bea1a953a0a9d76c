"""Takes one message apart that anybody may have written: linear time, bounded everything, no surprises.

The standard library's readers follow whatever a message asks for: thousands of nested parts, codecs that raise,
headers of a megabyte whose parser is recursive. So every size is bounded before it is parsed, header values stay
unparsed text, and character sets come from a fixed list.
"""

from __future__ import annotations

import base64
import binascii
import email.parser
import quopri
import re
from collections.abc import Callable
from email.message import Message
from email.policy import Compat32
from typing import Any

from novation.notices.inbound.html_text import text_of_html

#: Bytes of a message that are read. Text and delivery reports come first, attachments and returned mail after them.
LARGEST = 2_000_000
#: Lines that are read, and parts that a message may have, in whatever depth. The parser compares each line with the
#: boundary of every part around it.
LINES, PARTS = 40_000, 100
#: Characters of one header that are read, and bytes of one text.
HEADER, TEXT = 4_000, 262_144

#: Character sets that mail is really written in, by their names in lower case with hyphens.
CHARSETS = frozenset(
    [
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
        "shift-jis",
        "iso-2022-jp",
        "euc-jp",
    ]
    + [
        "euc-kr",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "ibm437",
        "ibm850",
        "ibm852",
        "cp437",
        "cp850",
        "cp852",
        "latin-1",
    ]
    + [f"iso-8859-{number}" for number in (*range(1, 12), *range(13, 17))]
    + [f"{kind}-{number}" for kind in ("windows", "cp") for number in range(1250, 1259)]
    + [f"cp{number}" for number in range(1250, 1259)]
)
_PYTHON = {"macintosh": "mac-roman"}

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?\s]{0,2000})\?=", re.IGNORECASE)
_BETWEEN = re.compile(r"(\?=)\s{1,80}(=\?)")


class Unreadable(Exception):
    """The message is not made as messages are; a person must look at it."""


class _Policy(Compat32):
    """The old policy parses no header by itself; here it also keeps each within bounds."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER]


def parse(raw: bytes) -> Message:
    """Reads a message; of a very long one only the beginning.

    Raises:
        Unreadable: it has more parts than any honest message.
    """
    lines = raw[:LARGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", LINES)[:LINES]
    parser = email.parser.BytesFeedParser(policy=_Policy(message_factory=_counting()))
    parser.feed(b"\n".join(lines) + b"\n")
    return parser.close()


def _counting() -> Callable[..., Message]:
    made = 0

    def new(*_given: Any, **named: Any) -> Message:
        nonlocal made
        made += 1
        if made > PARTS:
            raise Unreadable(f"It has more than {PARTS} parts.")
        return Message(**named)

    return new


def header(message: Message, name: str) -> str:
    """The first header of this name as readable text, at most `HEADER` characters; empty when there is none."""
    wanted = name.lower()
    found = next((value for key, value in message.raw_items() if key.lower() == wanted), "")
    return _readable(str(found))


def _readable(value: str) -> str:
    unfolded = value[:HEADER].replace("\r", "").replace("\n", "")
    text = _BETWEEN.sub(r"\1\2", decoded(unfolded.encode("utf-8", "surrogateescape"), "utf-8"))
    return clean(_WORD.sub(_word, text))


def _word(found: re.Match[str]) -> str:
    """One encoded word (RFC 2047)."""
    charset, kind, said = found.groups()
    data = said.encode("utf-8", "replace")
    try:
        if kind in "bB":
            plain = base64.b64decode(data + b"=" * (-len(data) % 4))
        else:
            plain = quopri.decodestring(data, header=True)
    except (binascii.Error, ValueError):
        return found.group(0)
    return decoded(plain, charset.split("*")[0])


def decoded(data: bytes, charset: str) -> str:
    """Text of these bytes; what is in no character set of the list counts as UTF-8, or as Western if it is not that."""
    name = charset.strip().lower().replace("_", "-")
    if name in CHARSETS:
        return data.decode(_PYTHON.get(name, name), "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def clean(text: str) -> str:
    """Text that every database takes: no NUL, no half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def part_of(message: Message, kind: str) -> Message | None:
    """The first part of this kind. Inside a message that is attached nothing counts: it is our own, returned."""
    if message.get_content_type() == kind:
        return message
    if message.get_content_maintype() == "multipart":
        for child in parts_in(message):
            if (found := part_of(child, kind)) is not None:
                return found
    return None


def parts_in(message: Message) -> list[Message]:
    """The parts directly below this one."""
    payload = message.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def text_of(message: Message) -> str:
    """The readable words: plain text if there is any, otherwise HTML without its tags."""
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        part = part_of(message, kind)
        if part is not None:
            raw = part.get_payload(decode=True)
            said = part.get_param("charset", "utf-8")
            charset = said[2] if isinstance(said, tuple) else str(said)
            return clean(read(decoded(raw[:TEXT] if isinstance(raw, bytes) else b"", charset)))
    return ""

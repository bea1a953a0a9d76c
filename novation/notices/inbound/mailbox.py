"""The mailbox behind our address: messages one by one, each marked only after it was taken in."""

from __future__ import annotations

import imaplib
import mailbox
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from novation.domain.errors import BadInput


class NotNow(Exception):
    """The mailbox cannot be read just now."""


def maildir(folder: Path) -> Iterator[bytes]:
    """Every message of `folder` that was not taken in before; a message is marked as seen after it was.

    Raises:
        BadInput: there is no maildir of this name.
    """
    if not (folder / "new").is_dir():
        raise BadInput(f"{folder} is no maildir.", remedy="It must hold the folders new, cur and tmp.")
    box = mailbox.Maildir(str(folder), create=False)
    for key in sorted(box.keys()):
        message = box.get_message(key)
        if message.get_subdir() == "cur" and "S" in message.get_flags():
            continue
        yield box.get_bytes(key)
        # Only now: whoever dies before finds the message again, and taking it in twice changes nothing.
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message


def imap() -> Iterator[bytes]:
    """Every unread message of the mailbox of the settings; marked as read after it was taken in.

    Raises:
        BadInput: no IMAP server is set.
        NotNow: it does not answer, or refuses us.
    """
    if not settings.NOVATION_IMAP_HOST:
        raise BadInput("No mailbox is set.", remedy="Set NOVATION_IMAP_HOST, …_USER and …_PASSWORD.")
    try:
        yield from _unread()
    except (imaplib.IMAP4.error, OSError) as error:
        raise NotNow(f"The mailbox on {settings.NOVATION_IMAP_HOST} cannot be read: {error}.") from error


def _unread() -> Iterator[bytes]:
    kind = imaplib.IMAP4_SSL if settings.NOVATION_IMAP_TLS else imaplib.IMAP4
    with kind(settings.NOVATION_IMAP_HOST, settings.NOVATION_IMAP_PORT, timeout=30) as server:
        server.login(settings.NOVATION_IMAP_USER, settings.NOVATION_IMAP_PASSWORD)
        _ok(server.select(settings.NOVATION_IMAP_FOLDER))
        found = _ok(server.uid("SEARCH", "UNSEEN"))
        for uid in (found[0] or b"").split():
            parts = _ok(server.uid("FETCH", uid.decode(), "(BODY.PEEK[])"))
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is None:
                continue  # somebody else took it out meanwhile
            yield raw
            _ok(server.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)"))


def _ok(answer: tuple[str, Any]) -> Any:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1])[:200])
    return answer[1]

"""The mailbox behind our address: messages one by one, each marked only after it was taken in."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from novation.domain.errors import BadInput
from novation.notices.inbound import mime


class NotNow(Exception):
    """The mailbox, or some message in it, cannot be read just now."""


def maildir(folder: Path) -> Iterator[bytes]:
    """Every message of `folder` that was not taken in before; a message is marked as seen after it was.

    The files are read as they are: a reader of mail in between would die of the same messages as it always did.
    Of each the first `mime.LARGEST` bytes are read. A file that cannot be read is reported and left where it is.

    Raises:
        BadInput: there is no maildir of this name.
        NotNow: after all others, when some could not be read.
    """
    if not (folder / "new").is_dir():
        raise BadInput(f"{folder} is no maildir.", remedy="It must hold the folders new, cur and tmp.")
    waiting = [
        path for name in ("new", "cur") if (folder / name).is_dir() for path in (folder / name).iterdir()
    ]
    failed: list[str] = []
    for path in sorted(waiting, key=lambda path: path.name):
        name, _, flags = path.name.partition(":2,")
        if path.name.startswith(".") or not path.is_file() or (path.parent.name == "cur" and "S" in flags):
            continue
        try:
            with path.open("rb") as file:
                raw = file.read(mime.LARGEST)
        except FileNotFoundError:
            continue  # somebody else took it out meanwhile
        except OSError as error:
            failed.append(f"{path.name}: {error.strerror}")
            continue
        yield raw
        # Only now: whoever dies before finds the message again, and taking it in twice changes nothing.
        try:
            path.rename(folder / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")
        except FileNotFoundError:
            continue
        except OSError as error:
            failed.append(f"{path.name}: {error.strerror}")
    if failed:
        raise NotNow(f"{len(failed)} messages in {folder} cannot be read: {'; '.join(failed[:3])}.")


def imap() -> Iterator[bytes]:
    """Every unread message of the mailbox of the settings; marked as read after it was taken in.

    Of each the first `mime.LARGEST` bytes are fetched.

    Raises:
        BadInput: no IMAP server is set.
        NotNow: it does not answer, or refuses us; after all others, when some messages could not be fetched.
    """
    if not settings.NOVATION_IMAP_HOST:
        raise BadInput("No mailbox is set.", remedy="Set NOVATION_IMAP_HOST, …_USER and …_PASSWORD.")
    try:
        yield from _unread()
    except (imaplib.IMAP4.error, OSError) as error:
        raise NotNow(f"The mailbox on {settings.NOVATION_IMAP_HOST} cannot be read: {error}.") from error


def _unread() -> Iterator[bytes]:
    kind = imaplib.IMAP4_SSL if settings.NOVATION_IMAP_TLS else imaplib.IMAP4
    failed: list[str] = []
    with kind(settings.NOVATION_IMAP_HOST, settings.NOVATION_IMAP_PORT, timeout=30) as server:
        server.login(settings.NOVATION_IMAP_USER, settings.NOVATION_IMAP_PASSWORD)
        _ok(server.select(settings.NOVATION_IMAP_FOLDER))
        found = _ok(server.uid("SEARCH", "UNSEEN"))
        for uid in (found[0] or b"").split():
            try:
                parts = _ok(server.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{mime.LARGEST}>)"))
            except imaplib.IMAP4.abort:
                raise  # the connection, not the message
            except imaplib.IMAP4.error as error:
                # Servers cannot give some messages out. Those behind it are taken in all the same.
                failed.append(f"{uid.decode()}: {error}")
                continue
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is None:
                continue  # somebody else took it out meanwhile
            yield raw
            _ok(server.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)"))
    if failed:
        raise NotNow(
            f"{len(failed)} messages on {settings.NOVATION_IMAP_HOST} cannot be read: {'; '.join(failed[:3])}."
        )


def _ok(answer: tuple[str, Any]) -> Any:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1])[:200])
    return answer[1]

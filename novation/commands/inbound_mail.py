"""Takes mail in: what a pipe hands over, a maildir, or a mailbox on an IMAP server."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from threading import Event

from django.db import InterfaceError, OperationalError, close_old_connections

from novation import clock
from novation.domain.errors import BadInput
from novation.notices.inbound import mailbox, mime, process


def inbound_mail(options: argparse.Namespace) -> int:
    """Prints one line per message.

    Returns:
        0, or 75 when mailbox or database cannot be had, so that a mail server tries again.
    """
    while True:
        try:
            for raw in _messages(options):
                report, move = process.receive(raw, now=clock.now())
                whose = move.reference if move else "nobody knows whose: see the console"
                print(f"{report.kind:10} {whose}", flush=True)
        except (OperationalError, InterfaceError) as error:
            print(f"novation: The database cannot be had: {error}", file=sys.stderr)
            close_old_connections()
            if not options.every:
                return 75
        except mailbox.NotNow as error:
            print(f"novation: {error}", file=sys.stderr)
            if not options.every:
                return 75
        if not options.every:
            return 0
        with contextlib.suppress(KeyboardInterrupt):
            if not Event().wait(options.every):
                continue
        return 0


def _messages(options: argparse.Namespace) -> Iterator[bytes]:
    if options.every and not (options.maildir or options.imap):
        raise BadInput("Only a mailbox can be looked at again.", remedy="Name --maildir or --imap.")
    if options.maildir:
        yield from mailbox.maildir(options.maildir)
    if options.imap:
        yield from mailbox.imap()
    for path in options.messages:
        try:
            with path.open("rb") as file:
                raw = file.read(mime.LARGEST)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
        yield raw
    if not (options.maildir or options.imap or options.messages):
        raw = sys.stdin.buffer.read(mime.LARGEST)
        while sys.stdin.buffer.read(1_000_000):
            pass  # a mail server takes it for a failure when its pipe is closed early
        yield raw

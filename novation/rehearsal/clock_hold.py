"""Holds the virtual clock back from jumping while something happens that belongs to one moment.

The lock is a file in the rehearsal's home, so that it works between processes and ends with its holder.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def hold_file(home: Path) -> Path:
    """The lock file of a rehearsal."""
    return home / "clock.lock"


@contextmanager
def hold_clock(file: Path) -> Iterator[None]:
    """Keeps the clock from jumping; waits while another process does."""
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def jump_permit(file: Path) -> Iterator[bool]:
    """Yields True when nobody holds the clock; nobody can take it before the block is left."""
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

"""What the machine or the database refuses, told in one sentence instead of a traceback.

Only what lies outside the program is told so. A statement that the database does not understand is a bug and
stays a traceback; with NOVATION_LOG_LEVEL=DEBUG the traceback of the others is logged too.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from novation.domain.errors import BadInput

logger = logging.getLogger(__name__)

#: SQLite's result codes (sqlite.org/rescode.html) that speak of the file or the disk, not of the statement.
OUTSIDE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)
#: Errors of the operating system that concern the disk, whatever file they name.
DISK = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO})


@contextmanager
def told() -> Iterator[None]:
    """Turns what the database or the disk refuses into a sentence for people.

    Raises:
        BadInput: instead of the error of Django or of the operating system.
    """
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        if not _from_outside(error):
            raise
        logger.debug("The database failed.", exc_info=True)
        raise BadInput(
            f"The database {place()} cannot be used: {_reason(error)}.", remedy=_remedy(error)
        ) from error
    except OSError as error:
        named = Path(str(error.filename)) if error.filename else None
        home: Path = settings.NOVATION_HOME
        if error.errno not in DISK and (named is None or not named.absolute().is_relative_to(home)):
            raise
        logger.debug("A file cannot be used.", exc_info=True)
        raise BadInput(
            f"{named or home} cannot be used: {error.strerror}.",
            remedy="See that the disk has space and that Novation's user may read and write the home.",
        ) from error


def place() -> str:
    """Where the database is, without user and password."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(values["NAME"])
    return f"{values['NAME']} on {values['HOST'] or 'this machine'}"


def _from_outside(error: Exception) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in OUTSIDE
    # Of PostgreSQL, OperationalError is about the server and the way to it; a wrong statement is ProgrammingError.
    return isinstance(error, (OperationalError, InterfaceError))


def _reason(error: Exception) -> str:
    """The first line of what the driver says that gives a reason; the others are hints of its own."""
    lines = [line.strip("- .:\t") for line in str(error).splitlines() if line.strip()]
    # A name with several addresses: psycopg lists what came of each below a heading.
    return next((line for line in lines if not line.endswith("All failures were")), "it gives no reason")


def _remedy(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        if (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return "Put a back-up in its place; the file is no whole database."
        return (
            "See that the disk has space and that Novation's user may read and write the file and its folder."
        )
    return "See that the server runs and that DATABASE_URL is right."

"""Waits when the database cannot be had: another writer holds it for long, or its server starts anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import Error, InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Real seconds between tries. After the last one the error is raised: a job begins anew, the engine is started again.
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


#: PostgreSQL, `idle_in_transaction_session_timeout`: we were frozen in a transaction, and it was taken away.
_FROZEN = "25P03"


def is_connection_lost(error: BaseException) -> bool:
    """True when the database is at fault: what was under way was rolled back, and may be tried again as a whole."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, Error) and getattr(error.__cause__, "sqlstate", None) == _FROZEN


async def run_in_db_thread(function: Callable[[], T]) -> T:
    """Runs a function that uses the database beside the event loop; the thread, one of a pool, keeps no connection."""

    def work() -> T:
        try:
            return function()
        finally:
            connection.close()

    return await sync_to_async(work, thread_sensitive=False)()


def retry_transaction(function: Callable[..., T], *args: object, **kwargs: object) -> T:
    """Calls a function that is one transaction, again and again while the database cannot be had.

    What failed was rolled back as a whole, so that trying again does nothing twice. Runs in a thread.
    """
    for pause in BACKOFF_SECONDS:
        try:
            return function(*args, **kwargs)
        except Error as error:
            if not is_connection_lost(error):
                raise
            log.warning("The database cannot be had: %s", error, extra={"action": "database_waited_for"})
            connection.close()
            time.sleep(pause)
    return function(*args, **kwargs)

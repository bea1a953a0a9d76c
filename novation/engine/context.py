"""What the engine's jobs share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection

from novation.clock import Clock
from novation.engine.clients import Clients
from novation.engine.db_retry import retry_transaction

T = TypeVar("T")


class EngineContext:
    """One engine process, as its loop and its periodic jobs see it.

    Args:
        clients: of the partner accounts.
        clock: of the programme.
        owner: name of this process on its leases.
    """

    def __init__(self, clients: Clients, clock: Clock, owner: str) -> None:
        self.clients, self.clock, self.owner = clients, clock, owner
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def db(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Runs a function in the one thread that talks to the database."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._database, lambda: retry_transaction(function, *args, **kwargs)
        )

    async def close(self) -> None:
        """Ends that thread and its connection."""
        await self.db(lambda: connection.close())
        self._database.shutdown(wait=True)

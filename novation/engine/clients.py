"""The clients of our partner accounts, opened when a programme or an operation first needs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from novation.clock import Clock
from novation.domain.errors import NeedsOperator, TryLater
from novation.engine.accounts import open_account
from novation.engine.db_retry import run_in_db_thread
from novation.engine.step import Accounts
from novation.partnercenter import PartnerCenter

log = logging.getLogger(__name__)

#: Real time until an account that is not connected is looked for again.
NOT_CONNECTED = timedelta(minutes=1)


class Clients:
    """Open clients by the slug of their account; used from one event loop.

    Args:
        clients: made already, such as those of accounts without which nothing is begun.
        open_client: makes another one, in a thread; raises NeedsOperator when the account is not connected.
    """

    def __init__(
        self,
        clients: Mapping[str, PartnerCenter] | None = None,
        open_client: Callable[[str], PartnerCenter] = open_account,
    ) -> None:
        self._made = dict(clients or {})
        self._open_client = open_client
        self._entered: dict[str, PartnerCenter] = {}
        self._opening = asyncio.Lock()

    async def of(self, slug: str) -> PartnerCenter:
        """The open client of an account.

        Raises:
            TryLater: the account is not connected. That is one fault of the account, not one of each customer.
        """
        if slug not in self._entered:
            async with self._opening:
                if slug not in self._entered:
                    self._entered[slug] = await self._enter(slug)
        return self._entered[slug]

    async def _enter(self, slug: str) -> PartnerCenter:
        client = self._made.get(slug)
        if client is None:
            try:
                client = await run_in_db_thread(lambda: self._open_client(slug))
            except NeedsOperator as error:
                log.error(
                    "The account %s cannot be used: %s",
                    slug,
                    error,
                    extra={"action": "account_not_connected"},
                )
                raise TryLater(f"The account {slug} cannot be used: {error}", NOT_CONNECTED) from error
        await client.__aenter__()
        return client

    async def by_role(self, slugs: Mapping[str, str], clock: Clock) -> Accounts:
        """The clients that a call may use.

        Args:
            slugs: of accounts by their role.
            clock: of the programme.
        """
        return Accounts({role: await self.of(slug) for role, slug in slugs.items()}, clock)

    async def close(self) -> None:
        """Closes what was opened."""
        for client in self._entered.values():
            await client.__aexit__(None, None, None)
        self._entered.clear()


def opened(slugs: Iterable[str]) -> Clients:
    """Clients of accounts without which nothing is begun.

    Raises:
        NeedsOperator: one of them is not connected.
    """
    return Clients({slug: open_account(slug) for slug in slugs})

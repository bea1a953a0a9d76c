"""`novation import --prices`: what a seat costs, from the newest invoice lines of the old account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from rich.console import Console

from novation import clock
from novation.commands.accounts import the_programme
from novation.domain.errors import BadInput
from novation.domain.readiness import Price
from novation.domain.readiness.money import price_of
from novation.engine.accounts import open_account
from novation.engine.translate import who_acts
from novation.moves.services import readiness
from novation.partnercenter import Done, NotDone, PartnerCenter, errors


def load(currency: str) -> int:
    """Reads the reconciliation lines, keeps a price for each subscription, and judges anew whom it concerns.

    Args:
        currency: ISO 4217; empty for that of the newest invoice.

    Raises:
        BadInput: no currency can be found out.
        MoveError: the account does not answer.
    """
    the_programme()
    try:
        with Console(stderr=True).status("Microsoft prepares the lines …"):
            found = asyncio.run(_read(open_account("source"), currency))
    except errors.PartnerCenterError as error:
        raise who_acts(error) from error
    kept = readiness.record_prices(found, now=clock.now())
    print(f"{len(found):,} prices read, {kept:,} of them for subscriptions that are known here.")
    return 0


async def _read(account: PartnerCenter, currency: str) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    async with account:
        dated = [one async for one in account.invoices.list() if one.invoice_date is not None]
        newest = max(dated, key=lambda one: str(one.invoice_date), default=None)
        currency = currency or (newest.currency_code if newest and newest.currency_code else "")
        if not currency:
            for summary in await account.invoices.summaries():
                currency = currency or (summary.currency_code or "")
        if not currency:
            raise BadInput("The account names no currency.", remedy="Give it: --currency EUR.")
        # The oldest first, so that the newest line of a subscription counts.
        if newest is not None:
            async for line in _lines(account, await account.reconciliation.export_billed(newest.id)):
                _keep(prices, line)
        for period in ("last", "current"):
            asked = await account.reconciliation.export_unbilled(currency, period=period)
            async for line in _lines(account, asked):
                _keep(prices, line)
    return prices


def _keep(prices: dict[str, Price], line: Mapping[str, Any]) -> None:
    found = price_of(line)
    if found is not None:
        prices[found[0]] = found[1]


async def _lines(account: PartnerCenter, asked: Any) -> AsyncIterator[dict[str, Any]]:
    match asked:
        case Done(value=operation):
            manifest = await account.reconciliation.wait(operation)
            async for line in account.reconciliation.lines(manifest):
                yield line
        case NotDone(error=error):
            raise who_acts(error)
        case _:
            raise errors.Unreachable("nobody knows whether the export was asked for; try again")

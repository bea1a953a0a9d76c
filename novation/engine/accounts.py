"""Opens the clients of partner accounts with their sealed credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from novation import clock
from novation.customers.services import vault
from novation.engine.budget import DatabaseBudget
from novation.engine.db_retry import retry_transaction
from novation.partnercenter import Account, Endpoints, Pace, PartnerCenter, Timeouts

NEEDED = ("tenant_id", "client_id", "client_secret")


def endpoints() -> Endpoints:
    """Where the three services are, by the settings. A stand-in for Graph may give out its own billing files."""
    found = Endpoints(
        api=settings.NOVATION_API_URL, login=settings.NOVATION_LOGIN_URL, graph=settings.NOVATION_GRAPH_URL
    )
    host = urlsplit(settings.NOVATION_GRAPH_URL).hostname or ""
    if host and not host.endswith(".microsoft.com"):
        found = replace(found, downloads=(*found.downloads, host))
    return found


def open_account(slug: str) -> PartnerCenter:
    """The client of a partner account, by its slug; a renewed refresh token is sealed at once.

    Its calls come out of one budget with those of every other process on this database.

    Raises:
        NeedsOperator: the account is not connected.
    """
    values = vault.unseal(f"{slug} account")

    def keep(token: str) -> None:
        try:
            renewed = {**values, "refresh_token": token}
            # A token that is lost here may be the only one that Microsoft still takes.
            retry_transaction(vault.seal, f"{slug} account", renewed, now=clock.now(), actor="engine")
        finally:
            connection.close()  # the thread is one of a pool and would keep it for good

    account = Account(
        name=slug,
        tenant_id=values["tenant_id"],
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        refresh_token=values.get("refresh_token") or None,
        on_refresh_token=_in_thread(keep),
    )
    pace = Pace(
        per_minute=settings.NOVATION_API_RATE,
        in_flight=settings.NOVATION_API_CONCURRENCY,
        tries=3,
        max_wait=30.0,
    )
    longest = settings.NOVATION_API_TIMEOUT * 2.0
    return PartnerCenter(
        account,
        endpoints(),
        pace=pace,
        budget=DatabaseBudget(slug, pace, longest),
        timeouts=Timeouts(connect=10.0, read=settings.NOVATION_API_TIMEOUT, total=longest),
    )


def _in_thread(function: Callable[[str], None]) -> Any:
    # The client runs in the event loop, where no database may be touched.
    return sync_to_async(function, thread_sensitive=False)

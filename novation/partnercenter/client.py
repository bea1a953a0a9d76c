"""``PartnerCenter``: one partner account, everything that can be asked of it."""

from __future__ import annotations

import random
from types import TracebackType
from typing import Any, Self

from novation.partnercenter.account import Account, Endpoints
from novation.partnercenter.agreements import Agreements
from novation.partnercenter.audit import Audit
from novation.partnercenter.budget import Budget
from novation.partnercenter.catalogue import Catalogue
from novation.partnercenter.clock import Clock, SystemClock
from novation.partnercenter.customers import Customers
from novation.partnercenter.gdap import Gdap
from novation.partnercenter.invoices import Invoices
from novation.partnercenter.orders import Carts, Orders
from novation.partnercenter.pace import Pace
from novation.partnercenter.reconciliation import Reconciliation
from novation.partnercenter.relationships import Relationships
from novation.partnercenter.roles import Roles
from novation.partnercenter.sending import Sender
from novation.partnercenter.signing_in import SigningIn
from novation.partnercenter.subscriptions import Subscriptions
from novation.partnercenter.transfers import Transfers
from novation.partnercenter.uncertain import Uncertain
from novation.partnercenter.users import Users
from novation.partnercenter.webhooks import Webhooks
from novation.partnercenter.wire import Timeouts, Wire


class PartnerCenter:
    """Client of one partner account; use it as an async context manager.

    Arguments: ``account``, ``endpoints`` (Microsoft's by default), ``pace`` (documented limits by default),
    ``clock`` (monotonic time; the machine's by default), ``budget`` (shared between processes; in memory by
    default), ``uncertain`` (settings for what Microsoft does not say), ``timeouts`` in seconds, ``max_bytes``
    of an answer, ``verify`` (True, a CA file or an ``ssl.SSLContext``), ``application`` (name sent along),
    ``jitter`` (source of random pauses, for tests).
    """

    def __init__(
        self,
        account: Account,
        endpoints: Endpoints | None = None,
        *,
        pace: Pace | None = None,
        clock: Clock | None = None,
        budget: Budget | None = None,
        uncertain: Uncertain | None = None,
        timeouts: Timeouts | None = None,
        max_bytes: int = 8_000_000,
        verify: Any = True,
        application: str = "Novation",
        jitter: random.Random | None = None,
    ) -> None:
        self._wire = Wire(timeouts or Timeouts(), verify=verify)
        sender = Sender(
            account,
            endpoints or Endpoints(),
            pace or Pace(),
            clock or SystemClock(),
            self._wire,
            budget=budget,
            uncertain=uncertain,
            max_bytes=max_bytes,
            application=application,
            jitter=jitter,
        )
        self.account = account
        self.budget = sender.budget
        self.signing_in = SigningIn(sender)
        self.customers = Customers(sender)
        self.relationships = Relationships(sender)
        self.agreements = Agreements(sender)
        self.subscriptions = Subscriptions(sender)
        self.transfers = Transfers(sender)
        self.audit = Audit(sender)
        self.users = Users(sender)
        self.roles = Roles(sender)
        self.gdap = Gdap(sender)
        self.catalogue = Catalogue(sender)
        self.carts = Carts(sender)
        self.orders = Orders(sender)
        self.invoices = Invoices(sender)
        self.reconciliation = Reconciliation(sender)
        self.webhooks = Webhooks(sender)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections and the budget, also one that was passed in; the event loop may end then."""
        await self._wire.close()
        await self.budget.close()

    def __repr__(self) -> str:
        return f"PartnerCenter({self.account.name!r}, tenant {self.account.tenant_id})"

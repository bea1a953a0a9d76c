"""An administrator account was made for a customer: recorded, and told to whoever asked, without a password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.moves.models import AdminAccount
from novation.moves.services import admin_accounts
from novation.notices.purposes import Purpose
from novation.notices.services.outbox import newest_contact, queue
from novation.operations.models import Task


@transaction.atomic
def account_made(
    task: Task, person: Any, *, username: str, password: str, forced_change: bool, now: datetime
) -> AdminAccount:
    """Records the account as `admin_accounts.made` does, and queues the mail that says it is ready.

    Raises:
        BadInput, NeedsOperator: as `admin_accounts.made`.
    """
    account = admin_accounts.made(
        task, person, username=username, password=password, forced_change=forced_change, now=now
    )
    to = account.contact if account.contact.state == Contact.State.OK else newest_contact(task.customer)
    if to is not None:
        queue(move=account.move, purpose=Purpose.ADMIN, contact=to, now=now)
    return account

"""The sealed first passwords of customers' administrator accounts: where they lie, and how they go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from novation.customers.services import vault
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import AdminAccount, Move


def secret_name(account: AdminAccount) -> str:
    """Under which name the first password lies sealed."""
    return f"first password of admin account {account.pk}"


def held_for(moves: Collection[Move]) -> set[int]:
    """Ids of those moves for whose customer we still hold a first password."""
    made = AdminAccount.objects.filter(move__in=moves, state=AdminAccount.State.MADE)
    return set(made.values_list("move_id", flat=True))


def hand_over_by_hand(move: Move, *, now: datetime, actor: str) -> None:
    """An operator gave the account to the customer in person: what we hold of it is destroyed.

    Call inside a transaction, with the move locked.
    """
    made = AdminAccount.objects.select_for_update().filter(move=move, state=AdminAccount.State.MADE)
    for account in made:
        vault.destroy(secret_name(account))
        account.state, account.handed_over_at = AdminAccount.State.HANDED_OVER, now
        account.secret_until = None
        account.save(update_fields=["state", "handed_over_at", "secret_until"])
        data = {"account": account.pk, "destroyed": True, "by": "operator"}
        events.record(Tag.ADMIN_HANDED_OVER, at=now, actor=actor, subject=move.subject, data=data)

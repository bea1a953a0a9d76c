"""The record of registering for Microsoft's webhooks: the intent before the call, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from novation.evidence.tags import Tag
from novation.evidencelog.services import events


@transaction.atomic
def intended(
    role: str, url: str, names: Sequence[str], *, before: str, request_id: str, now: datetime
) -> None:
    """An account is about to be told where to report.

    Args:
        role: `source` or `target`.
        url: our page.
        names: of the events.
        before: the address that is replaced; empty for none.
        request_id: of the call.
        now: programme time.
    """
    values = {"url": url, "events": " ".join(names), "before": before, "request_id": request_id}
    data = {"what": f"webhooks of the {role} account", "values": values}
    events.record(Tag.SETTING_CHANGED, at=now, actor="command", data=data)


@transaction.atomic
def came(role: str, request_id: str, outcome: str, *, now: datetime) -> None:
    """What that call came to: `done`, `not-done` or `unknown`."""
    values = {"request_id": request_id, "outcome": outcome}
    data = {"what": f"outcome for the webhooks of the {role} account", "values": values}
    events.record(Tag.SETTING_CHANGED, at=now, actor="command", data=data)

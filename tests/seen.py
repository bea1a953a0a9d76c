"""What must have happened before a wave may be launched, in one line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from novation.moves.models import Programme
from novation.notices.models import TestMail
from novation.notices.preflight.checks import fingerprint


def mail_seen(programme: Programme, person: Any, now: datetime) -> TestMail:
    """Somebody has seen a test mail of the present set-up."""
    move = programme.moves.earliest("id")
    return TestMail.objects.create(
        to=person.email or "somebody@severka.example",
        language="en",
        move=move,
        asked_by=person,
        asked_at=now,
        fingerprint=fingerprint(programme),
        state=TestMail.State.SENT,
        sent_at=now,
        seen_at=now,
        seen_by=person,
    )

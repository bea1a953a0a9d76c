"""Erases what identifies people in the mails and links of one move."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.moves.models import Move
from novation.notices.models import Code, InboundMail, Link, Notice, PostalLetter


@transaction.atomic
def erase(move: Move, *, now: datetime) -> None:
    """Takes addresses out of codes, errors and mails that came, and ends every personal link of the move."""
    Code.objects.filter(link__move=move).update(sent_to="")
    PostalLetter.objects.filter(move=move).update(name="", address="")
    Notice.objects.filter(move=move).update(error="", about={})
    InboundMail.objects.filter(move=move).update(sender="", subject="", text="")
    Link.objects.filter(move=move, revoked_at=None).update(revoked_at=now)

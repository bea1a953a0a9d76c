"""A signed paper is approved: the decision is recorded, and the person on file gets the ordinary receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from novation.moves.models import Decision, SignedDocument
from novation.moves.services import signed_documents
from novation.notices.purposes import Purpose
from novation.notices.services.outbox import queue


@transaction.atomic
def approve_paper(*, paper: SignedDocument, person: Any, looked: str, now: datetime) -> Decision:
    """Records the decision of the paper and queues its receipt, in one transaction.

    Args and raises: as `novation.moves.services.signed_documents.approve`.
    """
    decision = signed_documents.approve(paper=paper, person=person, looked=looked, now=now)
    queue(
        move=decision.move,
        purpose=Purpose.RECEIPT,
        contact=decision.contact,
        now=now,
        about={"decision": decision.pk},
    )
    return decision

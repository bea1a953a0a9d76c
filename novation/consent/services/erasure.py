"""Erases the drafts and pages of one move that were kept while its person decided."""

from __future__ import annotations

from django.db import transaction

from novation.consent.models import Draft
from novation.moves.models import Move


@transaction.atomic
def erase(move: Move) -> None:
    """Deletes drafts, and with them the pages as they were shown; what counted is among the documents."""
    Draft.objects.filter(link__move=move).delete()

"""The evidence log as a whole: searched, paged, and its documents."""

from __future__ import annotations

import json

from django.db.models import Q

from novation.moves.models import Document, Event
from novation.moves.selectors.customer import Entry


def entries(
    *, tag: str = "", reference: str = "", actor: str = "", before: int | None = None, limit: int = 50
) -> tuple[list[Entry], int | None]:
    """Events of all customers, the newest first.

    Args:
        tag: a whole tag, or a subject with its colon (`decision:`).
        reference: only the events of this move.
        actor: engine, customer, operator:7 …
        before: only events with a smaller number than this.
        limit: how many at once.

    Returns:
        The entries, and the number to go on from; None at the end.
    """
    wanted = Q()
    if tag:
        wanted &= Q(tag__startswith=tag) if tag.endswith(":") else Q(tag=tag)
    if reference:
        wanted &= Q(move__reference=reference)
    if actor:
        wanted &= Q(actor=actor)
    if before is not None:
        wanted &= Q(seq__lt=before)
    events = Event.objects.filter(wanted).select_related("move__customer").order_by("-seq")
    found = list(events[: limit + 1])
    older = found[limit - 1].seq if len(found) > limit else None
    return [Entry(event, json.loads(bytes(event.body))) for event in found[:limit]], older


def document(sha256: str) -> Document | None:
    """The document of this name; None when it was never stored or has been erased."""
    return Document.objects.filter(pk=sha256).first()

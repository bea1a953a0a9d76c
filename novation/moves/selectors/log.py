"""The evidence log as a whole: searched, paged, and its documents."""

from __future__ import annotations

import json
from datetime import datetime

from django.db.models import Q

from novation.moves.models import Document, Event
from novation.moves.selectors.customer import Entry


def entries(
    *,
    tag: str = "",
    customer: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Entry], int | None]:
    """Events of all customers, the newest first.

    Args:
        tag: a whole tag, or a subject with its colon (`decision:`).
        customer: a whole reference, or a part of the customer's name or domain.
        actor: engine, customer, operator:7 …
        since, until: only events from the one moment to before the other.
        before: only events with a smaller number than this.
        limit: how many at once.

    Returns:
        The entries, and the number to go on from; None at the end.
    """
    wanted = Q()
    if tag:
        wanted &= Q(tag__startswith=tag) if tag.endswith(":") else Q(tag=tag)
    if customer:
        named = Q(move__customer__name__icontains=customer) | Q(move__customer__domain__icontains=customer)
        wanted &= Q(move__reference=customer.upper()) | named
    if actor:
        wanted &= Q(actor=actor)
    if since is not None:
        wanted &= Q(at__gte=since)
    if until is not None:
        wanted &= Q(at__lt=until)
    if before is not None:
        wanted &= Q(seq__lt=before)
    events = Event.objects.filter(wanted).select_related("move__customer").order_by("-seq")
    found = list(events[: limit + 1])
    older = found[limit - 1].seq if len(found) > limit else None
    return [Entry(event, json.loads(bytes(event.body))) for event in found[:limit]], older


def document(sha256: str) -> Document | None:
    """The document of this name; None when it was never stored or has been erased."""
    return Document.objects.filter(pk=sha256).first()

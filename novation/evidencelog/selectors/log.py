"""The evidence log as a whole: searched, paged, and its documents."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from novation.evidencelog.models import Document, Event
from novation.evidencelog.selectors.entries import Entry


def entries(
    *,
    tag: str = "",
    subjects: Collection[str] | None = None,
    move: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Entry], int | None]:
    """Events of all customers, the newest first.

    Args:
        tag: a whole tag, or a subject with its colon (`decision:`).
        subjects: only of these customers, by their references; None for all.
        move: only of this move, by its reference.
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
    if move:
        wanted &= Q(move_reference=move)
    if subjects is not None:
        wanted &= Q(subject__in=subjects)
    if actor:
        wanted &= Q(actor=actor)
    if since is not None:
        wanted &= Q(at__gte=since)
    if until is not None:
        wanted &= Q(at__lt=until)
    if before is not None:
        wanted &= Q(seq__lt=before)
    events = Event.objects.filter(wanted).order_by("-seq")
    found = list(events[: limit + 1])
    older = found[limit - 1].seq if len(found) > limit else None
    return [Entry(event, json.loads(bytes(event.body))) for event in found[:limit]], older


def document(sha256: str) -> Document | None:
    """The document of this name; None when it was never stored or has been erased."""
    return Document.objects.filter(pk=sha256).first()

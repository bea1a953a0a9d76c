"""Records changes that are made outside the database: of settings in the environment, and of texts in the code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.evidencelog.services import events


@transaction.atomic
def note(
    tag: Tag,
    what: str,
    values: Mapping[str, str],
    *,
    now: datetime,
    documents: Sequence[Document] = (),
) -> bool:
    """Writes an event when these values are others than at the last time, or are seen for the first time.

    Args:
        tag: setting:changed or text:changed.
        what: name of the group of values.
        values: all of the group, without secrets and without anything that identifies a person.
        now: programme time.
        documents: what the values speak of.

    Returns:
        Whether they are others. Then the log is locked: nothing else may be locked in the same transaction.
    """
    if _last(tag, what) == values:
        return False
    events.lock_log()  # two processes that start together notice the same change
    before = _last(tag, what)
    changed = sorted(name for name in {*before, *values} if before.get(name) != values.get(name))
    if not changed:
        return False
    data = {"what": what, "values": dict(values), "changed": changed if before else []}
    events.record(tag, at=now, actor="engine", data=data, documents=documents)
    return True


def _last(tag: Tag, what: str) -> dict[str, str]:
    for body in Event.objects.filter(tag=tag).order_by("-seq").values_list("body", flat=True).iterator():
        data = json.loads(bytes(body))["data"]
        if data.get("what") == what:
            return dict(data["values"])
    return {}

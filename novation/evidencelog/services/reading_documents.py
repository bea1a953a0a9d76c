"""What was read of Microsoft when something was believed, kept beside the entry that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novation.domain.answers import Answer
from novation.evidence.canonical import canonical
from novation.evidencelog.models import Document
from novation.evidencelog.services import events

#: Where the engine puts the requests behind a reading, and the ids of their answers.
EXCHANGES = "exchanges"


def kept(read: Answer | Mapping[str, Any], *, at: datetime) -> list[Document]:
    """The reading as a document of the entry; nothing when no request stands behind it.

    Args:
        read: one answer, or plain values with their requests under `EXCHANGES`.
        at: programme time.
    """
    value = {**read.as_read(), EXCHANGES: read.exchanges} if isinstance(read, Answer) else read
    if not value.get(EXCHANGES):
        return []
    # Microsoft's numbers may be floats, which have more than one written form.
    plain = json.loads(json.dumps(dict(value), default=str), parse_float=str)
    read = {name: part for name, part in plain.items() if name != EXCHANGES}
    content = canonical({"exchanges": plain[EXCHANGES], "read": read})
    return [events.store("remote", "application/json", content, at=at)]

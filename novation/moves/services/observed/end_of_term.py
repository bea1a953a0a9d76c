"""What was set on the source for the end of a term."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novation.evidence.tags import Tag
from novation.moves.models import Item, Move
from novation.moves.services import tracks


def term_set(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """The call was answered; it is believed when the old account has been read again."""
    Item.objects.filter(move=move, pk=value["item"]).update(choice_sent_at=now)
    data = {"subscription": value["subscription"], "choice": value["choice"]}
    tracks.change(move, {}, tag=Tag.ITEM_TERM_SET, at=now, actor="engine", data=data)

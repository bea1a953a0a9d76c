"""What was set on the source for the end of a term."""

from __future__ import annotations

from datetime import datetime

from novation.domain.answers import TermEndSet
from novation.evidence.tags import Tag
from novation.moves.models import Item, Move
from novation.moves.services import tracks


def term_set(move: Move, answer: TermEndSet, *, now: datetime) -> None:
    """The call was answered; it is believed when the old account has been read again."""
    Item.objects.filter(move=move, pk=answer.item).update(choice_sent_at=now)
    data = {"subscription": answer.subscription, "choice": answer.choice}
    tracks.transition(move, {}, tag=Tag.ITEM_TERM_SET, at=now, actor="engine", data=data)

"""Words for the ends of terms, and for the licences that users hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from novation.domain.facts import Choice
from novation.domain.licences import Assigned, compare_licences, readable
from novation.domain.rules.end_of_term import SETTINGS
from novation.domain.tracks import Code
from novation.moves.models import Item, Move
from novation.moves.services.terms import staying, still_open

CHOICES: dict[Choice, Promise | str] = {
    Choice.RENEW: gettext_lazy("Renew it there"),
    Choice.CANCEL: gettext_lazy("Let it end"),
    Choice.EXTEND: gettext_lazy("Extend monthly"),
    Choice.BUY_NEW: gettext_lazy("End it, repurchase"),
}


def _set_now(item: Item) -> str:
    if item.cancel_at_end:
        return _("ends with its term")
    return _("renews by itself") if item.auto_renew else _("becomes an extension")


def _how_far(item: Item, choice: Choice) -> tuple[Code, str]:
    if (item.auto_renew, item.cancel_at_end) != SETTINGS[choice]:
        return Code.DOING, _("Being set")
    if choice is not Choice.BUY_NEW or item.replaced_at is not None:
        return Code.DONE, _("Bought, and there") if item.replaced_at else _("Set")
    if item.bought_at is not None:
        return Code.DOING, _("Bought")
    return Code.WAIT, _("To be bought")


def _row(item: Item) -> dict[str, Any]:
    choice = Choice(item.choice) if item.choice in set(Choice) else None
    code, word = _how_far(item, choice) if choice is not None else ("", "")
    return {
        "item": item,
        "now": _set_now(item),
        "chosen": str(CHOICES[choice]) if choice else _("not chosen"),
        "code": code,
        "word": word,
    }


def panel(move: Move, now: datetime) -> dict[str, Any]:
    """What the panel about ends of terms shows; empty for a move that leaves nothing behind."""
    rows = [_row(item) for item in staying(move)]
    number = len(still_open(move, now)) if rows else 0
    said = ngettext("{number} to be chosen", "{number} to be chosen", number).format(number=number)
    return {"terms": rows, "unchosen": said if number else "", "choices": list(CHOICES.items())}


@dataclass(frozen=True)
class Licences:
    """Licences before and after."""

    rows: tuple[Assigned, ...]
    readable: bool

    @property
    def lost(self) -> int:
        """Licences that fewer users hold than before."""
        return sum(row.lost for row in self.rows)

    @property
    def lost_word(self) -> str:
        """The same in words."""
        return ngettext("{number} assigned fewer", "{number} assigned fewer", self.lost).format(
            number=self.lost
        )


def licences(move: Move) -> Licences | None:
    """The comparison, once the new account has been read."""
    if "after" not in move.licences:
        return None
    before, after = move.licences.get("before"), move.licences.get("after")
    return Licences(compare_licences(before, after), readable(before, after))

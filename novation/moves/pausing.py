"""Is a move paused? By itself, with its wave, or with the whole programme: one rule, for rows and for queries."""

from __future__ import annotations

from django.db.models import Q

from novation.moves.models import Move, Programme, Wave


def is_paused(move: Move) -> bool:
    """True while nothing new is begun for this move. Needs its `wave` and `programme`."""
    return move.paused or is_paused_with_others(move.wave, move.programme)


def is_paused_with_others(wave: Wave | None, programme: Programme) -> bool:
    """True while a whole wave, or the programme, is paused."""
    return (wave is not None and wave.state == Wave.State.PAUSED) or programme.state == Programme.State.PAUSED


def paused(prefix: str = "") -> Q:
    """The same as a condition.

    Args:
        prefix: leads to the move, such as `move__`.
    """
    return (
        Q(**{f"{prefix}paused": True})
        | Q(**{f"{prefix}wave__state": Wave.State.PAUSED})
        | Q(**{f"{prefix}programme__state": Programme.State.PAUSED})
    )

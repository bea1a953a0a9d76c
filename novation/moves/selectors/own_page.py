"""What a customer sees of its own move: its subscriptions, what is done, what waits, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from novation.domain import states
from novation.domain.facts import ItemState
from novation.domain.tracks import Code, Track, Who, shown
from novation.domain.transfer_options import NEVER
from novation.moves.models import Attestation, Decision, Grant, Item, Move
from novation.moves.to_domain import handed_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How far one part of the move is, for the customer: done, doing, wait (for the customer), rest or stay."""

    track: str
    state: str
    mark: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """All that a customer's page shows of a move. `decision` is the newest act, None before the first."""

    items: tuple[Item, ...]
    seats: int
    arrived: int
    decision: Decision | None
    parts: dict[str, Part]
    attestation: Attestation | None
    grant: Grant | None
    can_withdraw: bool


def end_of_term(ends: datetime | None, now: datetime) -> datetime | None:
    """The end of a term as a customer may read it.

    None when the term never ends, or ended since it was read: it was renewed then, until a day nobody has read.
    """
    return ends if ends is not None and now <= ends and ends.year < NEVER else None


def own_page(move: Move) -> OwnPage:
    """Reads the page of one move."""
    items = tuple(Item.objects.filter(move=move).exclude(state=ItemState.GONE).order_by("name", "id"))
    decision = Decision.objects.filter(move=move).first()
    return OwnPage(
        items=items,
        seats=sum(item.quantity for item in items),
        arrived=sum(item.state in states.ON_TARGET for item in items),
        decision=decision,
        parts={str(track): part(move, track) for track in Track},
        attestation=Attestation.objects.filter(move=move).exclude(url="").first(),
        grant=Grant.objects.filter(move=move, side="target").first(),
        can_withdraw=move.decision_state in states.CONSENTED and not handed_over(move),
    )


def part(move: Move, track: Track) -> Part:
    """How one track looks to the customer. What waits for our own people is simply our work."""
    state = move.track(track)
    known = shown(track, state)
    mark = {
        Code.DONE: "done",
        Code.STAY: "stay",
        Code.REST: "rest",
        Code.WAIT: "wait" if known.who is Who.CUSTOMER else "doing",
    }.get(known.code, "doing")
    return Part(track=str(track), state=state, mark=mark, since=getattr(move, f"{track}_since"))

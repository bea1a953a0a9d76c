"""The customers of a programme as a forecast sees them, and what was observed of their answers so far."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Count

from novation.customers.models import Contact
from novation.domain import states
from novation.domain.batches import movable
from novation.domain.readiness.money import TERM_MONTHS
from novation.domain.simulation import Case, Goods, Stand
from novation.domain.simulation.cases import launches
from novation.domain.stage import ENDED
from novation.moves.models import Item, Move, Programme, Wave
from novation.moves.to_domain import known_item

_LAUNCHED = (Wave.State.RUNNING, Wave.State.PAUSED, Wave.State.FINISHED)


def cases(
    programme: Programme, *, start: datetime, size: int, every: timedelta, wave: Wave | None = None
) -> list[Case]:
    """Every customer that has not come to its end.

    Args:
        programme: whose customers.
        start: when the next wave is launched.
        size: customers in one of the waves that are not laid down yet.
        every: between two launches.
        wave: this wave alone, launched at the start.
    """
    moves = Move.objects.filter(programme=programme).exclude(stage__in=ENDED).select_related("wave")
    if wave is not None:
        moves = moves.filter(wave=wave)
    found = list(moves.order_by("wave__number", "pk"))
    goods = _goods(found)
    reachable = set(
        Contact.objects.filter(state=Contact.State.OK, customer__moves__programme=programme).values_list(
            "customer_id", flat=True
        )
    )
    released = _releases(found, start, size, every)
    return [
        Case(
            released_at=released[move.pk],
            goods=goods[move.pk],
            stand=_stand(move),
            since=move.notice_since,
            # Before the first reading nobody knows; most have one.
            has_contact=move.customer_id in reachable or move.baseline_at is None,
        )
        for move in found
    ]


def observed(programme: Programme) -> dict[str, int]:
    """How many customers gave which answer so far, and how many say nothing although their time is over."""
    rows = Move.objects.filter(programme=programme).order_by().values_list("decision_state")
    return {state: number for state, number in rows.annotate(n=Count("id")) if state not in states.NO_ANSWER}


def _stand(move: Move) -> Stand:
    if move.transfer_state in states.MOVED:
        return Stand.CLOSING
    if move.decision_state in states.CONSENTED:
        if move.relationship_state == "accepted" and move.agreement_state == "valid":
            return Stand.MOVING
        return Stand.ALONE if move.decision_state == "self" else Stand.AGREED
    if move.decision_state in states.NEEDS_A_CALL:
        return Stand.ASKED
    if move.notice_state in states.UNDELIVERED:
        return Stand.LOST
    return Stand.MAX_UNCERTAIN_LOGGED if move.decision_state in states.AWAITED else Stand.UNTOLD


def _goods(moves: list[Move]) -> dict[int, tuple[Goods, ...]]:
    by_move: defaultdict[int, list[Item]] = defaultdict(list)
    ids = [move.pk for move in moves]
    for begin in range(0, len(ids), 500):
        for item in Item.objects.filter(move__in=ids[begin : begin + 500]).defer("baseline", "result"):
            by_move[item.move_id].append(item)
    out: defaultdict[int, tuple[Goods, ...]] = defaultdict(tuple)
    for move, items in by_move.items():
        out[move] = tuple(
            Goods(one.ends, 30 * TERM_MONTHS.get(one.term, 12))
            for one in movable(known_item(i) for i in items)
        )
    return out


def _releases(moves: list[Move], start: datetime, size: int, every: timedelta) -> dict[int, datetime]:
    """When each customer is told: launched waves as they were, drafts one after the other, then the rest."""
    out: dict[int, datetime] = {}
    drafts: defaultdict[int, list[int]] = defaultdict(list)
    rest: list[int] = []
    for move in moves:
        wave = move.wave
        if wave is not None and wave.state in _LAUNCHED:
            out[move.pk] = wave.release_at or start
        elif wave is not None:
            drafts[wave.number].append(move.pk)
        else:
            rest.append(move.pk)
    turn = 0
    for number in sorted(drafts):
        out.update(dict.fromkeys(drafts[number], start + turn * every))
        turn += 1
    later = launches(len(rest), start=start + turn * every, waves=(size,), every=every)
    out.update(zip(rest, later, strict=True))
    return out

"""The list of customers: filtered, searched, sorted and paged in the database."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from novation.customers.models import Contact, Customer
from novation.domain import states as rules
from novation.domain.facts import ItemState
from novation.domain.stage import ENDED, Stage
from novation.domain.tracks import STATES, Code, Track, Who, shown
from novation.moves import pausing
from novation.moves.models import Item, Move, Programme
from novation.moves.selectors.tally import LEFT, OPEN_CODES, Tally, code_of
from novation.operations.models import Step

RENEWS_WITHIN = timedelta(days=60)
#: Ready-made filters, by the word that stands in the address.
#: Moves back have a programme of their own, whose source is our new account.
BACK = "back"
SHOW = (
    "",
    "needs-you",
    "customer",
    "called",
    "accepting",
    "moving",
    "renews",
    "unknown",
    "stays",
    "finished",
    "paused",
    BACK,
)


@dataclass(frozen=True)
class Wish:
    """What of the list is wanted. Unknown words were replaced by their defaults before."""

    q: str = ""
    show: str = ""
    track: Track | None = None
    code: Code | None = None
    stage: str = ""
    wave: int | None = None
    country: str = ""
    sort: str = "name"
    page: int = 1
    per: int = 25


@dataclass(frozen=True)
class Cell:
    """One track of one customer as the table shows it."""

    track: Track
    state: str
    code: Code
    word: str
    since: datetime | None
    count: tuple[int, int] | None = None

    @property
    def is_past(self) -> bool:
        """Over, so that a phone need not show it."""
        return self.code in (Code.DONE, Code.STAY)


@dataclass(frozen=True)
class Row:
    """One customer of the list."""

    move: Move
    cells: tuple[Cell, ...]

    @property
    def paused(self) -> bool:
        """True while nothing new is begun for this customer."""
        return pausing.is_paused(self.move)


@dataclass(frozen=True)
class Listing:
    """One page of the list."""

    rows: tuple[Row, ...]
    total: int
    first: int
    page: int
    pages: int
    countries: tuple[str, ...] = field(default=())


def listing(programme: Programme, wish: Wish, now: datetime) -> Listing:
    """One page of customers, with a number of queries that does not depend on how many there are."""
    moves = wanted(programme, wish, now)
    total = moves.count()
    pages = max(1, -(-total // wish.per))
    page = min(max(1, wish.page), pages)
    start = (page - 1) * wish.per
    chosen = moves.select_related("customer", "wave", "programme").order_by(*_order(wish.sort))[
        start : start + wish.per
    ]
    rows = tuple(Row(move, cells(move)) for move in chosen)
    countries = (
        Customer.objects.filter(moves__programme=programme)
        .exclude(country="")
        .order_by("country")
        .values_list("country", flat=True)
        .distinct()
    )
    return Listing(rows, total, start + 1 if total else 0, page, pages, tuple(countries))


def cells(move: Move) -> tuple[Cell, ...]:
    """The nine tracks of a move as they are shown."""
    out = []
    for track in Track:
        state = move.track(track)
        if track is Track.RELATIONSHIP and state == "task" and move.decision_state != "mandate":
            # The task was cancelled with the mandate; the track itself stands still where it was.
            out.append(Cell(track, "not-needed", Code.STAY, "not needed any more", move.decision_since))
            continue
        moving = track is Track.TRANSFER and state in rules.IN_PROGRESS and move.item_count
        out.append(
            Cell(
                track,
                state,
                code_of(track, state, move.stage),
                shown(track, state).word,
                getattr(move, f"{track}_since"),
                (move.items_done, move.item_count) if moving else None,
            )
        )
    return tuple(out)


def wanted(programme: Programme, wish: Wish, now: datetime) -> QuerySet[Move]:
    """The moves that the filters and the search leave, unsorted."""
    back = wish.show == BACK
    moves = (
        Move.objects.filter(programme__reverse_of=programme)
        if back
        else Move.objects.filter(programme=programme)
    )
    if wish.show and not back:
        moves = moves.filter(_shown(wish.show, now))
    if wish.track is not None and wish.code is not None:
        moves = moves.filter(_in_code(wish.track, wish.code))
    if wish.stage:
        moves = moves.filter(stage=wish.stage)
    if wish.wave is not None:
        moves = moves.filter(wave__number=wish.wave)
    if wish.country:
        moves = moves.filter(customer__country=wish.country)
    if wish.q:
        moves = moves.filter(_search(programme, wish.q))
    return moves


def _in_code(track: Track, code: Code) -> Q:
    """The moves that count under this code in this track, after the same rule as `tally.code_of`."""

    def states(*codes: Code) -> list[str]:
        return [state for state in STATES[track] if shown(track, state).code in codes]

    column = f"{track}_state__in"
    # A state that this release does not know is shown as unknown, and must be found as such.
    strange = ~Q(**{column: list(STATES[track])})
    left = Q(stage__in=LEFT)
    if code is Code.STAY:
        return Q(**{column: states(Code.STAY)}) | left & (Q(**{column: states(*OPEN_CODES)}) | strange)
    if code in OPEN_CODES:
        # The overview counts an unknown outcome with the work of people.
        found = Q(**{column: states(code, Code.UNKNOWN) if code is Code.ACT else states(code)})
        if code in (Code.ACT, Code.UNKNOWN):
            found |= strange
        return found & ~left
    return Q(**{column: states(code)})


def _any_track(code: Code) -> Q:
    found = Q()
    for track in Track:
        states = [state for state in STATES[track] if shown(track, state).code is code]
        if states:
            found |= Q(**{f"{track}_state__in": states})
    return found & ~Q(stage__in=LEFT)


def _shown(show: str, now: datetime) -> Q:
    if show == "needs-you":
        return _any_track(Code.ACT)
    if show == "customer":
        found = Q()
        for track in Track:
            states = [
                state
                for state, how in STATES[track].items()
                if how.who is Who.CUSTOMER and how.code in (Code.WAIT, Code.ACT)
            ]
            if states:
                found |= Q(**{f"{track}_state__in": states})
        return found & ~Q(stage__in=LEFT)
    if show == "called":
        return Q(decision_state="silent") & ~Q(stage__in=LEFT)
    if show == "renews":
        # Not asked for each customer: SQLite would go through all such items for each of them.
        ending = Item.objects.filter(state=ItemState.IN_OLD, ends__gt=now, ends__lte=now + RENEWS_WITHIN)
        return Q(pk__in=ending.values("move")) & ~Q(stage__in=ENDED)
    if show == "unknown":
        return Q(
            pk__in=Step.objects.filter(outcome=Step.Outcome.UNKNOWN, move_id__isnull=False).values("move_id")
        )
    if show == "stays":
        return Q(stage__in=LEFT)
    if show == "finished":
        return Q(stage=Stage.CLOSED)
    if show == "paused":
        return pausing.paused() & ~Q(stage__in=ENDED)
    return Q(stage=show)


def chip_counts(programme: Programme, counted: Tally, now: datetime) -> dict[str, int]:
    """How many customers each ready-made filter shows; three queries beside the tally."""

    def number(show: str) -> int:
        return Move.objects.filter(programme=programme).filter(_shown(show, now)).count()

    return {
        "": counted.moves,
        "needs-you": counted.needs_operator,
        "customer": counted.waits_for_customer,
        "called": counted.with_state(Track.DECISION, "silent"),
        "accepting": counted.stages[Stage.ACCEPTING],
        "moving": counted.stages[Stage.MOVING],
        "renews": number("renews"),
        "unknown": number("unknown"),
        "stays": sum(counted.stages[stage] for stage in LEFT),
        "finished": counted.stages[Stage.CLOSED],
        "paused": number("paused"),
        BACK: Move.objects.filter(programme__reverse_of=programme).count(),
    }


def fold(text: str) -> str:
    """Lower case without accents, so that `dvorak` finds `Dvořák` and `müller` finds `MULLER`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _search(programme: Programme, q: str) -> Q:
    """Customers whose name, domain, tenant id, reference or person on file contains the words.

    Names are folded here, because neither SQLite nor a plain PostgreSQL compares without accents.
    """
    words = fold(q).split()
    names = Customer.objects.filter(moves__programme=programme).values_list("pk", "name")
    by_name = [pk for pk, name in names.iterator() if all(word in fold(name) for word in words)]
    people = Contact.objects.filter(Q(email__icontains=q) | Q(name__icontains=q))
    return (
        _ids(by_name)
        | Q(customer__domain__icontains=q)
        | Q(customer__tenant_id__istartswith=q)
        | Q(reference__icontains=q)
        | Q(customer__in=people.values("customer"))
    )


def _ids(pks: list[int]) -> Q:
    """`customer_id` among these; in pieces, because a database limits the terms of one list."""
    found = Q(pk__in=[])
    for start in range(0, len(pks), 10_000):
        found |= Q(customer_id__in=pks[start : start + 10_000])
    return found


def _order(sort: str) -> list[str | OrderBy]:
    down = sort.startswith("-")
    name = sort.removeprefix("-")
    if name in set(Track):
        # The newest change first; a leading minus turns it round, and untouched tracks come last.
        since = F(f"{name}_since")
        return [since.asc(nulls_last=True) if down else since.desc(nulls_last=True), "customer__name", "id"]
    if name == "seats":
        return ["seat_count" if down else "-seat_count", "customer__name", "id"]
    return ["-customer__name" if down else "customer__name", "id"]

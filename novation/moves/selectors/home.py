"""What the console's first page and its frame show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from novation.domain import states
from novation.domain.facts import ItemState
from novation.domain.stage import ENDED, Stage
from novation.domain.steps import TaskKind
from novation.evidencelog.models import Event, LogHead
from novation.moves.models import Item, Move, Programme, UnexpectedCustomer, Wave
from novation.operations import leases
from novation.operations.models import Step, Task

#: Items that only a person can judge.


def programme() -> Programme | None:
    """The newest programme with its two accounts; None before the first one is laid down. Moves back are part of it."""
    back = Programme.objects.filter(reverse_of=OuterRef("pk")).values("pk")[:1]
    whole = Programme.objects.filter(reverse_of=None).annotate(back_id=Subquery(back))
    return whole.select_related("source", "target").order_by("-id").first()


def of_programme(programme: Programme, path: str = "move__programme_id") -> Q:
    """Rows of a programme and of its moves back. `path` leads from the row to the id of its programme.

    The ids are resolved first: a condition over joined tables would keep the database from its indexes.
    """
    return Q(**{f"{path}__in": programme.family_ids})


@dataclass(frozen=True)
class Frame:
    """The counts beside the main navigation."""

    customers: int
    waves: int
    tasks: int
    findings: int
    old_read_at: datetime | None
    new_read_at: datetime | None


def frame(programme: Programme) -> Frame:
    """Counts for the navigation of every page, and when each account was last read."""
    moves = Move.objects.filter(programme=programme).aggregate(
        n=Count("id"),
        baseline=Max("baseline_at"),
        leftovers=Max("old_side_read_at"),
        relationship=Max("relationship_read_at"),
        agreement=Max("agreement_read_at"),
        transfers=Max("transfers_read_at"),
        verified=Max("verified_at"),
    )
    new = ("relationship", "agreement", "transfers", "verified")
    return Frame(
        customers=moves["n"],
        old_read_at=_latest(programme.source.read_at, moves["baseline"], moves["leftovers"]),
        new_read_at=_latest(programme.target.read_at, *(moves[name] for name in new)),
        waves=Wave.objects.filter(programme=programme).count(),
        tasks=Task.objects.filter(of_programme(programme, "programme_id"), state=Task.State.OPEN).count(),
        findings=findings_count(programme),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def findings_count(programme: Programme) -> int:
    """Open findings: items that a person must judge, and calls whose outcome nobody knows."""
    odd = Item.objects.filter(of_programme(programme), state__in=states.ODD).count()
    strangers = UnexpectedCustomer.objects.filter(
        account=programme.target_id, state=UnexpectedCustomer.State.OPEN, gone_at=None
    ).count()
    return odd + unknown_steps(programme).count() + strangers


def unknown_steps(programme: Programme) -> QuerySet[Step]:
    """Calls that were made and whose outcome is not known."""
    return Step.objects.filter(of_programme(programme, "programme_id"), outcome=Step.Outcome.UNKNOWN)


@dataclass(frozen=True)
class Need:
    """A kind of work that waits for our people."""

    number: int
    oldest: datetime | None
    free: int = 0


def tasks_by_kind(programme: Programme, now: datetime) -> dict[TaskKind, Need]:
    """Open tasks per kind: how many, since when, and how many nobody holds."""
    free = Q(holder=None) | leases.free(now)
    rows = (
        Task.objects.filter(of_programme(programme, "programme_id"), state=Task.State.OPEN)
        .order_by()
        .values_list("kind")
        .annotate(n=Count("id"), oldest=Min("opened_at"), free=Count("id", filter=free))
    )
    found = {kind: Need(number, oldest, nobody) for kind, number, oldest, nobody in rows}
    return {kind: found.get(str(kind), Need(0, None)) for kind in TaskKind}


def items_astray(programme: Programme) -> dict[str, int]:
    """Subscriptions that are in both accounts or in neither, by that state."""
    rows = Item.objects.filter(move__programme=programme, state__in=states.IN_DOUBT)
    return dict(rows.order_by().values_list("state").annotate(n=Count("id")))


@dataclass(frozen=True)
class Pulse:
    """Signs of life of the engine and of the log."""

    engine_seen: datetime | None
    steps_last_hour: int
    due: int
    oldest_due: datetime | None
    unknown: Need
    log_size: int


def pulse(programme: Programme, now: datetime) -> Pulse:
    """What the rows say about the engine: its last event, its calls, and work that is due and not taken."""
    seen = Event.objects.filter(actor="engine").order_by("-seq").values_list("at", flat=True).first()
    due = (
        Move.objects.filter(programme=programme, due_at__lte=now)
        .filter(leases.free(now))
        .aggregate(n=Count("id"), oldest=Min("due_at"))
    )
    unknown = unknown_steps(programme).aggregate(n=Count("id"), oldest=Min("intent_at"))
    return Pulse(
        engine_seen=seen,
        steps_last_hour=Step.objects.filter(
            programme_id=programme.pk, intent_at__gt=now - timedelta(hours=1)
        ).count(),
        due=due["n"],
        oldest_due=due["oldest"],
        unknown=Need(unknown["n"], unknown["oldest"]),
        log_size=log_size(),
    )


def log_size() -> int:
    """Number of entries in the evidence log."""
    return LogHead.objects.values_list("size", flat=True).first() or 0


@dataclass(frozen=True)
class Renewal:
    """A customer of whom subscriptions renew on the old account soon: when first, and how many."""

    move: Move
    ends: datetime
    subscriptions: int


def renewals(
    programme: Programme, now: datetime, *, limit: int, within: timedelta = timedelta(days=60)
) -> list[Renewal]:
    """Terms that end soon on the old account for customers who are still on their way, the nearest first."""
    soon = {"state": ItemState.IN_OLD, "ends__gt": now, "ends__lte": now + within}
    nearest = (
        Item.objects.filter(move__programme=programme, **soon)
        .exclude(move__stage__in=ENDED)
        .order_by("ends", "move")
        .values_list("move", "ends")
    )
    first: dict[int, datetime] = {}
    # Read in the order of the index until there are enough: not all ends of all customers are put in order.
    for move, ends in nearest.iterator(chunk_size=50):
        if ends is not None:  # the filter leaves none without an end
            first.setdefault(move, ends)
        if len(first) == limit:
            break
    ending = Count("items", filter=Q(**{f"items__{name}": value for name, value in soon.items()}))
    moves = Move.objects.select_related("customer").annotate(ending=ending).in_bulk(first)
    return [Renewal(moves[pk], ends, moves[pk].ending) for pk, ends in first.items()]


def finished_by_day(programme: Programme) -> list[tuple[date, int]]:
    """Days on which moves were finished, each with how many had been finished by its end."""
    rows = (
        Move.objects.filter(programme=programme, stage=Stage.CLOSED, closeout_since__isnull=False)
        .order_by()
        .annotate(day=TruncDate(F("closeout_since")))
        .values_list("day")
        .annotate(n=Count("id"))
        .order_by("day")
    )
    total, series = 0, []
    for day, number in rows:
        total += number
        series.append((day, total))
    return series


@dataclass(frozen=True)
class WaveCount:
    """A wave and how many of its customers have answered or come to their end."""

    wave: Wave
    customers: int
    answered: int
    ended: int


def waves(programme: Programme) -> list[WaveCount]:
    """The waves of a programme in their order."""
    answered = Q(moves__decision_state__in=states.FINAL)
    found = programme.waves.annotate(
        customers=Count("moves"),
        answered=Count("moves", filter=answered),
        ended=Count("moves", filter=Q(moves__stage__in=ENDED)),
    )
    return [WaveCount(wave, wave.customers, wave.answered, wave.ended) for wave in found]

"""The plan of a wave, read from rows: one line for each customer. Nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from novation.customers.models import Contact
from novation.domain import gdap
from novation.domain.batches import free_to_go, movable, split, staying
from novation.domain.facts import Facts, Grant, ItemState
from novation.domain.facts import Item as KnownItem
from novation.domain.planning import Course, Line, Rates, WavePlan, course
from novation.domain.policy import Policy
from novation.domain.readiness import HOLDS_BACK
from novation.domain.readiness.money import TERM_MONTHS
from novation.domain.stage import ENDED
from novation.domain.tracks import Track
from novation.moves.models import Grant as GrantRow
from novation.moves.models import Item, Move, Programme, Wave
from novation.moves.to_domain import known_item

#: An end of term later than this after the guard window plays no part in a course.
_FAR = timedelta(days=10)


def rates(policy: Policy) -> Rates:
    """How fast this installation may call and write, and how long people take."""
    return Rates(
        api=float(settings.NOVATION_API_RATE),
        mail=float(settings.NOVATION_MAIL_RATE),
        accept_minutes=float(policy.accept_minutes),
    )


def of_wave(wave: Wave, now: datetime) -> WavePlan:
    """The plan of a wave that is still to be launched."""
    rows = wave.moves.select_related("customer", "programme").order_by("reference")
    moves = list(rows)
    return build(wave.programme, wave.number, moves, facts_of_untold(moves, now), now)


def of_all(
    programme: Programme, moves: Sequence[Move], facts: Mapping[int, Facts], now: datetime
) -> WavePlan:
    """What is still to be done for all these customers together, whatever their wave."""
    return build(programme, 0, moves, facts, now)


def open_moves(programme: Programme) -> list[Move]:
    """The moves of a programme that have not come to their end."""
    rows = Move.objects.filter(programme=programme).exclude(stage__in=ENDED)
    related = ("programme__source", "programme__target", "customer", "wave")
    return list(rows.select_related(*related).order_by("reference"))


def build(
    programme: Programme, number: int, moves: Sequence[Move], facts: Mapping[int, Facts], now: datetime
) -> WavePlan:
    """Puts the lines together.

    Args:
        programme: whose policy and sender.
        number: of the wave; 0 for all.
        moves: with `customer` loaded, in the order of their references.
        facts: of each move, with its subscriptions.
        now: programme time.
    """
    policy = programme.policy
    emails = _emails(moves)
    courses = _Courses(now, policy)
    return WavePlan(
        wave=number,
        policy=policy.to_json(),
        sender=f"{programme.sender_name} <{programme.sender_email}>",
        lines=tuple(
            _line(move, facts[move.pk], emails.get(move.customer_id, ""), courses, policy, now)
            for move in moves
        ),
    )


def facts_of_untold(moves: Sequence[Move], now: datetime) -> dict[int, Facts]:
    """The facts of customers to whom nothing has happened yet, with three queries."""
    ids = [move.pk for move in moves]
    items: defaultdict[int, list[KnownItem]] = defaultdict(list)
    grants: dict[int, Grant] = {}
    for begin in range(0, len(ids), 500):
        part = ids[begin : begin + 500]
        for row in Item.objects.filter(move__in=part).order_by("id").defer("baseline", "result"):
            items[row.move_id].append(known_item(row))
        held = GrantRow.objects.filter(move__in=part, side="source", status__in=gdap.IN_FORCE)
        for grant in held.order_by("id"):
            grants[grant.move_id] = Grant(status=grant.status, created_at=grant.created_at)
    emails = _emails(moves)
    out = {}
    for move in moves:
        found = {one.get("code", "") for one in move.readiness if one.get("level") == "blocker"}
        out[move.pk] = Facts(
            policy=move.programme.policy,
            tracks=move.tracks(),
            since={t: s for t in Track if (s := getattr(move, f"{t}_since")) is not None},
            baseline_at=move.baseline_at,
            blockers=tuple(sorted(found & HOLDS_BACK)),
            has_contact=move.customer_id in emails,
            items=tuple(items[move.pk]),
            invitation_known=bool(move.programme.invitation_url),
            old_grant=grants.get(move.pk),
        )
    return out


def _emails(moves: Sequence[Move]) -> dict[int, str]:
    """The address that the announcement goes to, by customer."""
    ids = [move.customer_id for move in moves]
    out: dict[int, str] = {}
    for begin in range(0, len(ids), 500):
        rows = Contact.objects.filter(customer__in=ids[begin : begin + 500], state=Contact.State.OK)
        # In this order the newest comes last: it is the one that is written to.
        out.update(rows.order_by("created_at", "id").values_list("customer_id", "email"))
    return out


@dataclass
class _Courses:
    """Courses by shape: most customers of a wave are alike, and a course costs a millisecond."""

    now: datetime
    policy: Policy
    kept: dict[Any, Course] = field(default_factory=dict)

    def of(self, facts: Facts) -> Course:
        """The course of these facts, or of others that differ in nothing that matters."""
        shape = self._shape(facts)
        if shape is None:
            return course(facts, self.now)
        if shape not in self.kept:
            self.kept[shape] = course(facts, self.now)
        return self.kept[shape]

    def _shape(self, facts: Facts) -> Any:
        told = any(state != "none" for track, state in facts.tracks.items() if track is not Track.BILLING)
        near = self.now + self.policy.guard_window + _FAR
        plain = all(
            not one.parent and not one.pending_change and (one.ends is None or one.ends > near)
            for one in facts.items
        )
        if told or not plain or facts.open_tasks or facts.ended_tasks or facts.batches:
            return None
        fresh = facts.baseline_at is not None and facts.baseline_at + self.policy.baseline_age > self.now
        old = facts.old_grant is not None
        goes = len(movable(facts.items))
        return (
            goes,
            len(staying(facts.items)),
            facts.has_contact,
            facts.blockers,
            fresh,
            old,
            facts.invitation_known,
        )


def _line(move: Move, facts: Facts, email: str, courses: _Courses, policy: Policy, now: datetime) -> Line:
    read = move.baseline_at is not None
    # Contacts come with the first reading. Until then nobody knows that one is missing.
    known = facts if read or email else replace(facts, has_contact=True)
    moving = movable(facts.items)
    free = free_to_go(moving, policy, now)
    goes, stays = courses.of(known), staying(facts.items)
    ahead = now + policy.renewal_ahead
    return Line(
        reference=move.reference,
        name=move.customer.name,
        domain=move.customer.domain,
        language=move.customer.language or "en",
        to=email,
        subscriptions=len(moving),
        seats=sum(item.quantity for item in moving),
        requests=len(split(free, policy.batch_size)) + (1 if len(moving) > len(free) else 0),
        stays=sum(1 for item in facts.items if item.id in stays and item.state is not ItemState.GONE),
        held=len(moving) - len(free),
        renews=any(_long(item) and item.ends is not None and now < item.ends <= ahead for item in moving),
        findings=tuple(sorted({one["code"] for one in move.readiness if one.get("level") != "note"})),
        steps={str(kind): number for kind, number in goes.steps.items()},
        mails=goes.mails,
        tasks=tuple(str(task) for task in goes.tasks),
        ends=goes.ends,
        source_requests=goes.requests("source"),
        target_requests=goes.requests("target"),
        read=read,
    )


def _long(item: KnownItem) -> bool:
    """A term of a year or more: its renewal binds for long."""
    return TERM_MONTHS.get(item.term, 12) >= 12

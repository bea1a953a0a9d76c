"""A plan says what the rules would do, its checksum stands for what was reviewed, and brakes hold it back."""

from dataclasses import replace
from typing import Any

import pytest

from novation.domain.facts import Batch, Facts, Grant, Item
from novation.domain.next_action import MakeCall
from novation.domain.planning import (
    Change,
    Line,
    PlanChanged,
    Rates,
    UnsafePlan,
    WavePlan,
    changes,
    course,
    exceeded_limits,
)
from novation.domain.planning.course import _Player
from novation.domain.policy import Policy
from novation.domain.steps import StepKind, is_write
from tests.builders import DAY, NOW, facts, item

S = StepKind
OLD = Grant(status="active", created_at=NOW - 100 * DAY)


def untold(*items: Item, **known: Any) -> Facts:
    defaults: dict[str, Any] = {"released_at": None, "relationship_read_at": None, "agreement_read_at": None}
    return facts(items=items, **{"old_grant": OLD, **defaults, **known})


def test_the_course_of_a_customer_names_every_call_with_an_effect() -> None:
    found = course(untold(item(1), item(2)), NOW)
    writes = {kind: number for kind, number in found.steps.items() if is_write(kind)}
    assert writes == {
        S.CREATE_ATTESTATION: 1,
        S.CREATE_AGREEMENT: 1,
        S.CREATE_ACCESS: 1,
        S.LOCK_ACCESS: 1,
        S.ASSIGN_ACCESS: 1,
        S.CREATE_TRANSFER: 1,
        S.ACCEPT_TRANSFER: 1,
        S.END_OLD_ACCESS: 1,
        S.REMOVE_RELATIONSHIP: 1,
    }
    assert (found.mails, found.tasks, found.ends) == (
        ("announcement", "code", "receipt", "done"),
        ("accept",),
        "moved",
    )


TABLE: dict[str, tuple[Facts, dict[str, Any]]] = {
    "51 subscriptions need three requests": (
        untold(*(item(n) for n in range(1, 52))),
        {"steps": {S.CREATE_TRANSFER: 3, S.ACCEPT_TRANSFER: 3, S.VERIFY: 1}},
    ),
    "nothing to move needs none": (untold(), {"steps": {S.CREATE_TRANSFER: 0}, "ends": "moved"}),
    "what stays keeps the old relationship": (
        untold(item(1), item(2, is_trial=True)),
        {"steps": {S.REMOVE_RELATIONSHIP: 0, S.CREATE_TRANSFER: 1}},
    ),
    "a near renewal makes a second request": (
        untold(item(1, ends=NOW + 3 * DAY), item(2)),
        {"steps": {S.CREATE_TRANSFER: 2}, "ends": "moved"},
    ),
    "without an address somebody looks for one": (
        untold(item(1), has_contact=False),
        {"tasks": ("find-contact", "accept"), "ends": "moved"},
    ),
    "a blocker ends the course before the first mail": (
        untold(item(1), blockers=("region",)),
        {"mails": (), "tasks": ("review",), "ends": "held"},
    ),
    "a trial is no part of it": (
        untold(item(1), item(2, is_trial=True, ends=NOW + 20 * DAY, auto_renew=False)),
        {
            "steps": {S.SET_TERM_END: 0, S.REMOVE_RELATIONSHIP: 0},
            "mails": ("announcement", "code", "receipt", "done"),
            "tasks": ("accept",),
            "ends": "moved",
        },
    ),
    "a request of the old account that nobody approved is left alone": (
        untold(item(1), old_grant=Grant(status="approvalPending", created_at=NOW)),
        {"steps": {S.END_OLD_ACCESS: 0}, "ends": "moved"},
    ),
    "a parked relationship is not removed": (
        untold(item(1), policy=Policy(remove_relationship=False)),
        {"steps": {S.REMOVE_RELATIONSHIP: 0}, "ends": "moved"},
    ),
}


@pytest.mark.parametrize(("known", "expected"), TABLE.values(), ids=TABLE)
def test_the_course_follows_its_table(known: Facts, expected: dict[str, Any]) -> None:
    found = course(known, NOW)
    for kind, number in expected.get("steps", {}).items():
        assert found.steps.get(kind, 0) == number, kind
    for name in ("mails", "tasks", "ends"):
        if name in expected:
            assert getattr(found, name) == expected[name]


@pytest.mark.parametrize("kind", StepKind)
def test_every_step_has_an_answer(kind: StepKind) -> None:
    player = _Player(facts(items=(item(1),), batches=(Batch(number=1),), grant=OLD), NOW)
    player._go(MakeCall(step=kind, why="", item=1, batch=1))
    assert sum(player.calls.values()) >= 1
    assert player.steps == {kind: 1}


def test_an_answer_that_is_not_known_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no answer"):
        _Player(facts(), NOW)._go("a new kind of decision")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(AssertionError, match="no answer"):
        _Player(facts(), NOW)._answer(MakeCall(step="a new step", why=""))  # type: ignore[arg-type]  # that is the point


def line(number: int = 1, **fields: Any) -> Line:
    defaults: dict[str, Any] = {
        "reference": f"NOV-0000-{number:04d}",
        "name": f"Customer {number}",
        "domain": "c.example",
        "language": "cs",
        "to": "jana@c.example",
        "subscriptions": 3,
        "seats": 30,
        "requests": 1,
        "stays": 0,
        "held": 0,
        "renews": False,
        "findings": (),
        "steps": {"create-transfer": 1, "verify": 2},
        "mails": ("announcement", "code", "receipt", "done"),
        "tasks": ("accept",),
        "ends": "moved",
        "source_requests": 10,
        "target_requests": 25,
    }
    return Line(**{**defaults, **fields})


def plan(
    *lines: Line, policy: Policy | None = None, sender: str = "Severka IT <move@severka.example>"
) -> WavePlan:
    return WavePlan(wave=2, policy=(policy or Policy()).to_json(), sender=sender, lines=lines)


def test_sums_and_durations_follow_from_the_lines() -> None:
    made = plan(line(1), line(2, seats=12, tasks=("find-contact", "accept")))
    assert (made.customers, made.seats, made.subscriptions, made.requests) == (2, 42, 6, 2)
    assert made.steps == {S.CREATE_TRANSFER: 2, S.VERIFY: 4}
    assert (made.reads, made.writes) == (4, 2)
    assert made.minutes(Rates(api=10, mail=2, accept_minutes=8)) == {
        "api": 5.0,
        "mail": 4.0,
        "operators": 26.0,
    }
    assert made.reminders(2) == 4


def test_the_checksum_is_of_what_was_reviewed() -> None:
    made = plan(line(1))
    assert made.checksum == plan(line(1)).checksum
    assert made.checksum == plan(line(1, steps={"verify": 9})).checksum  # follows from the rest
    others = (
        plan(line(1, seats=31)),
        plan(line(1, to="other@c.example")),
        plan(line(1, findings=("region",))),
        plan(line(1), line(2)),
        plan(line(1), policy=Policy(guard_window=9 * DAY)),
        plan(line(1), sender="Somebody else <move@severka.example>"),
        replace(made, wave=3),
    )
    assert len({made.checksum, *(other.checksum for other in others)}) == 1 + len(others)


def test_what_changed_since_the_review_is_said() -> None:
    before = plan(line(1), line(2), line(3, findings=("trial",)))
    after = plan(line(1, seats=31), line(3), line(4), policy=Policy(guard_window=9 * DAY))
    assert changes(before.snapshot(), after) == [
        Change("", "the policy guard_window was 604800.0, now 777600.0"),
        Change("NOV-0000-0002", "is no longer in the wave"),
        Change("NOV-0000-0004", "was added"),
        Change("NOV-0000-0001", "seats 30, now 31"),
        Change("NOV-0000-0003", "findings trial, now none"),
    ]
    assert changes(before.snapshot(), before) == []
    said = str(PlanChanged(changes(before.snapshot(), after) * 2, after.checksum))
    assert "NOV-0000-0002: is no longer in the wave" in said
    assert "and 5 more" in said


BRAKES: dict[str, tuple[WavePlan, Policy, list[str]]] = {
    "a small wave": (plan(line(1)), Policy(), []),
    "too many customers": (plan(line(1), line(2)), Policy(wave_customers=1), ["wave_customers"]),
    "as many as are allowed": (plan(line(1), line(2)), Policy(wave_customers=2), []),
    "too many seats": (plan(line(1, seats=101)), Policy(wave_seats=100), ["wave_seats"]),
    "too close to renewals": (
        plan(*(line(n, renews=n < 4) for n in range(10))),
        Policy(renewal_share=30),
        ["renewal_share"],
    ),
    "few renewals": (plan(*(line(n, renews=n < 3) for n in range(10))), Policy(renewal_share=30), []),
    "of so few customers a share says nothing": (plan(line(1, renews=True)), Policy(renewal_share=0), []),
}


@pytest.mark.parametrize(("made", "policy", "expected"), BRAKES.values(), ids=BRAKES)
def test_brakes_follow_their_table(made: WavePlan, policy: Policy, expected: list[str]) -> None:
    held = exceeded_limits(made, policy)
    assert [brake.setting for brake in held] == expected
    if held:
        said = str(UnsafePlan(held))
        assert said.startswith("Too ")
        assert "novation policy" in said

"""Who the simulated people are depends on the seed alone."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from novation.rehearsal.calendar import CUSTOMER_HOURS, next_hour
from novation.rehearsal.personas import SHARES, Behaviour, Reachability, create_persona

NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def test_the_same_seed_makes_the_same_people() -> None:
    assert [create_persona(7, f"tenant-{n}") for n in range(50)] == [
        create_persona(7, f"tenant-{n}") for n in range(50)
    ]
    assert [create_persona(7, f"tenant-{n}") for n in range(50)] != [
        create_persona(8, f"tenant-{n}") for n in range(50)
    ]


def test_the_shares_make_a_hundred_and_are_kept() -> None:
    assert sum(share for share, _, _ in SHARES) == 100
    people = [create_persona(1, f"tenant-{n}") for n in range(4000)]
    ways = Counter(person.behaviour for person in people)
    assert 0.70 < ways[Behaviour.MANDATE] / 4000 < 0.76
    assert 0.08 < ways[Behaviour.SELF] / 4000 < 0.12
    assert set(ways) == set(Behaviour)
    assert {person.reachability for person in people} == set(Reachability)


def test_people_act_at_reading_hours_and_never_in_the_past() -> None:
    person = create_persona(1, "tenant")
    for number in range(100):
        moment = person.pick_time(f"visit {number}", NOON, timedelta(days=4))
        assert moment.hour in CUSTOMER_HOURS
        assert NOON <= moment <= NOON + timedelta(days=5)


def test_the_next_hour_may_be_tomorrow() -> None:
    late = NOON.replace(hour=21)
    assert next_hour(late, (8, 14)) == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert next_hour(NOON.replace(hour=14, minute=0), (8, 14)) == NOON.replace(hour=14, minute=0)

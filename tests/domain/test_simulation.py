"""The forecast: what binds, what a change of one assumption does, and that nothing is left to chance twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.domain.simulation import Assumptions, Case, Forecast, Goods, Stand, forecast, invented
from novation.domain.simulation.world import World

START = datetime(2026, 11, 23, 7, tzinfo=UTC)  # a Monday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Everybody says yes at once, and nobody has anything that renews.
EAGER = Assumptions(
    mandate=1, self=0, declined=0, ask=0, bounced=0, slow=0, answer_days=0, agreement_hours=0, again=0,
    microsoft_hours=0, workdays=7,
)  # fmt: skip


def cases(number: int, *goods: Goods, **known: Any) -> list[Case]:
    return [Case(released_at=START, goods=goods, **known) for _ in range(number)]


def run(given: Assumptions, these: list[Case], runs: int = 3, seed: int = 1) -> Forecast:
    return forecast(these, given, start=START, runs=runs, seed=seed)


def test_the_same_seed_gives_the_same_forecast() -> None:
    these = invented(40, seed=2, start=START, waves=(10, 30), every=2 * DAY)
    assert run(Assumptions(), these) == run(Assumptions(), these)
    assert run(Assumptions(), these) != run(Assumptions(), these, seed=2)


def test_an_eager_customer_is_through_in_a_rest_and_a_day() -> None:
    came = run(EAGER, cases(1, Goods(None)))
    rest = EAGER.policy.clean_after
    assert rest < came.finish_p50 - START < rest + DAY
    assert came.ends == {"moved": 1.0, "stayed": 0.0, "unreachable": 0.0}


def test_silence_is_never_consent() -> None:
    came = run(replace(EAGER, mandate=0.0), cases(5))
    assert came.ends["unreachable"] == 5
    assert came.finish_p50 - START >= EAGER.policy.answer_within
    assert came.binds == "customers"


def test_too_few_operators_bind() -> None:
    few, many = (
        replace(EAGER, operators=1, office_hours=2.0, accept_minutes=30.0),
        replace(EAGER, operators=40),
    )
    slow, quick = run(few, cases(60)), run(many, cases(60))
    assert slow.binds == "operators"
    assert slow.finish_p50 - quick.finish_p50 >= 13 * DAY  # 60 acceptances, four a day
    assert slow.busiest_tasks == 4
    assert slow.operator_hours == 30


@pytest.mark.parametrize(("slower", "binds"), [({"api_rate": 0.05}, "api"), ({"mail_rate": 0.005}, "mail")])
def test_a_slow_rate_binds(slower: dict[str, Any], binds: str) -> None:
    assert run(replace(EAGER, **slower), cases(60, Goods(None))).binds == binds


def test_a_near_renewal_is_waited_for_and_the_rest_goes_before() -> None:
    near = Goods(START + 6 * DAY)
    came = run(EAGER, cases(3, near, Goods(None)))
    assert came.binds == "guard"
    assert came.finish_p50 >= START + 6 * DAY + EAGER.policy.clean_after
    unguarded = replace(EAGER, policy=Policy(guard_window=timedelta(0)))
    assert run(unguarded, cases(3, near, Goods(None))).finish_p50 < START + 4 * DAY


def test_a_term_that_has_ended_renews_again() -> None:
    goods = Goods(START - DAY, 30)
    assert goods.next_end(START) == START + 29 * DAY
    assert Goods(None).next_end(START) is None


def test_more_items_than_one_request_takes_go_one_after_the_other() -> None:
    slow = replace(EAGER, microsoft_hours=48.0)
    one, three = run(slow, cases(4, *[Goods(None)] * 25), 20), run(slow, cases(4, *[Goods(None)] * 75), 20)
    assert three.finish_p50 - one.finish_p50 > 30 * HOUR


def test_a_later_wave_ends_later() -> None:
    these = invented(20, seed=1, start=START, waves=(10,), every=10 * DAY)
    assert [case.released_at for case in these] == [START] * 10 + [START + 10 * DAY] * 10
    assert run(EAGER, these).finish_p50 > START + 10 * DAY


@pytest.mark.parametrize("stand", list(Stand))
def test_who_is_further_on_ends_no_later(stand: Stand) -> None:
    untold = run(replace(EAGER, bounced=0.0), cases(3, Goods(None)))
    there = run(replace(EAGER, bounced=0.0, found=1.0), cases(3, Goods(None), stand=stand, since=START))
    assert there.finish_p50 <= untold.finish_p50 + DAY
    assert there.ends["moved"] == 3


def test_nobody_works_at_the_weekend() -> None:
    world = World(replace(EAGER, workdays=5, operators=1), START)
    friday = START + 4 * DAY + 12 * HOUR  # 19:00, after hours
    assert world.serve(friday, 10).date() == (START + 7 * DAY).date()


def test_assumptions_that_cannot_be_are_refused() -> None:
    impossible: tuple[dict[str, Any], ...] = (
        {"mandate": 0.9, "self": 0.2},
        {"bounced": -0.1},
        {"operators": 0},
        {"workdays": 8},
    )
    for wrong in impossible:
        with pytest.raises(BadInput):
            Assumptions(**wrong)


def test_mails_that_come_back_stop_the_others_until_an_operator_has_looked() -> None:
    gone = replace(EAGER, bounced=0.5, found=0.0, opens_at=(8,), office_hours=1.0)
    flowing = replace(gone, policy=replace(Policy(), stop_bounces_of=0))
    stopped, free = run(gone, cases(120, Goods(None))), run(flowing, cases(120, Goods(None)))
    assert stopped.finish_p50 - free.finish_p50 >= 3 * DAY
    assert stopped.ends["moved"] == pytest.approx(free.ends["moved"], abs=8)


def test_a_dead_address_now_and_then_stops_nothing() -> None:
    world = World(Assumptions(), START)
    for number in range(400):
        world.mailed(START, returns=number % 40 == 0)
    assert world.stops == 0

"""Several processes out of one window: never too many together, and little is wasted."""

from __future__ import annotations

import json
import random
from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from novation.partnercenter.pace import Pace
from novation.partnercenter.shared_window import SharedWindow

PACE = Pace(per_minute=500)


def busiest(moments: list[float], span: float = 60.0) -> int:
    moments = sorted(moments)
    return max((bisect_left(moments, start + span) - i for i, start in enumerate(moments)), default=0)


def run(seed: int, processes: int, seconds: float, *, dies: float = 0.0) -> list[float]:
    """Processes that call as fast as they may, each on its slices; returns when the server saw each call."""
    chance = random.Random(seed)
    state: dict[str, object] = {}
    seen: list[float] = []
    ready = [0.0] * processes  # when each process asks again
    while (now := min(ready)) < seconds:
        process = ready.index(now)
        window = SharedWindow(500, PACE, json.loads(json.dumps(state)))
        grant = window.grant(now, wanted=10, lasts=25.0)
        if not grant.places:
            ready[process] = now + grant.wait
            state = window.dump()
            continue
        end = now
        for _ in range(grant.places):
            took = chance.uniform(0.05, 2.0)
            sent = now + chance.uniform(0.0, 3.0)
            seen.append(sent + took * chance.random())
            end = max(end, sent + took)
        if chance.random() >= dies:
            # Nobody else asks between, in this simulation, than those whose turn comes before `end`.
            window.close(end, grant.slice, used=grant.places)
        state, ready[process] = window.dump(), end
    return seen


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_the_limit_holds_for_all_together(seed: int, processes: int) -> None:
    assert busiest(run(seed, processes, 300.0)) <= 500


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_a_process_that_dies_takes_no_place_twice(seed: int) -> None:
    assert busiest(run(seed, 3, 300.0, dies=0.3)) <= 500


def test_nearly_all_of_the_limit_is_used() -> None:
    assert len(run(1, 4, 1200.0)) > 500 * 20 * 0.85


def test_what_was_not_used_is_free_at_once() -> None:
    window = SharedWindow(10, PACE, {})
    grant = window.grant(0.0, wanted=10, lasts=30.0)
    assert window.grant(1.0, wanted=1, lasts=30.0).places == 0
    window.close(1.0, grant.slice, used=4)
    assert window.grant(1.0, wanted=10, lasts=30.0).places == 6


def test_a_refusal_holds_back_every_process() -> None:
    window = SharedWindow(10, PACE, {})
    window.grant(0.0, wanted=1, lasts=30.0)
    window.refused(1.0, 40.0)
    other = SharedWindow(10, PACE, window.dump())
    assert other.grant(2.0, wanted=1, lasts=30.0).wait == 39.0
    assert other.grant(41.5, wanted=1, lasts=30.0).places == 1


def test_a_slice_is_closed_once() -> None:
    window = SharedWindow(10, PACE, {})
    grant = window.grant(0.0, wanted=4, lasts=30.0)
    window.close(1.0, grant.slice, used=4)
    window.grant(100.0, wanted=1, lasts=30.0)
    window.close(100.0, grant.slice, used=4)
    assert window.used == 1, "a late word of an old slice changes nothing"

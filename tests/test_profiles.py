"""How properties are tried: the same examples in the suite, others on every soak."""

from __future__ import annotations

import hypothesis
import pytest

from tests.conftest import profile_for


@pytest.mark.parametrize(
    ("expression", "profile"),
    [
        ("not soak", "suite"), ("", "suite"), ("postgres and not soak", "suite"), ("not soak and postgres", "suite"),
        ("soak", "soak"), ("soak or hypothesis", "soak"), ("soak and postgres", "soak"),
    ],
)  # fmt: skip
def test_the_marker_expression_chooses_the_profile(expression: str, profile: str) -> None:
    assert profile_for(expression) == profile


def test_the_suite_tries_the_same_examples_each_time_and_a_soak_does_not() -> None:
    assert hypothesis.settings.get_profile("suite").derandomize
    assert not hypothesis.settings.get_profile("soak").derandomize


def test_properties_with_settings_of_their_own_follow_the_profile(request: pytest.FixtureRequest) -> None:
    from tests.emulator.test_invariants import Moves

    suite = profile_for(request.config.option.markexpr) == "suite"
    assert Moves.TestCase.settings.derandomize == suite  # type: ignore[attr-defined]  # hypothesis sets it

"""Facts → stop: the line is crossed by more than the share, and a small pilot is not judged by its first mail."""

import pytest

from novation.domain.circuit_breaker import Count, Line, Rule, crossed, line
from novation.domain.policy import Policy

CASES = [
    # bad, of the last, per 1,000, window, stops
    (10, 200, 50, 200, False),  # exactly 5 %
    (11, 200, 50, 200, True),
    (0, 0, 50, 200, False),
    (1, 1, 50, 200, False),  # one of one: counted as one of fifty
    (2, 20, 50, 200, False),
    (3, 20, 50, 200, True),  # three dead addresses in a pilot of twenty
    (3, 200, 50, 200, False),
    (1, 1000, 1, 1000, False),  # one in a thousand is the line
    (2, 1000, 1, 1000, True),
    (1, 100, 1, 1000, True),
    (10, 100, 100, 100, False),
    (11, 100, 100, 100, True),
    (5, 5, 100, 0, False),  # no window: no rule
    (1, 40, 0, 40, True),  # nothing is allowed
]


@pytest.mark.parametrize(("bad", "of", "permille", "window", "stops"), CASES)
def test_the_line(bad: int, of: int, permille: int, window: int, stops: bool) -> None:
    assert crossed(Count(bad, of), Line(permille, window)) is stops


def test_every_rule_has_its_line_in_the_policy() -> None:
    lines = {rule: line(rule, Policy()) for rule in Rule}
    assert lines == {
        Rule.BOUNCES: Line(50, 200),
        Rule.COMPLAINTS: Line(1, 1000),
        Rule.FAILURES: Line(100, 100),
    }

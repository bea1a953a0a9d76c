"""Settings from the environment: what is understood, and the sentence for what is not."""

import pytest

from novation import environment
from novation.domain.errors import BadInput


@pytest.mark.parametrize(("value", "seconds"), [("60", 60.0), ("0.5", 0.5), ("2e1", 20.0)])
def test_a_duration_may_have_parts_of_a_second(
    monkeypatch: pytest.MonkeyPatch, value: str, seconds: float
) -> None:
    monkeypatch.setenv("NOVATION_API_TIMEOUT", value)
    assert environment.seconds("NOVATION_API_TIMEOUT", 60) == seconds


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf", ""])
def test_a_duration_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NOVATION_API_TIMEOUT", value)
    with pytest.raises(BadInput, match="NOVATION_API_TIMEOUT"):
        environment.seconds("NOVATION_API_TIMEOUT", 60)

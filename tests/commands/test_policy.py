"""`novation policy get` and `set`: what is shown, what is changed, and the sentence for what cannot be."""

import pytest

from novation.evidencelog.models import Event
from novation.moves.models import Programme
from tests.commands.conftest import Run


def test_get_shows_every_value_or_those_that_are_named(connected: Run) -> None:
    code, out, _ = connected("policy", "get")
    assert code == 0 and "answer_within = 21d\n" in out and len(out.splitlines()) > 50
    assert connected("policy", "get", "answer_within", "region")[1] == "answer_within = 21d\nregion = \n"


def test_set_changes_a_value_with_its_event(connected: Run) -> None:
    before = Event.objects.count()
    code, out, _ = connected("policy", "set", "answer_within=14d", "second_launcher=false")
    assert code == 0 and "answer_within" in out
    policy = Programme.objects.get().policy
    assert (policy.answer_within.days, policy.second_launcher) == (14, False)
    assert Event.objects.count() > before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("get", "nonsense"), "'nonsense' is no setting of the policy."),
        (("set", "nonsense=1"), "'nonsense=1' is no setting of the policy."),
        (("set", "answer_within"), "'answer_within' is no setting of the policy."),
        (("set", "answer_within=soon"), "'soon' is no period."),
        (("set",), "Nothing is named."),
    ],
)
def test_what_cannot_be_used_is_named(connected: Run, words: tuple[str, ...], sentence: str) -> None:
    code, _, err = connected("policy", *words)
    assert code == 2 and sentence in err and len(err.splitlines()) == 1
    assert Programme.objects.get().policy.answer_within.days == 21

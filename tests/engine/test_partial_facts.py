"""A rule never decides on what was not read: facts that are read when asked for decide as all of them do."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from novation.domain.decide import decide
from novation.domain.facts import Batch, BatchState, Facts, NotLoaded, fill, partial
from novation.engine.facts import _PART_OF, _PARTS
from tests import builders
from tests.builders import NOW
from tests.domain import world
from tests.domain.test_any_order import AnyOrder


def read_as_asked(facts: Facts, question: Callable[[Facts], Any]) -> tuple[Any, set[str]]:
    """What the engine does: nothing that needs a query is known until a rule looks at it."""
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    part = partial(_PART_OF, **{name: value for name, value in values.items() if name not in _PART_OF})
    read: set[str] = set()
    while True:
        try:
            return question(part), read
        except NotLoaded as missing:
            names = _PARTS[_PART_OF[missing.name]]
            read.add(_PART_OF[missing.name])
            fill(part, {name: values[name] for name in names})


def test_facts_read_when_asked_for_decide_as_all_of_them_do(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, read = 0, 0

    def both(facts: Facts, now: datetime) -> Any:
        nonlocal looks, read
        decision, parts = read_as_asked(facts, lambda part: decide(part, now))
        looks, read = looks + 1, read + len(parts)
        assert decision == decide(facts, now)
        return decision

    monkeypatch.setattr(world, "decide", both)
    few = settings(
        max_examples=15, stateful_step_count=20, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(AnyOrder, settings=few)
    assert looks > 500
    assert read < 5 * looks, "each look reads nearly everything"


_YES = {"notice": "sent", "decision": "mandate", "admin": "ours"}
_ACCEPTED = {**_YES, "relationship": "accepted", "agreement": "valid", "access": "usable"}
READ: dict[str, tuple[dict[str, str], set[str]]] = {
    "asked": ({"notice": "sent", "decision": "asked"}, {"work", "notices", "contact"}),
    "a transfer that runs": ({**_ACCEPTED, "transfer": "moving"}, {"work", "mandate", "batches"}),
    "the rest after it": ({**_ACCEPTED, "transfer": "verified", "billing": "new"}, {"work", "mandate"}),
}


@pytest.mark.parametrize(("stands", "parts"), READ.values(), ids=READ)
def test_a_look_reads_no_more_than_it_needs(stands: dict[str, str], parts: set[str]) -> None:
    """Each part is a query, and costs more than all rules together."""
    batches = (Batch(number=1, state=BatchState.MOVING, remote_id="t", accepted_at=NOW, read_at=NOW),)
    known = builders.facts(stands, batches=batches)
    assert read_as_asked(known, lambda facts: decide(facts, NOW))[1] == parts


def test_a_fact_without_a_value_is_never_taken_for_one() -> None:
    facts = partial(["batches", "grant"])
    for name in ("batches", "grant"):
        with pytest.raises(NotLoaded, match=name):
            getattr(facts, name)
        with pytest.raises(NotLoaded):
            hasattr(facts, name)
    assert facts.items == ()
    with pytest.raises(AttributeError):
        facts.misspelt  # type: ignore[attr-defined]  # noqa: B018 (that is the point)


def test_what_is_known_does_not_change() -> None:
    facts = partial(["batches"])
    fill(facts, {"batches": ()})
    assert facts.batches == ()
    with pytest.raises(ValueError, match="batches"):
        fill(facts, {"batches": ()})


def test_whole_facts_can_be_copied() -> None:
    facts = Facts(released_at=NOW)
    assert copy.deepcopy(facts) == facts == pickle.loads(pickle.dumps(facts))  # noqa: S301 (our own)

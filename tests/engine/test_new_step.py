"""A step is one file: added to the package, the engine makes it, plans count it, and pages have its words."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from novation.console import labels
from novation.domain import decide as rules
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall
from novation.domain.planning import course
from novation.domain.planning.answering import PlannedStep
from novation.domain.steps import RULES, Repeat, StepKind, TaskKind, declare, is_write, kinds
from novation.domain.tracks import Track
from novation.engine import steps
from novation.engine.call_groups import CallGroup
from novation.engine.step import Step
from novation.evidencelog.models import Event
from novation.moves.models import Item, Move
from novation.operations.models import Step as StepRow
from tests.builders import NOW, facts, item
from tests.engine.rehearsal import Rehearsal, instead, losing

MADE_UP = Path(__file__).parent / "made_up"


@contextmanager
def found_in(folder: Path) -> Iterator[None]:
    """Lets the files of a folder be part of the package of steps."""
    known, path = set(RULES), steps.__path__
    steps.__path__ = [*path, str(folder)]
    try:
        steps.load()
        yield
    finally:
        steps.__path__ = path
        for kind in set(RULES) - known:
            del RULES[kind], steps.STEPS[kind]


@pytest.fixture
def made_up() -> Iterator[None]:
    """The steps of this folder's `made_up`."""
    with found_in(MADE_UP):
        yield


def keep_renewing(known: Facts, now: datetime) -> MakeCall | None:
    """The rule that calls for it: what ends with its term before the move shall renew itself."""
    ends = (one for one in known.items if not (one.auto_renew or one.is_trial) and one.status == "active")
    ending = next(ends, None)
    if ending is None or known.track(Track.DECISION) != "mandate":
        return None
    return MakeCall(step="keep-renewing", item=ending.id, why="its term would end on the way")


def with_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", (keep_renewing, *rules.RULES))


def test_every_step_is_declared_once_in_a_file_of_its_name() -> None:
    files = {found.name.replace("_", "-") for found in pkgutil.iter_modules(steps.__path__)}
    assert files == set(steps.STEPS) == set(RULES) == set(kinds())
    assert {str(kind) for kind in StepKind} <= files, "the rules name a step that nobody declares"


@pytest.mark.parametrize("kind", sorted(RULES))
def test_a_declaration_is_complete(kind: str) -> None:
    step = steps.STEPS[kind]
    assert RULES[kind] is step
    assert step.account in ("source", "target", "account")
    assert step.group in CallGroup
    assert str(step.label)
    assert (step.look_up is not None) is is_write(kind)
    assert kind not in set(StepKind) or step.answer is not None, "a plan would not know what comes of it"


def test_a_write_without_a_look_up_cannot_be_declared() -> None:
    whole = steps.STEPS[StepKind.CREATE_TRANSFER]
    with pytest.raises(ValueError, match="cannot be looked up"):
        Step(kind="x", account="target", repeat=Repeat.NEVER, group=whole.group, label="x", call=whole.call)


def test_a_step_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare(steps.STEPS[StepKind.VERIFY])


def test_a_file_is_named_like_its_step(tmp_path: Path) -> None:
    (tmp_path / "other_name.py").write_text("from novation.engine.steps.verify import STEP\n")
    with pytest.raises(ValueError, match=r"other_name\.py declares the step verify"), found_in(tmp_path):
        pass


def test_a_plan_counts_it_and_the_console_has_its_words(
    made_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(monkeypatch)
    waiting = facts({"notice": "sent", "decision": "asked"}, items=(item(1, auto_renew=False), item(2)))
    planned = course(waiting, NOW)
    assert planned.steps["keep-renewing"] == 1
    without = course(facts({"notice": "sent", "decision": "asked"}, items=(item(1), item(2))), NOW)
    assert planned.requests("source") == without.requests("source") + 2
    assert planned.ends == without.ends == "moved"
    assert isinstance(RULES["keep-renewing"], PlannedStep)
    assert labels.step_label("keep-renewing") == "Let a subscription renew itself"
    assert labels.step_label("a step of long ago") == "a step of long ago"


def ending(house: Rehearsal) -> tuple[Move, Item]:
    """A customer with a subscription that does not renew itself."""
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    Item.objects.filter(move=move).update(auto_renew=True)
    one = Item.objects.filter(move=move, status="active", is_trial=False).order_by("id")[0]
    Item.objects.filter(pk=one.pk).update(auto_renew=False)
    return move, one


def shown(house: Rehearsal, move: Move, one: Item) -> bool:
    listed = house.emulator.truth(move.customer.tenant_id)["subscriptions"]
    return bool(next(row for row in listed if row["id"] == one.subscription_id)["autoRenew"])


def test_the_engine_makes_it_with_intent_and_outcome(
    made_up: None, house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    move, one = ending(house)
    with_rule(monkeypatch)
    house.says(move, "mandate")
    house.idle()
    row = StepRow.objects.get(kind="keep-renewing")
    assert (row.outcome, row.account, row.request["item"]) == ("done", "source", one.pk)
    assert Item.objects.get(pk=one.pk).auto_renew and shown(house, move, one)
    tags = [str(event.tag) for event in Event.objects.order_by("seq") if '"keep-renewing"' in str(event.body)]
    assert tags == ["step:intent", "step:outcome"]


def test_its_lost_answer_is_looked_up(
    made_up: None, house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    move, _one = ending(house)
    with_rule(monkeypatch)
    losing(monkeypatch, "keep-renewing", effect=True)
    house.says(move, "mandate")
    house.idle()
    assert list(StepRow.objects.filter(kind="keep-renewing").values_list("outcome", "settled_by")) == [
        ("done", "looked up and found")
    ]


def test_what_it_needs_from_a_person_is_asked_for(
    made_up: None, house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from novation.domain.errors import NeedsOperator
    from novation.engine.work import CallOutcome, Result

    async def refused(accounts: object, work: object) -> Result:
        return Result(outcome=CallOutcome.NOT_DONE, error=NeedsOperator("It may not."), text="It may not.")

    move, _one = ending(house)
    with_rule(monkeypatch)
    instead(monkeypatch, "keep-renewing", call=refused)
    house.says(move, "mandate")
    house.idle()
    assert move.customer.tasks.filter(kind=TaskKind.REVIEW, step="keep-renewing", state="open").exists()

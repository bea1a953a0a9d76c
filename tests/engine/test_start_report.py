"""A start says which outcomes are uncertain, and later how each of them was settled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from novation.domain.steps import StepKind
from novation.engine import claims, prepare
from novation.moves.models import Move
from novation.moves.selectors import unsettled
from novation.operations.models import EngineRun, Step
from novation.operations.selectors import engines
from novation.operations.services import engines as register
from tests.engine.rehearsal import Rehearsal


def left_open(house: Rehearsal) -> Step:
    """An engine died after the intent of a write."""
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    (work,) = prepare.prepare("gone:1", 1, now=house.clock.now(), clock=house.clock)
    assert work.kind is StepKind.CREATE_ATTESTATION
    house.jump(claims.LEASE + timedelta(seconds=1))
    return Step.objects.get(pk=work.step)


def test_a_start_names_every_uncertain_call(house: Rehearsal, caplog: pytest.LogCaptureFixture) -> None:
    step = left_open(house)
    with caplog.at_level(logging.INFO, logger="novation.engine"):
        house.run(house.engine.db(house.engine._start))
    assert "1 calls and 0 mails of unknown outcome" in caplog.text
    assert f"create-attestation for {step.move_reference}" in caplog.text
    assert EngineRun.objects.get().uncertain_steps == [step.pk]
    report = engines.last_start()
    assert report is not None and (report.found, report.open) == (1, 1)


def test_how_it_was_settled_is_told_too(house: Rehearsal, caplog: pytest.LogCaptureFixture) -> None:
    step = left_open(house)
    house.run(house.engine.db(house.engine._start))
    with caplog.at_level(logging.INFO, logger="novation.engine"):
        house.idle()
    report = engines.last_start(uncertain_only=True)
    assert report is not None and (report.found, report.done, report.open) == (1, 1, 0)
    assert "1 had been carried out, 0 had not, 0 are still looked up" in report.sentence
    assert f"create-attestation for {step.move_reference} is settled: done" in caplog.text


def _uncertain(now: datetime) -> list[int]:
    return list(unsettled.uncertain(now=now).values_list("pk", flat=True))


def test_calls_of_a_living_engine_are_not_uncertain(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    prepare.prepare("living:1", 1, now=house.clock.now(), clock=house.clock)
    register.started(
        "two:2",
        now=house.clock.now(),
        freed=0,
        uncertain_mails=0,
        uncertain_steps=_uncertain(house.clock.now()),
    )
    report = engines.last_start()
    assert report is not None and report.found == 0
    assert "no call with an unknown outcome" in report.sentence


def test_an_engine_counts_as_working_until_it_is_silent(house: Rehearsal) -> None:
    now = house.clock.now()
    register.started(
        "one:1", now=now, freed=0, uncertain_mails=0, uncertain_steps=_uncertain(house.clock.now())
    )
    register.started(
        "two:2", now=now, freed=0, uncertain_mails=0, uncertain_steps=_uncertain(house.clock.now())
    )
    assert engines.working(now=now, clock=house.clock).count() == 2
    register.ended("one:1", now=now)
    later = now + house.clock.real(timedelta(seconds=50))
    assert [run.owner for run in engines.working(now=later, clock=house.clock)] == ["two:2"]
    assert not engines.working(now=later + house.clock.real(timedelta(minutes=1)), clock=house.clock)
    register.seen("two:2", now=later)
    assert engines.working(now=later + timedelta(seconds=1), clock=house.clock).count() == 1


def test_a_customer_that_fails_again_and_again_is_listed(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    assert not unsettled.poisoned()
    prepare.postpone_poisoned(
        Move.objects.get(pk=move.pk), house.clock.now(), house.clock, "KeyError in the rules"
    )
    assert [(one.pk, one.consecutive_errors, one.due_why) for one in unsettled.poisoned()] == [
        (move.pk, 1, "KeyError in the rules")
    ]

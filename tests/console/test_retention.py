"""Whose people are due to be erased is a rule; that they are erased is somebody's act, on record with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from novation.clock import FixedClock
from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Decision, Move, Programme
from novation.moves.selectors import retention
from novation.moves.services import erasure, programmes
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio

PAGE = "/console/evidence/retention/"
ERASE = "/console/evidence/erase"


@pytest.fixture
def admin(built: Portfolio) -> Browser:
    browser = Browser(built, "operator")
    browser.person.is_superuser = True
    browser.person.save()
    return browser


@pytest.fixture
def due(built: Portfolio, fixed: FixedClock) -> Iterator[list[Move]]:
    """Everybody who has ended by now, years later."""
    fixed.advance(timedelta(days=3651))
    yield list(retention.due(Programme.objects.get(), now=fixed.now()))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_nobody_is_due_before_the_time_and_the_policy_sets_it(built: Portfolio, fixed: FixedClock) -> None:
    programme = Programme.objects.get()
    assert not retention.due(programme, now=fixed.now()).exists()
    ended = Move.objects.filter(stage__in=("closed", "stays", "unreachable")).count()
    assert 0 < retention.due(programme, now=fixed.now() + timedelta(days=3650)).count() <= ended
    policy = programme.policy
    from dataclasses import replace

    programmes.change_policy(
        programme, replace(policy, keep_people=timedelta(days=30)), now=fixed.now(), actor="test"
    )
    programme.refresh_from_db()
    assert retention.due(programme, now=fixed.now() + timedelta(days=31)).exists()


def test_who_is_due_is_erased_together_and_the_record_says_why(admin: Browser, due: list[Move]) -> None:
    assert len(due) > 1
    assert due[0].reference in text(admin.get(PAGE))
    named = [move.reference for move in due]
    answer = admin.post(ERASE, {"move": named, "reason": "Retention rule", "typed": str(len(named))})
    assert answer.status_code == 303, text(answer)
    events = Event.objects.filter(tag=Tag.LOG_ERASED)
    assert events.count() == len(due)
    assert {event.actor for event in events} == {f"operator:{admin.person.pk}"}
    page = text(admin.get(PAGE))
    assert "Nobody is due" in page
    assert page.count("Retention rule") >= len(due)
    assert (
        not Contact.objects.filter(customer__in=[move.customer_id for move in due])
        .exclude(name=erasure.ERASED)
        .exists()
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"typed": "7"}, "Type the number of customers"),
        ({"reason": " "}, "No reason is given"),
        ({"move": ["SEV-0000-0000"]}, "There is no customer SEV-0000-0000"),
        ({"move": []}, "Name a customer"),
    ],
)
def test_a_slip_erases_nothing_and_says_what_is_wrong(
    admin: Browser, due: list[Move], change: dict[str, Any], sentence: str
) -> None:
    given = {"move": [due[0].reference], "reason": "request 12", "typed": "1", **change}
    answer = admin.post(ERASE, given)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Event.objects.filter(tag=Tag.LOG_ERASED).exists()


def test_one_that_still_runs_keeps_the_others_from_being_erased(
    admin: Browser, built: Portfolio, due: list[Move]
) -> None:
    running = built.by_kind["accept"].reference
    answer = admin.post(ERASE, {"move": [due[0].reference, running], "reason": "request", "typed": "2"})
    assert answer.status_code == 422
    assert f"{running} still runs" in text(answer)
    assert not Event.objects.filter(tag=Tag.LOG_ERASED).exists()
    assert not Decision.objects.filter(name=erasure.ERASED).exists()


def test_whoever_may_only_look_sees_the_record_and_no_button(viewer: Browser, due: list[Move]) -> None:
    page = text(viewer.get(PAGE))
    assert due[0].reference in page
    assert "button--stop" not in page

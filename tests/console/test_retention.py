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
from novation.moves.models import BulkAct, Decision, Move, Programme
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


def asked(admin: Browser, **fields: Any) -> BulkAct:
    """The page that asks, after the button beneath the list was pressed."""
    answer = admin.post(ERASE, fields)
    assert answer.status_code == 303, text(answer)
    return BulkAct.objects.get(pk=answer["Location"].split("/")[-2])


def press(admin: Browser, act: BulkAct, **fields: Any) -> Any:
    return admin.post(f"/console/bulk/{act.pk}/confirm", {"digest": act.digest, **fields})


def test_who_is_due_is_erased_together_and_the_record_says_why(admin: Browser, due: list[Move]) -> None:
    assert len(due) > 1
    assert due[0].reference in text(admin.get(PAGE))
    act = asked(admin, all="yes", reason="Retention rule")
    assert not Event.objects.filter(tag=Tag.LOG_ERASED).exists()
    assert press(admin, act, reason=act.reason, typed=str(len(due))).status_code == 303
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
        ({"typed": "7"}, "Type 1 to confirm"),
        ({"typed": ""}, "not typed"),
        ({"reason": " "}, "No reason is given"),
    ],
)
def test_a_slip_erases_nothing_and_says_what_is_wrong(
    admin: Browser, due: list[Move], change: dict[str, Any], sentence: str
) -> None:
    act = asked(admin, move=due[0].reference)
    answer = press(admin, act, **{"reason": "request 12", "typed": "1", **change})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Event.objects.filter(tag=Tag.LOG_ERASED).exists()


def test_a_reference_that_nobody_has_and_none_at_all_are_told(admin: Browser, due: list[Move]) -> None:
    for given, sentence in (
        ({"move": "SEV-0000-0000"}, "There is no customer SEV-0000-0000"),
        ({}, "Nobody was"),
    ):
        assert sentence in text(admin.post(ERASE, given, follow=True))
    assert not BulkAct.objects.exists()


def test_one_that_runs_again_at_the_press_is_left_and_the_others_are_erased(
    admin: Browser, due: list[Move]
) -> None:
    act = asked(admin, move=[due[0].reference, due[1].reference])
    Move.objects.filter(pk=due[1].pk).update(stage="asking")
    assert press(admin, act, reason="request", typed="2").status_code == 303
    assert [event.move_id for event in Event.objects.filter(tag=Tag.LOG_ERASED)] == [due[0].pk]
    assert not Decision.objects.filter(move=due[1], name=erasure.ERASED).exists()
    page = text(admin.get(f"/console/bulk/{act.pk}/"))
    assert "Changed after you were shown the list" in page


def test_whoever_may_only_look_sees_the_record_and_no_button(viewer: Browser, due: list[Move]) -> None:
    page = text(viewer.get(PAGE))
    assert due[0].reference in page
    assert "button--stop" not in page

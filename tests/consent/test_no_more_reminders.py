"""No more reminders: one click without cookies stops them; opening the address, or guessing one, stops nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.notices import services
from novation.notices.models import Link, Notice
from tests.telling import NOW, Sink, deliver, make_move

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reminded(sink: Sink) -> Move:
    move = make_move(notice="sent", decision="asked")
    services.queue(move=move, purpose="reminder-1", now=NOW)
    deliver()
    return move


def address(sink: Sink) -> str:
    found = re.search(r"<https?://[^/]+(/u/[\w-]{43})>", str(sink.last()["List-Unsubscribe"]))
    assert found
    return found.group(1)


def stopped() -> bool:
    return Link.objects.exclude(reminders_stopped_at=None).exists()


def test_a_reminder_carries_both_headers_and_a_notice_neither(reminded: Move, sink: Sink) -> None:
    assert sink.last()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "mailto:" in str(sink.last()["List-Unsubscribe"])
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    deliver()
    assert "List-Unsubscribe" not in sink.last() and "List-Unsubscribe-Post" not in sink.last()


def test_one_click_without_cookies_stops_the_reminders_and_nothing_else(reminded: Move, sink: Sink) -> None:
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(address(sink), ONE_CLICK).status_code == 200
    assert stranger.post(address(sink), ONE_CLICK).status_code == 200
    assert Event.objects.filter(tag=Tag.NOTICE_REMINDERS_STOPPED).count() == 1
    for purpose in ("reminder-2", "code"):
        about = (
            {"code": str(services.issue_code(Link.objects.get(), now=NOW).pk)} if purpose == "code" else {}
        )
        if purpose != "code":
            services.queue(move=reminded, purpose=purpose, now=NOW, about=about)
    deliver()
    states = dict(Notice.objects.values_list("purpose", "state"))
    assert states == {"reminder-1": "sent", "reminder-2": "cancelled", "code": "sent"}
    assert Move.objects.get().decision_state == "asked"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_opening_the_address_stops_nothing(reminded: Move, sink: Sink, method: str) -> None:
    answer = getattr(Client(), method)(address(sink))
    assert answer.status_code in (200, 405)
    assert not stopped()


def test_the_page_asks_first_and_then_says_so(reminded: Move, sink: Sink) -> None:
    browser = Client()
    assert b"No more reminders?" in browser.get(address(sink)).content
    assert b"You get no more reminders" in browser.post(address(sink)).content
    assert stopped()
    assert b"You get no more reminders" in browser.get(address(sink)).content


@pytest.mark.parametrize("end", ["A" * 43, "x", "A" * 44, "..%2f", "-" * 43])
def test_a_guessed_address_stops_nothing(reminded: Move, end: str) -> None:
    assert Client().post(f"/u/{end}", ONE_CLICK).status_code == 404
    assert not stopped()


def test_it_works_when_the_personal_link_has_run_out(reminded: Move, sink: Sink) -> None:
    Link.objects.update(expires_at=NOW - timedelta(days=1))
    Client().post(address(sink), ONE_CLICK)
    assert stopped()


def test_the_personal_link_is_not_told_by_the_address_that_stops(reminded: Move, sink: Sink) -> None:
    token = address(sink).rpartition("/")[2]
    assert services.resolve(token, now=NOW) is None
    kept = bytes(Notice.objects.get().document.content)  # type: ignore[union-attr]  # it was sent
    assert token.encode() not in kept

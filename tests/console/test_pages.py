"""Every page opens for every customer, in every state, with the sentence that matters."""

import html

from django.test import Client

from novation.clock import FixedClock
from novation.domain.tracks import Track, shown
from novation.operations.models import Task
from tests.console.conftest import Browser
from tests.console.portfolio import STANDS, Portfolio, people

PLACES = (
    "",
    "customers/",
    "readiness/",
    "way/",
    "way/?forecast=1",
    "waves/",
    "tasks/",
    "findings/",
    "evidence/",
)


def test_every_page_opens_with_one_heading(operator: Browser) -> None:
    for place in PLACES:
        answer = operator.get(f"/console/{place}")
        assert answer.status_code == 200, place
        assert answer.content.count(b"<h1") == 1, place


def test_every_page_opens_before_there_is_a_programme(db: None, fixed: FixedClock) -> None:
    browser = Client()
    browser.force_login(people()["admin"], backend="django.contrib.auth.backends.ModelBackend")
    for place in PLACES:
        answer = browser.get(f"/console/{place}")
        assert answer.status_code == 200, place
        said = b"0 entries" if place == "evidence/" else b"novation connect source"
        assert said in answer.content or place == "evidence/", place


def test_a_customer_in_every_state_has_its_page(operator: Browser, built: Portfolio) -> None:
    for kind, states in STANDS:
        move = built.by_kind[kind]
        answer = operator.get(f"/console/customers/{move.reference}/")
        assert answer.status_code == 200, kind
        page = html.unescape(answer.content.decode())
        assert move.customer.tenant_id in page
        for track, state in states.items():
            assert shown(Track(track), state).word in page, (kind, track)


def test_every_open_task_has_its_page(operator: Browser, built: Portfolio) -> None:
    for task in Task.objects.filter(state="open"):
        answer = operator.get(f"/console/tasks/{task.pk}/")
        assert answer.status_code == 200, task


def test_every_wave_has_its_page(operator: Browser, built: Portfolio) -> None:
    for wave in built.waves:
        assert operator.get(f"/console/waves/{wave.pk}/").status_code == 200

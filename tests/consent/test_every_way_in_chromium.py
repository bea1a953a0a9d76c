"""The full matrix: every decision, language and width, with and without script, by keyboard alone; and machines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from novation import clock
from novation.consent.models import Attempt
from novation.moves.models import Decision, Message, Move
from tests.consent.browsing import chromium, violations
from tests.consent.keyboard import decide_by_keyboard, open_context
from tests.consent.test_scanners import GUESSES
from tests.telling import NOW, Sink, contact_of, mail_server, make_move, make_programme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KINDS = ("mandate", "self", "declined", "question", "delegated")
LANGUAGES = ("en", "de", "fr", "es", "cs")
WIDTHS = (320, 768, 1280)


@pytest.fixture
def site(live_server: Any, settings: Any) -> Iterator[str]:
    settings.NOVATION_PUBLIC_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    before = clock.use_clock(clock.FixedClock(NOW))
    yield live_server.url
    clock.use_clock(before)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with mail_server(settings) as sink:
        yield sink


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    with chromium(chromium_path) as browser:
        yield browser


@pytest.fixture(scope="module")
def chromium_path(chromium: str) -> str:
    return chromium


@pytest.mark.soak
def test_all_decisions_in_all_languages_at_all_widths_with_and_without_script(
    browser: Browser, site: str, sink: Sink
) -> None:
    faults, done = [], 0
    make_programme()
    for kind, language, width, script in itertools.product(KINDS, LANGUAGES, WIDTHS, (True, False)):
        move = make_move(notice="sent", decision="asked", language=language)
        context, page = open_context(browser, site, java_script_enabled=script)
        page.set_viewport_size({"width": width, "height": 800})
        name = f"{kind} {language} {width} {'script' if script else 'no script'}"

        def look(page: Page, name: str = name, script: bool = script, width: int = width) -> None:
            if script:
                faults.extend(f"{name}: {fault}" for fault in violations(page))
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    faults.append(f"{name}: {wide} px wide at {page.url}")

        decide_by_keyboard(page, site, move, kind, sink, look=look)
        decision = Decision.objects.get(move=move)
        assert (decision.kind, decision.language) == (kind, language), name
        context.close()
        done += 1
    assert not faults, "\n".join(faults[:20])
    assert done == 150


def press_everything(page: Page, link: str, rounds: int) -> None:
    """A headless browser that fills in what it finds and presses every button and link it has not pressed."""
    page.goto(link)
    pressed: set[str] = set()
    for _ in range(rounds):
        for field in page.locator("input:visible, textarea:visible").all():
            try:
                kind = field.get_attribute("type", timeout=500)
                name = field.get_attribute("name", timeout=500) or ""
                if kind in ("radio", "checkbox"):
                    field.check(timeout=500)
                else:
                    field.fill(GUESSES.get(name, "test"), timeout=500)
            except Error:
                continue  # it stands behind another choice, or went away with one
        buttons = page.locator("main a:visible, main button:visible").all()
        fresh = [one for one in buttons if f"{page.url} {one.inner_text()}" not in pressed]
        if not fresh:
            page.goto(link)
            continue
        pressed.add(f"{page.url} {fresh[0].inner_text()}")
        try:
            fresh[0].click(timeout=1500)
        except Error:
            page.goto(link)


def let_loose(browser: Browser, site: str, links: int, rounds: int) -> None:
    from novation.notices import services

    programme = make_programme()
    for _ in range(links):
        move = make_move(programme, notice="sent", decision="asked", items=1)
        _, url = services.link_for(move, contact_of(move), now=NOW)
        context, page = open_context(browser, site)
        press_everything(page, f"{site}/r/{url.rpartition('/')[2]}", rounds)
        context.close()
        Attempt.objects.all().delete()  # every machine comes from a network of its own
    assert not Decision.objects.exists() and not Message.objects.exists()
    assert set(Move.objects.values_list("decision_state", flat=True)) == {"asked"}


def test_a_headless_browser_that_presses_everything_decides_nothing(browser: Browser, site: str) -> None:
    let_loose(browser, site, links=1, rounds=12)


@pytest.mark.soak
def test_headless_browsers_on_many_links_decide_nothing(browser: Browser, site: str) -> None:
    let_loose(browser, site, links=40, rounds=30)

"""Every page and state in a real browser: accessible, on any width, without and with script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from novation import clock
from novation.consent.models import Report
from novation.moves.models import Decision, Move
from tests.consent.browsing import (
    SHOTS,
    chromium,
    decided,
    scenes,
    shoot,
    token_of,
    violations,
    with_attestation,
)
from tests.consent.keyboard import decide_by_keyboard, open_context
from tests.telling import NOW, Sink, code_in, deliver, mail_server, make_move

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = {"phone": 390, "desk": 1440}


@pytest.fixture(scope="module")
def browser_path(chromium: str) -> str:
    return chromium


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
def browser(browser_path: str) -> Iterator[Browser]:
    with chromium(browser_path) as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_an_accessibility_fault_or_scrolls_sideways(
    browser: Browser, site: str, scheme: Any
) -> None:
    faults = []
    context, page = open_context(browser, site, color_scheme=scheme)
    for name, (move, address) in scenes().items():
        context.add_cookies([{"name": "my", "value": token_of(move), "url": site}])
        page.goto(site + address)
        assert page.url == site + address, f"{name} went to {page.url}"
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                faults.append(f"{name} {width}: {wide} px wide")
        faults += [f"{name} {scheme}: {fault}" for fault in violations(page)]
        for shape, width in WIDTHS.items() if SHOTS else ():
            page.set_viewport_size({"width": width, "height": 900})
            shoot(page, f"{name}-{scheme}-{shape}")
    page.goto(f"{site}/campaign/?lang=de")
    faults += [f"campaign {scheme}: {fault}" for fault in violations(page)]
    context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_mandate_can_be_given_in_the_browser(browser: Browser, site: str, sink: Sink, script: bool) -> None:
    move = make_move(notice="sent", decision="asked")
    context, page = open_context(browser, site, java_script_enabled=script)
    page.set_default_timeout(10_000)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/r/{token_of(move)}")
    page.get_by_role("link", name="See what you can decide").click()
    page.get_by_role("button", name="Continue").click()
    assert "Please choose one of the five." in page.inner_text("main")
    if script:
        assert violations(page) == []
    shoot(page, "decide-error-light-phone")
    page.get_by_role("radio", name=re.compile("Authorise")).check()
    shoot(page, "decide-mandate-light-phone")
    page.get_by_role("button", name="Continue").click()
    if script:
        assert violations(page) == []
    shoot(page, "check-light-phone")
    page.get_by_role("button", name="Send me a code").click()
    deliver()
    page.get_by_role("button", name="I authorise").click()
    if script:
        assert violations(page) == []
    shoot(page, "check-error-light-phone")
    page.set_viewport_size({"width": 1440, "height": 900})
    shoot(page, "check-error-light-desk")
    page.get_by_label("Your position in the company").fill("Managing director")
    page.get_by_role("checkbox").check()
    page.get_by_label("The six digits").fill(code_in(sink.last()))
    page.get_by_role("button", name="I authorise").click()
    assert page.url == f"{site}/my/receipt/"
    assert Decision.objects.get().kind == "mandate"
    context.close()


#: Every decision, every language and every width at least once, with and without script.
ROUNDS = [
    ("mandate", "de", 320, True),
    ("self", "fr", 768, True),
    ("declined", "es", 1280, True),
    ("question", "cs", 320, True),
    ("delegated", "en", 1280, True),
    ("mandate", "cs", 1280, False),
    ("self", "es", 320, False),
    ("declined", "fr", 768, False),
    ("question", "de", 768, False),
    ("delegated", "fr", 320, False),
]


@pytest.mark.parametrize(("kind", "language", "width", "script"), ROUNDS)
def test_every_decision_can_be_taken_by_keyboard_alone(
    browser: Browser, site: str, sink: Sink, kind: str, language: str, width: int, script: bool
) -> None:
    move = make_move(notice="sent", decision="asked", language=language)
    context, page = open_context(browser, site, java_script_enabled=script)
    page.set_viewport_size({"width": width, "height": 800})
    decide_by_keyboard(page, site, move, kind, sink, shot=f"check-{kind}-{language}-{width}")
    decision = Decision.objects.get()
    assert (decision.kind, decision.language) == (kind, language)
    context.close()


def test_the_page_looks_again_by_itself_when_something_has_changed(
    browser: Browser, site: str, sink: Sink
) -> None:
    move = decided("mandate", agreement="preparing")
    context, page = open_context(browser, site)
    page.clock.install()
    page.goto(f"{site}/r/{token_of(move)}")
    page.goto(f"{site}/my/agreement/")
    assert page.locator("iframe").count() == 0
    with_attestation(move)
    Move.objects.filter(pk=move.pk).update(agreement_state="issued")
    page.clock.run_for(6_000)
    page.wait_for_selector("iframe")
    context.close()


def test_only_the_agreement_may_show_a_foreign_page_and_only_one_origin(
    browser: Browser, site: str, settings: Any
) -> None:
    move = with_attestation(decided("mandate", agreement="issued"))
    context, page = open_context(browser, site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(f"{site}/r/{token_of(move)}")
    answer = page.goto(f"{site}/my/agreement/")
    assert answer is not None
    assert f"frame-src {settings.NOVATION_COMPONENT_ORIGIN}" in answer.headers["content-security-policy"]
    foreign = [url for url in asked if not url.startswith(site)]
    assert foreign == ["https://partner.microsoft.com/agreement/1"]
    assert not [text for text in refused if "Content Security Policy" in text]
    context.close()


def test_a_fake_is_reported_from_the_open_page(browser: Browser, site: str, sink: Sink) -> None:
    """A browser says where a form comes from only when the page lets it; Django refuses one that does not."""
    make_move(notice="sent", decision="asked")
    page = browser.new_context(base_url=site, java_script_enabled=False).new_page()
    page.goto("/campaign/")
    page.fill("[name=text]", "A mail from evil.example asks for my password")
    page.click("main button")
    page.wait_for_url("**/campaign/?reported=1")
    assert "evil.example" in Report.objects.get().text

"""The console in a real Chromium: no finding of axe, no sideways scrolling, the keyboard, and without a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from novation import clock
from novation.clock import FixedClock
from novation.console.bulk_acts import ACTS
from novation.domain.steps import TaskKind
from novation.moves.models import BulkAct, Move
from novation.moves.services import bulk_acts, tasks
from novation.operations.models import Task
from tests.console import portfolio
from tests.console.portfolio import NOW, PASSWORD, Portfolio

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def built(live_server: Any, settings: Any) -> Iterator[Portfolio]:
    """The portfolio behind a server, in the database that both share."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    before = clock.use_clock(FixedClock(NOW))
    with transaction.atomic():
        made = portfolio.build(len(portfolio.STANDS))
    yield made
    clock.use_clock(before)


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    # Playwright runs its own loop in this thread; Django would take the test for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def signed_in(browser: Browser, url: str, built: Portfolio, who: str, **details: Any) -> BrowserContext:
    """A window of one person; a request to another host fails the test through the page's console."""
    client = Client()
    client.force_login(built.people[who], backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(base_url=url, **details)
    context.route(lambda address: not address.startswith(url), lambda route: route.abort())
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
    return context


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what its console complains of: policy violations, failed requests, script errors."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    return page, said


def faults(page: Page) -> list[str]:
    """What axe finds: rule and place."""
    result: Any = Axe().run(page)
    return [
        f"{rule['id']}: {node['target']}" for rule in result.response["violations"] for node in rule["nodes"]
    ]


def places(built: Portfolio) -> dict[str, str]:
    """Every page, in the states in which it looks different."""
    held = built.task(TaskKind.ACCEPT, "accept")
    out = {
        "home": "/console/",
        "customers": "/console/customers/",
        "customers-compact": "/console/customers/?density=compact&show=needs-you",
        "customers-none": "/console/customers/?q=Nobody",
        "waves": "/console/waves/",
        "queue": "/console/tasks/",
        "queue-empty": "/console/tasks/?show=mine",
        "findings": "/console/findings/",
        "readiness": "/console/readiness/",
        "way": "/console/way/",
        "evidence": "/console/evidence/",
        "retention": "/console/evidence/retention/",
        "mail": "/console/mail/",
        "texts": "/console/texts/",
        "text": "/console/texts/announcement/en/",
        "missing": "/console/customers/NOV-0/",
        "accept": f"/console/tasks/{held.pk}/",
        "keys": "/accounts/2fa/",
        "sign-out": "/accounts/logout/",
    }
    for kind in ("fresh", "question", "accept", "failed", "closed", "declined"):
        out[f"customer-{kind}"] = f"/console/customers/{built.by_kind[kind].reference}/"
    for task in Task.objects.filter(state="open"):
        out.setdefault(f"task-{task.kind}", f"/console/tasks/{task.pk}/")
    for wave in built.waves:
        out[f"wave-{wave.state}"] = f"/console/waves/{wave.pk}/"
    for name, act in bulk_pages(built).items():
        out[f"bulk-{name}"] = f"/console/bulk/{act.pk}/"
    return out


def bulk_pages(built: Portfolio) -> dict[str, BulkAct]:
    """The page of acts on many customers: it asks, nobody is concerned, a pause is chosen, results."""
    admin, everybody = built.people["admin"], Move.objects.all()

    def listed(name: str, moves: Any = everybody) -> BulkAct:
        work = ACTS[name].work
        return bulk_acts.prepare(
            built.programme, name, work, moves, person=admin, now=NOW, place="/console/customers/?show=paused"
        )

    def done(act: BulkAct, reason: str) -> BulkAct:
        work = ACTS[act.act].work
        typed = str(act.items.filter(state="listed").count())
        bulk_acts.confirm(act, work, digest=act.digest, reason=reason, typed=typed, person=admin, now=NOW)
        bulk_acts.perform_round(BulkAct.objects.get(pk=act.pk), work, now=NOW, limit=40)
        return act

    first = listed("pause", everybody.filter(pk__in=[built.by_kind[kind].pk for kind in ("told", "silent")]))
    return {
        "results": done(first, "Court order, do not touch before the judge in Brünn has read all of it " * 4),
        "rest": done(listed("pause"), "Mail server moves"),
        "ask": listed("pause"),
        "options": listed("resume"),
        "nobody": listed("wave", everybody.exclude(wave=None)),
        "erase": listed("erase"),
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_an_accessibility_fault_or_scrolls_sideways(
    browser: Browser, live_server: Any, built: Portfolio, scheme: Any, width: int
) -> None:
    context = signed_in(
        browser,
        live_server.url,
        built,
        "admin",
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    page, said = watched(context)
    found: list[str] = []
    for name, place in places(built).items():
        page.goto(place)
        page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true })")
        found += [f"{name}: {fault}" for fault in faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name}: scrolls sideways")
        if page.locator("h1").count() != 1:
            found.append(f"{name}: not one h1")
    expected = "the server responded with a status of 404"
    assert found == []
    assert [line for line in said if expected not in line] == []


def test_the_sign_in_has_no_fault_and_opens_the_console(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    context = browser.new_context(base_url=live_server.url)
    page, said = watched(context)
    page.goto("/console/customers/")
    assert faults(page) == []
    page.fill("[name=login]", "operator@partner.example")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/console/customers/")  # the sign-in names it as `next`
    assert page.locator("h1").inner_text() == "Customers"
    assert said == []


def test_an_acceptance_works_by_keyboard_alone_and_without_a_script(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    task = built.task(TaskKind.ACCEPT, "accept")
    context = signed_in(browser, live_server.url, built, "operator", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/console/tasks/{task.pk}/")
    page.get_by_role("button", name="Take this task").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#typed")
    page.focus("#typed")
    page.keyboard.type(task.customer.domain)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The tenant is the right one.")
    second = signed_in(browser, live_server.url, built, "approver", java_script_enabled=False).new_page()
    second.goto(f"/console/tasks/{task.pk}/")
    second.get_by_role("button", name="I have read the mandate and approve").click()
    second.wait_for_selector("text=Approved. Somebody else does the work.")
    page.reload()
    page.get_by_role("radio", name="Done Microsoft said so").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Finish task").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Task ended: Done. Thank you.")
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("ended", "done")


def test_the_second_approval_appears_without_a_reload(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    task = built.task(TaskKind.ACCEPT, "accept")
    holder, second = built.people["operator"], built.people["approver"]
    tasks.take(task, holder, NOW)
    tasks.check_tenant(task, holder, task.customer.domain, NOW)
    page, said = watched(signed_in(browser, live_server.url, built, "operator"))
    page.goto(f"/console/tasks/{task.pk}/")
    assert page.locator("#steps").get_by_text("Waiting").count() == 1
    tasks.approve(task, second, NOW)
    # What the page asks for every ten seconds, asked now.
    page.evaluate("htmx.trigger('#steps', 'every')")
    page.evaluate(
        "htmx.ajax('GET', location.pathname, {target: '#steps', select: '#steps', swap: 'outerHTML'})"
    )
    page.get_by_text("read the mandate and agreed").wait_for()
    assert page.get_by_role("link", name="Open the invitation").count() == 1
    assert said == []


def test_the_lease_clock_turns_amber_near_its_end(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    task = built.task(TaskKind.CALL, "silent")
    tasks.take(task, built.people["operator"], NOW - timedelta(minutes=18, seconds=30))
    page, said = watched(signed_in(browser, live_server.url, built, "operator"))
    page.goto(f"/console/tasks/{task.pk}/")
    assert page.get_by_role("timer").inner_text() in ("1:30", "1:29", "1:28")
    assert page.locator(".state--wait").get_by_text("Ends soon").count() == 1
    assert said == []


def test_customers_are_ticked_and_made_into_a_wave(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    page, said = watched(signed_in(browser, live_server.url, built, "operator"))
    page.goto("/console/customers/?stage=ready")
    assert not page.get_by_role("button", name="Make a wave of them").is_visible()
    move = built.by_kind["fresh"]
    page.get_by_role("checkbox", name=f"Select {move.customer.name}").check()
    assert page.get_by_text("1 selected").is_visible()
    page.get_by_role("button", name="Make a wave of them").click()
    page.get_by_role("heading", name="Make a wave of 1 customer?").wait_for()
    page.get_by_label("Reason").fill("First of all")
    page.get_by_role("button", name="Make a wave of 1 customer").click()
    page.get_by_role("link", name="Open the wave").click()
    page.wait_for_url("**/console/waves/*/")
    assert page.get_by_text("No second person has agreed to this list yet.").is_visible()
    second, _ = watched(signed_in(browser, live_server.url, built, "approver"))
    second.goto(page.url)
    second.get_by_role("button", name="I agree to this list").click()
    second.get_by_text("You agreed to this list of 1 customers.").wait_for()
    page.get_by_label("Type 1 to confirm").fill("1")
    page.get_by_role("button", name="Launch wave 4").click()
    page.get_by_text("Launched: 1 customer will be informed.").wait_for()
    wave = Move.objects.get(pk=move.pk).wave
    assert wave is not None and wave.state == "running"
    assert said == []


def test_the_slash_key_goes_to_the_search_and_the_skip_link_to_the_content(
    browser: Browser, live_server: Any, built: Portfolio
) -> None:
    page, _ = watched(signed_in(browser, live_server.url, built, "viewer"))
    page.goto("/console/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    page.keyboard.type("dvorak")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/customers/?q=dvorak")
    assert page.get_by_role("link", name="Strojírny").count() >= 1


def test_everybody_who_matches_is_paused_by_keyboard_and_the_page_goes_on_by_itself(
    browser: Browser, live_server: Any, built: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_acts.perform_round, "__kwdefaults__", {"limit": 25})
    with transaction.atomic():
        for number in range(60):
            portfolio.customer(built.programme, 300 + number, {}, None)
    page, said = watched(signed_in(browser, live_server.url, built, "operator"))
    page.goto("/console/customers/?q=firma03")
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Space")
    assert page.get_by_text("25 selected").is_visible()
    page.get_by_label("Select all 60 matching, not only this page").focus()
    page.keyboard.press("Space")
    assert page.get_by_text("60 selected").is_visible()
    page.get_by_role("button", name="Pause", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Pause 60 customers?").wait_for()
    page.get_by_label("Reason").focus()
    page.keyboard.type("Mail server moves")
    page.keyboard.press("Tab")
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    page.get_by_text("60 done, 0 not done, 0 left out.").wait_for()
    page.get_by_role("link", name="Back to the list").first.click()
    page.wait_for_url("**/console/customers/?q=firma03")
    assert said == []
    assert Move.objects.filter(paused=True, customer__domain__startswith="firma03").count() == 60

"""A person without a mouse: goes through the pages of a decision with Tab, Space, arrows and Enter alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from novation.moves.models import Move
from tests.consent.browsing import shoot, token_of
from tests.telling import Sink, code_in, deliver

KINDS = ("mandate", "self", "declined", "question", "delegated")


def open_context(browser: Browser, site: str, **details: Any) -> tuple[BrowserContext, Page]:
    """A browser of its own that reaches our site and nothing else."""
    context = browser.new_context(**details)
    context.route(lambda url: not url.startswith(site), lambda route: route.abort())
    return context, context.new_page()


def press_until(page: Page, selector: str) -> None:
    """Presses the Tab key until the element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def decide_by_keyboard(
    page: Page,
    site: str,
    move: Move,
    kind: str,
    sink: Sink,
    *,
    look: Callable[[Page], None] = lambda page: None,
    shot: str = "",
) -> None:
    """The way from the link to the receipt; `look` is called on each page."""
    page.set_default_timeout(15_000)
    page.goto(f"{site}/r/{token_of(move)}")
    look(page)
    page.goto(f"{site}/my/decide/")
    # One of a group of radio buttons takes the focus; the arrows choose among them.
    press_until(page, "[name=decision]")
    page.keyboard.press("Space")
    for _ in range(KINDS.index(kind)):
        page.keyboard.press("ArrowDown")
    look(page)
    if kind == "question":
        press_until(page, "#f-question")
        page.keyboard.type("Wann? Kdy? Quand?")
    if kind == "delegated":
        press_until(page, "#f-colleague_name")
        page.keyboard.type("Eva Malá")
        press_until(page, "#f-colleague_email")
        page.keyboard.type(f"eva{move.pk}@strojirny.example")
    press_until(page, "main form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/check/**")
    look(page)
    press_until(page, "#code button")
    page.keyboard.press("Enter")
    page.wait_for_url("**#code")
    deliver()
    if kind not in ("question", "delegated"):
        press_until(page, "#f-function")
        page.keyboard.type("Jednatelka")
        press_until(page, "#f-authority")
        page.keyboard.press("Space")
    press_until(page, "#f-code")
    own = {contact.email for contact in move.customer.contacts.all()}
    mine = [m for to, m in sink.arrived if to in own and any(c.isdigit() for c in m["Subject"])]
    page.keyboard.type(code_in(mine[-1]))
    if shot:
        shoot(page, shot)
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/receipt/")
    look(page)

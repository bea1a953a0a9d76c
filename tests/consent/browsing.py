"""A real Chromium on the customer's pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from novation.customers.models import Contact
from novation.moves.models import AdminAccount, Attestation, Grant, Move
from novation.moves.services import decisions
from novation.notices import services
from tests.telling import NOW, contact_of, make_move

#: A screenshot of every page goes here when it is set.
SHOTS = os.environ.get("SHOTS", "")


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    # Playwright runs its own loop in this thread; Django would take the test for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def token_of(move: Move) -> str:
    _, url = services.link_for(move, contact_of(move), now=NOW)
    return url.rpartition("/")[2]


def violations(page: Page) -> list[str]:
    """What axe finds on the page: rule and place."""
    result: Any = Axe().run(page)
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in result.response["violations"]
        for node in rule["nodes"]
    ]


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def decided(kind: str, **states: str) -> Move:
    """A customer who decided a while ago."""
    move = make_move(notice="sent", decision="asked")
    decisions.record_decision(
        move=move,
        kind=kind,
        contact=contact_of(move),
        level="A1",
        name="Jana Žďárská",
        function="Managing director",
        email=contact_of(move).email,
        authority="I may act.",
        statement="We agree.",
        wording="page-test",
        language="en",
        shown=b"<html>",
        code_check="mail test",
        link_id="test",
        address="127.0.0.1",
        agent="test",
        reason="Eva Malá" if kind == "delegated" else "When does it happen?",
        delegate=("Eva Malá", "eva@strojirny.example") if kind == "delegated" else None,
        now=NOW,
    )
    move = Move.objects.get(pk=move.pk)
    for track, state in states.items():
        setattr(move, f"{track}_state", state)
        setattr(move, f"{track}_since", NOW - timedelta(days=2))
    move.save()
    return move


def with_attestation(move: Move, url: str = "https://partner.microsoft.com/agreement/1") -> Move:
    Attestation.objects.create(
        move=move,
        remote_id="a1",
        url=url,
        signatory={"first_name": "Jana", "last_name": "Žďárská", "email": "jana@strojirny.example"},
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    return move


def with_grant(move: Move) -> Move:
    Grant.objects.create(
        move=move, side="target", remote_id=f"g-{move.pk}", status="approvalPending", created_at=NOW
    )
    return move


def admin_accounts_scenes() -> dict[str, tuple[Move, str]]:
    """An administrator account of the customer's own, in each state."""
    found = {}
    for state in ("asked", "made", "ran-out", "handed-over", "not-made"):
        move = decided("self", relationship="waiting")
        Contact.objects.filter(customer=move.customer).update(phone="+420 541 000 123")
        AdminAccount.objects.create(
            move=move,
            contact=contact_of(move),
            person="Eva Malá-Wolfeschlegelsteinhausenbergerdorff",
            email="eva@strojirny.example",
            asked_by="Jana Žďárská",
            level="A1",
            asked_at=NOW,
            state="made" if state == "ran-out" else state,
            username=f"eva.mala-wolfeschlegelsteinhausen@{move.customer.domain}",
            secret_until=NOW + timedelta(days=-1 if state == "ran-out" else 7),
            handed_over_at=NOW,
        )
        found[f"admin-{state}"] = (move, "/my/admin/")
    return found


def scenes() -> dict[str, tuple[Move, str]]:
    """Every state in which a page can be met: name -> move and address."""
    asked = make_move(notice="sent", decision="asked")
    empty = make_move(notice="sent", decision="asked", items=0, person="Petr")
    preparing = decided("mandate", agreement="preparing")
    issued = with_attestation(decided("mandate", agreement="issued", relationship="task"))
    alone = with_grant(with_attestation(decided("self", agreement="issued", access="pending")))
    done = decided(
        "mandate",
        agreement="valid",
        relationship="accepted",
        access="usable",
        transfer="verified",
        closeout="closed",
    )
    return {
        "start": (asked, "/my/"),
        "start-without-subscriptions": (empty, "/my/"),
        "decide": (asked, "/my/decide/"),
        "ask": (asked, "/my/ask/"),
        "status-undecided": (asked, "/my/status/"),
        "receipt-mandate": (issued, "/my/receipt/"),
        "receipt-self": (alone, "/my/receipt/"),
        "receipt-declined": (decided("declined"), "/my/receipt/"),
        "receipt-question": (decided("question"), "/my/receipt/"),
        "receipt-delegated": (decided("delegated"), "/my/receipt/"),
        "status-question": (decided("question"), "/my/status/"),
        "agreement-preparing": (preparing, "/my/agreement/"),
        "agreement-open": (issued, "/my/agreement/"),
        "agreement-foreign": (
            with_attestation(decided("mandate", agreement="issued"), "https://elsewhere.example/1"),
            "/my/agreement/",
        ),
        "agreement-refused": (decided("mandate", agreement="refused"), "/my/agreement/"),
        "agreement-done": (done, "/my/agreement/"),
        "self": (alone, "/my/self/"),
        "self-begin": (decided("self"), "/my/self/"),
        "self-done": (
            decided("self", agreement="valid", relationship="accepted", access="usable"),
            "/my/self/",
        ),
        "status-mandate": (issued, "/my/status/"),
        "status-done": (done, "/my/status/"),
        "admin": (asked, "/my/admin/"),
        **admin_accounts_scenes(),
        "download": (done, "/my/download/"),
        "withdraw": (issued, "/my/withdraw/"),
        "withdraw-too-late": (done, "/my/withdraw/"),
    }

"""Machines that follow links, and even fill in forms, decide nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from novation.moves.models import Decision, Message, Move
from novation.notices import services
from novation.notices.models import Link
from tests.consent.visitor import Fields, Visitor
from tests.telling import NOW, contact_of, make_move, make_programme

pytestmark = pytest.mark.django_db

GUESSES = {
    "name": "John Smith",
    "function": "Director",
    "phone": "555 0100",
    "authority": "yes",
    "code": "123456",
    "decision": "mandate",
    "question": "test",
    "reason": "test",
    "colleague_name": "John Smith",
    "colleague_email": "john@scanner.example",
}


def fetch(client: Client, link: str) -> None:
    """Safe Links, a mail gateway: fetches the address, does not follow."""
    client.get(link)


def peek(client: Client, link: str) -> None:
    """A preview that asks for the head only, and for what is allowed."""
    client.head(link)
    client.options(link)


def prefetch(client: Client, link: str) -> None:
    """A browser that fetches in advance."""
    client.get(link, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}, follow=True)


def crawl(client: Client, link: str) -> None:
    """Follows every link of every page it reaches."""
    page = client.get(link, follow=True)
    seen, open_ = set(), re.findall(r'href="(/my/[^"]*)"', page.content.decode())
    while open_:
        address = open_.pop()
        if address not in seen:
            seen.add(address)
            page = client.get(address, follow=True)
            open_ += re.findall(r'href="(/my/[^"]*)"', page.content.decode())


def submit(client: Client, link: str) -> None:
    """Fills in every form on every page with what fits, presses every button, and tries codes."""
    client.get(link, follow=True)
    for start in ("/my/decide/", "/my/ask/", "/my/withdraw/", "/my/agreement/", "/my/self/"):
        page = client.get(start, follow=True)
        for _ in range(4):
            fields = Fields()
            fields.feed(page.content.decode())
            for action, hidden in fields.forms.items():
                page = client.post(action, {**hidden, **GUESSES}, follow=True)


ZOO: list[Callable[[Client, str], None]] = [fetch, peek, prefetch, crawl, submit]


def let_loose(links: int) -> None:
    programme = make_programme()
    for number in range(links):
        move = make_move(programme, notice="sent", decision="asked", items=1)
        _, url = services.link_for(move, contact_of(move), now=NOW)
        machine = ZOO[number % len(ZOO)]
        machine(Client(enforce_csrf_checks=True), url.removeprefix("http://127.0.0.1:8000"))
    assert not Decision.objects.exists()
    assert not Message.objects.exists()
    assert set(Move.objects.values_list("decision_state", flat=True)) == {"asked"}


def test_no_machine_of_the_zoo_decides_anything(visitor: Visitor) -> None:
    let_loose(15)
    assert Link.objects.exclude(fetched_at=None).count() >= 12  # they did come in


@pytest.mark.soak
def test_a_thousand_links_among_machines_stay_undecided(visitor: Visitor) -> None:
    let_loose(1000)

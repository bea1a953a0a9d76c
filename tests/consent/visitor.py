"""A person at a browser, without the browser: follows links, fills in forms, reads its mail."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from novation import clock
from novation.moves.models import Move
from novation.notices import services
from tests.telling import NOW, Sink, code_in, contact_of, deliver, link_in


class Fields(HTMLParser):
    """The forms of a page: action -> hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms.setdefault(values.get("action", ""), {})
        elif tag == "input" and self._form is not None and values.get("type") == "hidden":
            self._form[values["name"]] = values.get("value", "")


class Visitor:
    """One browser with its cookies; CSRF is checked as in real life."""

    def __init__(self, sink: Sink, at: datetime = NOW) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=True)
        self.sink = sink
        self.page: Any = None
        self.at = at
        clock.use_clock(clock.FixedClock(at))

    def get(self, address: str, **headers: Any) -> HttpResponse:
        self.page = self.client.get(address, follow=True, **headers)
        return self.page

    def text(self) -> str:
        return str(self.page.content.decode())

    def words(self) -> str:
        """The visible words of the page."""
        bare = re.sub(r"(?s)<(script|style|svg|head).*?</\1>", " ", self.text())
        return " ".join(re.sub(r"<[^>]+>", " ", bare).split())

    def address(self) -> str:
        return str(self.page.request["PATH_INFO"])

    def submit(self, action: str, follow: bool = True, **values: str) -> HttpResponse:
        fields = Fields()
        fields.feed(self.text())
        assert action in fields.forms, f"no form {action} on {self.address()}: {list(fields.forms)}"
        self.page = self.client.post(action, {**fields.forms[action], **values}, follow=follow)
        return self.page

    def arrive(self, move: Move) -> HttpResponse:
        """Opens the personal link."""
        _, url = services.link_for(move, contact_of(move), now=self.at)
        return self.get(url.removeprefix("http://127.0.0.1:8000"))

    def arrive_by_mail(self) -> HttpResponse:
        return self.get(f"/r/{link_in(self.sink.last())}")

    def choose(self, **values: str) -> HttpResponse:
        self.get("/my/decide/")
        return self.submit("/my/decide/", **values)

    def code(self) -> str:
        """Has a code sent and reads the mail."""
        self.submit(f"{self.address()}code/")
        deliver(self.at)
        return code_in(self.sink.last())

    def confirm(self, **values: str) -> HttpResponse:
        return self.submit(
            self.address(),
            **{"name": "Jana Žďárská", "function": "Managing director", "authority": "yes", **values},
        )

    def decide(self, move: Move, kind: str, **values: str) -> HttpResponse:
        """The whole way, from the link to the receipt."""
        self.arrive(move)
        self.choose(decision=kind, **values)
        return self.confirm(code=self.code())

"""A person's browser, as far as forms and links go: cookies, redirects, HTML forms with their hidden fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2


class PageError(Exception):
    """The page did not come, or came as an error."""


@dataclass
class Form:
    """One form: where it goes and what it would send without being touched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _PageParser(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(
                urljoin(self.url, values.get("action", "")), values.get("method", "get").lower()
            )
            self.forms.append(self._form)
        elif tag in ("a", "iframe") and (values.get("href") or values.get("src")):
            self.links.append(urljoin(self.url, values.get("href") or values["src"]))
        elif self._form is not None and values.get("name"):
            self._add_field(self._form, tag, values)

    def _add_field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values["name"], values.get("type", "text").lower()
        if tag not in ("input", "textarea", "select", "button"):
            return
        form.names.add(name)
        if tag == "textarea":
            self._area = name
            form.fields[name] = ""
        elif tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in values:
                form.fields[name] = values.get("value", "on")
        elif tag == "input" and kind not in ("submit", "button", "image", "reset"):
            form.fields[name] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None


@dataclass
class Page:
    """A page as it came."""

    url: str
    status: int
    text: str = field(repr=False)

    @cached_property
    def _parsed(self) -> _PageParser:
        reader = _PageParser(self.url)
        reader.feed(self.text)
        reader.close()
        return reader

    @property
    def links(self) -> list[str]:
        """Addresses of links and frames, complete."""
        return self._parsed.links

    @property
    def forms(self) -> list[Form]:
        """Every form on the page."""
        return self._parsed.forms

    def form(self, *, to: str = "", holding: str = "") -> Form | None:
        """The first form that goes to an address with this ending, or that holds a field of this name."""
        for form in self.forms:
            path = form.action.partition("?")[0]
            if (to and path.endswith(to)) or (holding and holding in form.names):
                return form
        return None

    def require_form(self, *, to: str = "", holding: str = "") -> Form:
        """Like `form`; raises NoPage when it is not there."""
        found = self.form(to=to, holding=holding)
        if found is None:
            raise PageError(f"{self.url} ({self.status}) has no form {to or holding!r}")
        return found


class Browser:
    """One person's browser: cookies of its own, connections shared with the others."""

    def __init__(self, transport: httpx2.BaseTransport, origin: str) -> None:
        self._client = httpx2.Client(
            transport=transport,
            base_url=origin,
            follow_redirects=True,
            timeout=30.0,
            trust_env=False,
            headers={"User-Agent": "Mozilla/5.0 (rehearsal)", "Accept-Language": "en"},
        )

    def get(self, address: str) -> Page:
        """Opens a page.

        Raises:
            NoPage: the server is not there, or has failed.
        """
        return self._request("GET", address, None)

    def submit(self, form: Form, **values: str) -> Page:
        """Sends a form with the given fields filled in, and follows where it leads."""
        return self._request(form.method.upper(), form.action, {**form.fields, **values})

    def submit_and_leave(self, form: Form, **values: str) -> Page:
        """Sends a form and closes the window as soon as it was taken (303), without looking where it leads."""
        return self._request(form.method.upper(), form.action, {**form.fields, **values}, follow=False)

    def _request(
        self, method: str, address: str, data: dict[str, str] | None, *, follow: bool = True
    ) -> Page:
        try:
            answer = self._client.request(method, address, data=data, follow_redirects=follow)
        except httpx2.HTTPError as error:
            raise PageError(f"{method} {address}: {type(error).__name__}") from error
        if answer.status_code >= 500:
            raise PageError(f"{method} {address}: status {answer.status_code}")
        return Page(str(answer.url), answer.status_code, answer.text)


def shared_connections() -> httpx2.HTTPTransport:
    """Connections for all browsers of a rehearsal."""
    return httpx2.HTTPTransport(
        verify=False,  # plain HTTP on loopback: loading certificates would only cost time
        limits=httpx2.Limits(max_connections=32, max_keepalive_connections=16),
    )

"""Around every page of a customer: who is it, in which language, and which headers go with the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import translation

from novation import clock
from novation.consent import rate_limits, services
from novation.customers.models import Contact
from novation.moves.models import Move, Programme
from novation.network import address_of
from novation.notices import services as notices
from novation.notices.models import Link
from novation.notices.services.outbox import language_of

P = ParamSpec("P")

LANGUAGE_COOKIE = "my-language"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by somebody who holds a valid personal link. That alone proves nobody's identity (A0)."""

    request: HttpRequest
    link: Link
    language: str
    now: datetime

    @property
    def move(self) -> Move:
        return self.link.move

    @property
    def contact(self) -> Contact:
        return self.link.contact


class Redirect(HttpResponseRedirect):
    """Goes on with GET, whatever the method was (303)."""

    status_code = 303


def link_cookie() -> str:
    """`__Host-` binds the cookie to this host over TLS; browsers refuse that name without TLS."""
    return "__Host-my" if settings.SECURE else "my"


def visited(view: Callable[Concatenate[Visit, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Makes a page of a function that takes a Visit. Without a valid link there is one page for all reasons."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now = clock.now()
        token = request.COOKIES.get(link_cookie(), "")
        blocked = rate_limits.blocked("link", address_of(request), now=now)
        link = notices.resolve(token, now=now) if token and not blocked else None
        language = language_for(request, link)
        with translation.override(language):
            if request.method == "GET" and "lang" in request.GET:
                response: HttpResponse = Redirect(request.path)
            elif link is None:
                if token:
                    rate_limits.failed("link", address_of(request), now=now)
                response = unknown(request, language)
            else:
                response = view(Visit(request, link, language, now), *args, **kwargs)
        return finished(request, response, language)

    return page


def unknown(request: HttpRequest, language: str) -> HttpResponse:
    """The page for a link that opens nothing: never given out, run out or revoked all look the same."""
    with translation.override(language):
        context = {
            "languages": settings.LANGUAGES,
            "language": language,
            "company": company(),
        }
        return HttpResponse(render_to_string("consent/unknown.html", context, request), status=404)


def company() -> str:
    """The partner's name for pages that belong to no customer: the setting, else what the mails say.

    No customer knows our product's name, and these pages answer "is this really from you?".
    """
    if settings.NOVATION_COMPANY:
        return str(settings.NOVATION_COMPANY)
    names = Programme.objects.exclude(state=Programme.State.FINISHED).order_by("pk")
    return " / ".join(dict.fromkeys(names.values_list("sender_name", flat=True)))


def shown(visit: Visit, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Renders one page with what all pages need."""
    return HttpResponse(render_to_string(template, {**frame(visit), **context}, visit.request), status=status)


def shown_first(visit: Visit, page: str, response: HttpResponse) -> HttpResponse:
    """Puts a page on record when this link is shown it for the first time; the answer is given on as it is."""
    fetched_ahead = "prefetch" in visit.request.headers.get("Sec-Purpose", "")
    if visit.request.method == "GET" and not fetched_ahead:
        services.keep_showing(visit.link, page, response.content, language=visit.language, now=visit.now)
    return response


def frame(visit: Visit) -> dict[str, Any]:
    """What the head and foot of every page show. The partner's name stands there, never ours."""
    programme = visit.move.programme
    return {
        "move": visit.move,
        "customer": visit.move.customer,
        "programme": programme,
        "company": programme.sender_name,
        "target": programme.target.name,
        "languages": settings.LANGUAGES,
        "language": visit.language,
        "now": visit.now,
    }


def language_for(request: HttpRequest, link: Link | None) -> str:
    """Chosen on the page, chosen before, the customer's, the browser's, English: in this order."""
    offered = {code for code, _ in settings.LANGUAGES}
    for wanted in (request.GET.get("lang", ""), request.COOKIES.get(LANGUAGE_COOKIE, "")):
        if wanted in offered:
            return wanted
    if link is not None and link.move.customer.language:
        return language_of(link.move.customer)
    return str(translation.get_language_from_request(request))


def finished(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """Adds the headers that keep link and page to their reader."""
    response.headers.setdefault("Content-Security-Policy", policy())
    # Only an address with a token holds a secret. "no-referrer" everywhere would also blank the Origin
    # of our own forms, and Django would refuse them.
    secret = request.path.startswith(("/r/", "/u/"))
    response.headers["Referrer-Policy"] = "no-referrer" if secret else "same-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Content-Language"] = language
    if request.GET.get("lang", "") == language:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=90 * 86_400,
            path="/",
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def policy(frame_src: str = "'none'") -> str:
    """The content policy: nothing from elsewhere, except at most one origin in a frame."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"frame-src {frame_src}",
        )
    )

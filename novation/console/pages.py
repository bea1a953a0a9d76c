"""The frame of every page: who may see it, the time it is made for, and the counts beside the navigation."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from novation import clock
from novation.console.rights import Right, rights_of
from novation.console.wave_launch import says
from novation.domain.errors import BadInput, IllegalTransition, NeedsOperator
from novation.moves.selectors import home
from novation.moves.services import circuit_breaks

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

#: What a service raises when a person may not do something just now, or typed something that cannot be used.
REFUSALS = (BadInput, NeedsOperator, IllegalTransition)


def page(view: View[P]) -> View[P]:
    """A page to look at: signed in, with the right to see; reading it changes nothing."""

    @wraps(view)
    def seen(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if Right.SEE not in rights_of(request.user):
            return refused(request)
        return view(request, *args, **kwargs)

    return never_cache(require_safe(login_required(seen)))


def act(right: Right) -> Callable[[View[P]], View[P]]:
    """An act: signed in, with this right, sent by POST from one of our own forms.

    A refused act answers with its page at the act's own address. Somebody who opens that address again, or
    a script that polls it, is led to the page by GET; nothing is done.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def done(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # Not back to the act: after the sign-in it would be opened by GET.
                return redirect_to_login(reverse("console:home"))
            if right not in rights_of(request.user):
                return refused(request)
            if request.method in ("GET", "HEAD"):
                return redirect(page_of_act(request))
            return view(request, *args, **kwargs)

        return never_cache(require_http_methods(["GET", "HEAD", "POST"])(done))

    return wrap


def refused(request: HttpRequest) -> HttpResponse:
    """Says that the person's role does not allow it."""
    return show(request, "console/refused.html", {}, status=403)


def missing(request: HttpRequest, what: str) -> HttpResponse:
    """Says that there is no such thing."""
    return show(request, "console/missing.html", {"what": what}, status=404)


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Renders a page of the console with its frame.

    Args:
        context: of the page; `now` is added unless it is there.
        status: 409 or 422 for a refusal, so that a program sees it too.
    """
    rights = rights_of(request.user)
    programme = context.get("programme") or (home.programme() if Right.SEE in rights else None)
    frame = context.get("frame") or (home.frame(programme) if programme is not None else None)
    halted = circuit_breaks.open_halts(programme) if programme is not None and Right.SEE in rights else ()
    values = {
        "halted_now": [(halt, says(halt)) for halt in halted],
        "now": clock.now(),
        "rights": rights,
        "programme": programme,
        "frame": frame,
        **context,
    }
    # Only English is complete for the console; a half-translated page would be worse.
    with translation.override(settings.LANGUAGE_CODE):
        return render(request, template, values, status=status)


def redirect(to: str, *args: object) -> HttpResponse:
    """Leads to a page by GET, as every act does when it is done (303).

    Args:
        to: the name of a page, such as `console:task`, or its address.
        args: of the page, such as the number of the task.
    """
    answer = HttpResponseRedirect(resolve_url(to, *args))
    answer.status_code = 303
    return answer


def page_of_act(request: HttpRequest) -> str:
    """The address of the page on which the act of this request stands: the task, the wave, the customer, the list."""
    match = request.resolver_match
    given = match.kwargs if match is not None else {}
    place = request.path.removeprefix(reverse("console:home")).partition("/")[0]
    if place == "moves":
        return reverse("console:customer", args=[given["reference"]])
    if place == "texts" and "purpose" in given:
        return reverse("console:text", args=[given["purpose"], given["language"]])
    if place == "bulk":
        return reverse("console:bulk", args=[given["pk"]])
    if place in ("tasks", "waves"):
        return reverse(f"console:{place[:-1]}", args=[given["pk"]])
    if place in ("customers", "texts", "mail", "findings", "readiness", "evidence"):
        return reverse(f"console:{place}")
    return reverse("console:home")


def sentence(error: Exception) -> str:
    """What to tell the person whose act was refused."""
    if isinstance(error, IllegalTransition):
        return "This is not possible any more: the customer's state has changed. Look at it again."
    if isinstance(error, BadInput):
        # The field is marked on the page; its name in the form means nothing to a reader.
        return f"{error.what} {error.remedy}".strip()
    return str(error)

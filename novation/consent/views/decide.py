"""The five decisions as equals, a question at any time, and taking a decision back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from novation.consent import services, wording
from novation.consent.forms import Choice, echoed, faults
from novation.consent.visit import Redirect, Visit, shown, shown_first, visited
from novation.moves.selectors.own_page import end_of_term, own_page
from novation.notices import dates


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def decide(visit: Visit) -> HttpResponse:
    """Shows the decisions; takes one down to be checked. Nothing is decided here."""
    if visit.request.method != "POST":
        response = shown(
            visit, "consent/decide.html", _context(visit, Choice(own_address=visit.contact.email))
        )
        return shown_first(visit, "decide", response)
    form = Choice(visit.request.POST, own_address=visit.contact.email)
    if not form.is_valid():
        asked = visit.request.POST.get("from") == "ask"
        template = "consent/ask.html" if asked else "consent/decide.html"
        return shown(visit, template, _context(visit, form), status=422)
    chosen = form.cleaned_data
    words = {"declined": chosen["reason"], "question": chosen["question"]}.get(chosen["decision"], "")
    colleague = (chosen.get("colleague_name", ""), chosen.get("colleague_email", ""))
    draft = services.keep_choice(
        visit.link,
        kind=chosen["decision"],
        words=words,
        colleague=colleague if chosen["decision"] == "delegated" else ("", ""),
        now=visit.now,
    )
    return Redirect(reverse("consent:check", args=[draft.pk]))


@require_safe
@visited
def ask(visit: Visit) -> HttpResponse:
    """A question, also after a decision."""
    return shown(visit, "consent/ask.html", _context(visit, Choice(own_address=visit.contact.email)))


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def withdraw(visit: Visit) -> HttpResponse:
    """Says what taking back means; the POST leads to the same check as every decision."""
    page = own_page(visit.move)
    if visit.request.method == "POST" and page.can_withdraw:
        draft = services.keep_choice(visit.link, kind="withdrawn", now=visit.now)
        return Redirect(reverse("consent:check", args=[draft.pk]))
    return shown(visit, "consent/withdraw.html", {"page": page, "decided_on": dates.minute(_at(page))})


def _at(page: Any) -> Any:
    return page.decision.at if page.decision else None


def _context(visit: Visit, form: Choice) -> dict[str, Any]:
    page = own_page(visit.move)
    ends = sorted(filter(None, (end_of_term(item.ends, visit.now) for item in page.items)))
    return {
        "form": form,
        "typed": echoed(form) if form.is_bound else {},
        "errors": faults(form),
        "until": dates.day(wording.end_of_mandate(visit.move, visit.now)),
        "first_end": dates.day(ends[0]) if ends else "",
        "page": page,
    }

"""How long people are kept, whose time is over, and the record of what was erased and why. Erasing: `bulk`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import page, show
from novation.customers.selectors import customer_names
from novation.moves.selectors import home, retention

PER = 50


@page
def index(request: HttpRequest) -> HttpResponse:
    """The rule, the moves that are due by it, and past erasures; `before` in the address for older ones."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    now = clock.now()
    before = request.GET.get("before", "")
    past, older = retention.erasures(
        before=int(before) if before.isdecimal() and len(before) < 16 else None, limit=PER
    )
    names = customer_names(one.event.customer_id for one in past)
    due = retention.due(programme, now=now)
    days = programme.policy.keep_people.days
    return show(
        request,
        "console/retention.html",
        {
            "programme": programme,
            "now": now,
            "days": days,
            "due": due[:PER],
            "due_number": due.count(),
            "past": [(one, names.get(one.event.customer_id, "")) for one in past],
            "older": older,
            "rule": _("Retention rule: {days} days after the end of the move").format(days=days),
        },
    )

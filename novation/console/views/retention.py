"""How long people are kept, whose time is over, erasing them, and the record of what was erased and why."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from novation import clock
from novation.console.pages import REFUSALS, act, page, redirect, sentence, show
from novation.console.rights import Right
from novation.customers.selectors import customer_names
from novation.domain.errors import BadInput
from novation.moves.selectors import customer, home, retention
from novation.moves.services import erasure

PER = 50


@page
def index(request: HttpRequest) -> HttpResponse:
    """The rule, the moves that are due by it, and past erasures; `before` in the address for older ones."""
    return _render(request)


@act(Right.ERASE)
def erase(request: HttpRequest) -> HttpResponse:
    """Erases the people of `move` (references, repeated) for the `reason`; `typed` repeats their number.

    All of them or none: one that cannot be erased leaves the others as they are.
    """
    named = [one.strip().upper() for one in request.POST.getlist("move") if one.strip()]
    reason = request.POST.get("reason", "").strip()[:300]
    now, actor = clock.now(), f"operator:{request.user.pk}"
    try:
        if not named:
            raise BadInput(_("Name a customer by its reference first. Nothing was erased."))
        if request.POST.get("typed", "").strip() != str(len(named)):
            raise BadInput(
                _("Type the number of customers, {number}, to confirm. Nothing was erased.").format(
                    number=len(named)
                )
            )
        with transaction.atomic():
            transaction.on_commit(lambda: erasure.forget_free_pages(whole=False))
            for reference in named:
                move = customer.by_reference(reference)
                if move is None:
                    raise BadInput(_("There is no customer {reference}.").format(reference=reference))
                erasure.erase(move, reason=reason, actor=actor, now=now)
    except REFUSALS as error:
        return _render(request, error=sentence(error), status=422)
    said = ngettext(
        "The people of {number} customer were erased.",
        "The people of {number} customers were erased.",
        len(named),
    )
    messages.success(request, said.format(number=len(named)))
    return redirect("console:retention")


def _render(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
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
            "error": error,
            "typed": request.POST,
            "chosen": request.POST.getlist("move"),
            "rule": _("Retention rule: {days} days after the end of the move").format(days=days),
        },
        status=status,
    )

"""Acts on one customer's move that change its way: another signatory, rights asked for again, ends of terms."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import REFUSALS, act, missing, sentence
from novation.console.rights import Right
from novation.console.views.customer import render_customer, see
from novation.moves.selectors import customer
from novation.moves.services import operator_actions, reverse_moves, term_choices


@act(Right.WORK)
def signatory(request: HttpRequest, reference: str) -> HttpResponse:
    """Names who signs the agreement; fields `contact_name`, `contact_email`, `contact_phone`."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    name, email, phone = (
        request.POST.get(f"contact_{part}", "").strip() for part in ("name", "email", "phone")
    )
    try:
        operator_actions.another_signatory(
            move, name=name, email=email, phone=phone, person=request.user, now=clock.now()
        )
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=422)
    messages.success(request, _("{name} signs from now on; a new link is made.").format(name=name))
    return see(reference)


@act(Right.WORK)
def ask_access(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks the customer for delegated admin rights once more."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    try:
        operator_actions.ask_for_access_again(move, person=request.user, now=clock.now())
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=409)
    messages.success(request, _("A new request for admin rights is made."))
    return see(reference)


@act(Right.STEER)
def turn_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Begins a move back, which asks the customer anew; field `reason`."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    try:
        back = reverse_moves.begin(
            move, reason=request.POST.get("reason", ""), person=request.user, now=clock.now()
        )
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=409)
    messages.success(
        request, _("A move back was begun. The customer is asked; nothing moves before it says yes.")
    )
    return see(back.reference)


@act(Right.WORK)
def choose(request: HttpRequest, reference: str) -> HttpResponse:
    """What happens at the end of terms; fields `end-<item>`, `wish`, `sure`."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    wanted = {
        int(name[4:]): value
        for name, value in request.POST.items()
        if name.startswith("end-") and name[4:].isdecimal() and len(name) < 16
    }
    try:
        changed = term_choices.choose(
            move,
            {pk: str(word) for pk, word in wanted.items()},
            wish=request.POST.get("wish", ""),
            sure=request.POST.get("sure") == "yes",
            person=request.user,
            now=clock.now(),
        )
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=422)
    messages.success(
        request,
        _("Chosen. The engine sets it on the old account and reads it back.")
        if changed
        else _("Nothing was changed."),
    )
    return see(reference)

"""Fresh links to Microsoft's agreement, for one customer or for many."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from novation import clock
from novation.console.pages import act, missing
from novation.console.rights import Right
from novation.console.views.bulk import back, chosen, nobody
from novation.console.views.customer import see
from novation.moves.selectors import customer
from novation.moves.services import agreement_links


@act(Right.WORK)
def renew(request: HttpRequest, reference: str) -> HttpResponse:
    """A fresh link for the same signatory."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    if agreement_links.renew(move, actor=f"operator:{request.user.pk}", now=clock.now()):
        messages.success(request, _("A new link is being made. The customer finds it on its page."))
    else:
        messages.error(request, _("There is no link that could be replaced just now."))
    return see(reference)


@act(Right.STEER)
def renew_many(request: HttpRequest) -> HttpResponse:
    """Fresh links for the ticked customers."""
    moves = chosen(request)
    if not moves:
        return nobody(request)
    number = agreement_links.renew_many(moves, actor=f"operator:{request.user.pk}", now=clock.now())
    said = ngettext(
        "{number} new agreement link is being made.", "{number} new agreement links are being made.", number
    ).format(number=number)
    if number < len(moves):
        said += " " + _("{number} had none to replace.").format(number=len(moves) - number)
    messages.success(request, said)
    return back(request)

"""A fresh link to Microsoft's agreement. Many at once: `bulk`."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import act, missing
from novation.console.rights import Right
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

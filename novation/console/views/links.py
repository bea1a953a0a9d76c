"""Personal links of one customer: close one, send one again, read a code out on the telephone.

No page shows a link's address: whoever saw it could stand in for the customer.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import REFUSALS, act, missing, sentence
from novation.console.rights import Right
from novation.console.views.customer import render_customer, see
from novation.customers.models import Contact
from novation.moves.models import Move
from novation.moves.selectors import customer
from novation.notices import services as notices
from novation.notices.models import Link


def _whose(reference: str, contact_id: int) -> tuple[Move, Contact] | None:
    move = customer.by_reference(reference)
    contact = Contact.objects.filter(pk=contact_id, customer=move.customer_id).first() if move else None
    return (move, contact) if move is not None and contact is not None else None


@act(Right.WORK)
def close(request: HttpRequest, reference: str, contact_id: int) -> HttpResponse:
    """Closes every link of one person to this customer's page."""
    found = _whose(reference, contact_id)
    if found is None:
        return missing(request, _("There is no such person at this customer"))
    move, contact = found
    now = clock.now()
    for link in Link.objects.filter(move=move, contact=contact, revoked_at=None):
        notices.revoke(link, now=now, actor=f"operator:{request.user.pk}")
    messages.success(request, _("The link is closed. It opens nothing any more."))
    return see(reference)


@act(Right.WORK)
def send(request: HttpRequest, reference: str, contact_id: int) -> HttpResponse:
    """Mails the link to its person once more."""
    found = _whose(reference, contact_id)
    if found is None:
        return missing(request, _("There is no such person at this customer"))
    move, contact = found
    try:
        notices.send_link(move, contact, now=clock.now())
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=422)
    messages.success(request, _("The link is on its way to {address}.").format(address=contact.email))
    return see(reference)


@act(Right.WORK)
def read_out(request: HttpRequest, reference: str, contact_id: int) -> HttpResponse:
    """Shows six digits once, to be read out on the number on file; field `spoke_with`."""
    found = _whose(reference, contact_id)
    if found is None:
        return missing(request, _("There is no such person at this customer"))
    move, contact = found
    try:
        code, digits = notices.read_out_code(
            move,
            contact,
            person=request.user,
            spoke_with=request.POST.get("spoke_with", ""),
            now=clock.now(),
        )
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), status=422)
    # No redirect: the digits are shown on this answer and nowhere again.
    return render_customer(request, move, digits=f"{digits[:3]} {digits[3:]}", digits_for=contact, code=code)

"""An administrator account of the customer's own: the wish, what became of it, and its first password, once."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from novation.consent import rate_limits, services
from novation.consent.forms import Administrator, digits_in, echoed, faults
from novation.consent.masking import masked_phone
from novation.consent.visit import Redirect, Visit, shown, visited
from novation.domain.errors import BadInput
from novation.moves.models import AdminAccount
from novation.moves.services import admin_accounts
from novation.network import address_of
from novation.notices import dates


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def account(visit: Visit) -> HttpResponse:
    """Says what such an account means; POST takes the wish down to be checked."""
    if visit.request.method != "POST":
        return _page(visit)
    form = Administrator(visit.request.POST)
    if not form.is_valid():
        return _page(visit, errors=faults(form), typed=echoed(form), status=422)
    draft = services.keep_choice(
        visit.link,
        kind="admin",
        colleague=(form.cleaned_data["person"], form.cleaned_data["email"]),
        now=visit.now,
    )
    return Redirect(reverse("consent:check", args=[draft.pk]))


@require_POST
@visited
def password(visit: Visit) -> HttpResponse:
    """Shows the first password once; field `code`, as it was read out by telephone."""
    wish = admin_accounts.newest(visit.move)
    if admin_accounts.shown_state(wish, visit.now) != AdminAccount.State.MADE or wish is None:
        return Redirect(reverse("consent:admin"))
    address = address_of(visit.request)
    if rate_limits.blocked("code", address, now=visit.now):
        said = _("There were too many wrong codes from your network. Wait ten minutes, or call us.")
        return _page(visit, errors={"code": [said]}, status=422)
    typed = visit.request.POST.get("code", "")[:40]
    if len(digits_in(typed)) != 6:
        return _page(visit, errors={"code": [_("Please type the six digits.")]}, status=422)
    try:
        opened = services.open_password(visit.link, wish, typed, now=visit.now)
    except services.WrongCode:
        rate_limits.failed("code", address, now=visit.now)
        said = _("These are not the digits that we read out last. Please have us call again.")
        return _page(visit, errors={"code": [said]}, status=422)
    except BadInput:
        said = _("This needs digits that we read out to you by telephone. Those from a mail do not do here.")
        return _page(visit, errors={"code": [said]}, status=422)
    # No redirect: the password is shown on this answer and nowhere again.
    return shown(visit, "consent/first_password.html", {"account": wish, "password": opened})


@require_POST
@visited
def again(visit: Visit) -> HttpResponse:
    """Asks for a new first password when the old one ran out unseen."""
    wish = admin_accounts.newest(visit.move)
    if wish is not None:
        admin_accounts.ask_again(wish, now=visit.now)
    return Redirect(reverse("consent:admin"))


def _page(
    visit: Visit,
    *,
    errors: dict[str, list[str]] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    wish = admin_accounts.newest(visit.move)
    context: dict[str, Any] = {
        "account": wish,
        "state": admin_accounts.shown_state(wish, visit.now),
        "mine": wish is not None and wish.contact_id == visit.contact.pk,
        "asked_on": dates.day(wish.asked_at) if wish else "",
        "until": dates.minute(wish.secret_until) if wish and wish.secret_until else "",
        "given_on": dates.day(wish.handed_over_at) if wish else "",
        "phone": masked_phone(visit.contact.phone or visit.move.customer.phone),
        "errors": errors or {},
        "typed": typed or {},
    }
    return shown(visit, "consent/administrator.html", context, status=status)

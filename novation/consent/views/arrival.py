"""Arriving by the personal link."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from novation import clock
from novation.consent import rate_limits
from novation.consent.visit import Redirect, finished, language_for, link_cookie, unknown
from novation.network import address_of
from novation.notices import services as notices
from novation.notices.models import Link


@require_safe
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Puts the token into a cookie and goes on to an address without it.

    Machines follow links too, so that this notes a fetch and decides nothing.
    """
    now = clock.now()
    address = address_of(request)
    link = None if rate_limits.blocked("link", address, now=now) else notices.resolve(token, now=now)
    language = language_for(request, link)
    if link is None:
        rate_limits.failed("link", address, now=now)
        return finished(request, unknown(request, language), language)
    Link.objects.filter(pk=link.pk).update(fetches=F("fetches") + 1, fetched_at=now)
    response = Redirect(reverse("consent:start"))
    # Gone when the browser is closed: on a shared computer the page does not stay open.
    response.set_cookie(link_cookie(), token, path="/", secure=settings.SECURE, httponly=True, samesite="Lax")
    return finished(request, response, language)

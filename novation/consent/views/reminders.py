"""No more reminders: one click in the mail programme, or a button on a page. Opening the page stops nothing."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from novation import clock
from novation.consent import rate_limits
from novation.consent.visit import finished, language_for, unknown
from novation.network import address_of
from novation.notices.services import reminders


# RFC 8058: mail programmes post without cookies. The token in the address is what entitles them, and all that it
# can do is to stop reminders.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST stops. The notice itself, receipts and answers still come."""
    now, address = clock.now(), address_of(request)
    link = None if rate_limits.blocked("link", address, now=now) else reminders.link_to_stop(token)
    language = language_for(request, link)
    if link is None:
        rate_limits.failed("link", address, now=now)
        return finished(request, unknown(request, language), language)
    stopped = link.reminders_stopped_at is not None
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        reminders.stop_reminders(link, by="one-click" if one_click else "page", now=now)
        stopped = True
    context = {
        "stopped": stopped,
        "reference": link.move.reference,
        "company": link.move.programme.sender_name,
        "languages": settings.LANGUAGES,
        "language": language,
    }
    with translation.override(language):
        page = HttpResponse(render_to_string("consent/reminders.html", context, request))
    return finished(request, page, language)

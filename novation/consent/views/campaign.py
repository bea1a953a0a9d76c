"""Open to everybody: what we are telling customers, from which address, and how to report a fake; security.txt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from novation import clock
from novation.consent import rate_limits, services
from novation.consent.forms import FakeReport, echoed, faults
from novation.consent.visit import Redirect, company, finished, language_for
from novation.moves.models import Programme
from novation.network import address_of

#: RFC 9116 asks for a day on which the file is out of date, less than a year ahead.
VALID = timedelta(days=180)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest) -> HttpResponse:
    """The notice, in the open; POST takes a report of a mail or page that looks like a fake of ours."""
    language = language_for(request, None)
    with translation.override(language):
        form = FakeReport(request.POST) if request.method == "POST" else FakeReport()
        status = 200
        if request.method == "POST":
            now, address = clock.now(), address_of(request)
            if rate_limits.blocked("report", address, now=now):
                form.add_error(None, FakeReport.TOO_MANY)
            if form.is_valid():
                rate_limits.failed(
                    "report", address, now=now
                )  # every report counts, it costs somebody's time
                services.report_fake(**form.cleaned_data, now=now)
                return finished(request, Redirect(f"{reverse('consent:campaign')}?reported=1"), language)
            status = 422
        context: dict[str, Any] = {
            "company": company(),
            "languages": settings.LANGUAGES,
            "language": language,
            "programmes": Programme.objects.exclude(state=Programme.State.FINISHED).select_related(
                "source", "target"
            ),
            "place": settings.NOVATION_PUBLIC_URL,
            "reported": "reported" in request.GET,
            "errors": faults(form),
            "typed": echoed(form) if form.is_bound else {},
        }
        response = HttpResponse(render_to_string("consent/campaign.html", context, request), status=status)
    response = finished(request, response, language)
    # This page shall be found by whoever looks for it.
    del response.headers["X-Robots-Tag"]
    return response


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """`/.well-known/security.txt` (RFC 9116)."""
    place = settings.NOVATION_PUBLIC_URL
    mails = Programme.objects.exclude(state=Programme.State.FINISHED).values_list("sender_email", flat=True)
    until = (clock.now() + VALID).replace(microsecond=0)
    lines = [
        f"Contact: {place}{reverse('consent:campaign')}",
        *(f"Contact: mailto:{mail}" for mail in sorted(set(mails))),
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {place}/.well-known/security.txt",
        f"Policy: {place}{reverse('consent:campaign')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

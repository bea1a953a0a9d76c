"""Anybody may bring a bundle and have it judged. Nothing of it is kept, and no link is needed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from novation import clock
from novation.consent import rate_limits
from novation.consent.visit import company, finished, language_for
from novation.evidence.verifier.embedding import verify_script
from novation.evidence.verify import Report
from novation.evidencelog.services import log_keys
from novation.evidencelog.trust_anchors import published
from novation.evidencelog.verification import judge as judged
from novation.network import address_of

#: A bundle is about 200 kB; one with many long mails may be ten times as large.
LARGEST = 8_000_000


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def judge(request: HttpRequest) -> HttpResponse:
    """The form, or the report on the uploaded file."""
    language = language_for(request, None)
    now = clock.now()
    with translation.override(language):
        context: dict[str, Any] = {
            "company": company(),
            "languages": settings.LANGUAGES,
            "language": language,
            "keys": log_keys.log_vkeys(),
        }
        status = 200
        if request.method == "POST":
            problem, report = _report(request)
            rate_limits.failed(
                "verify", address_of(request), now=now
            )  # every upload counts, it costs us work
            context |= {"problem": problem, "report": report, "verdict": report.verdict if report else ""}
            status = 422 if problem else 200
        response = HttpResponse(render_to_string("consent/verify.html", context, request), status=status)
    return finished(request, response, language)


def _report(request: HttpRequest) -> tuple[str, Report | None]:
    if rate_limits.blocked("verify", address_of(request), now=clock.now()):
        return _("Too many files from your address. Please wait an hour, or run verify.py yourself."), None
    given = request.FILES.get("bundle")
    if given is None or not given.size:
        return _("Choose the file evidence-….zip first."), None
    if given.size > LARGEST:
        return _("This file is too large to be one of ours."), None
    witness = request.FILES.get("witness")
    if witness is not None and (witness.size or 0) > LARGEST:
        return _("This mail is too large to be one of ours."), None
    held = [witness.read()] if witness is not None and witness.size else []
    return "", judged(given.read(), at=clock.now(), witnesses=held)


@require_safe
def program(request: HttpRequest) -> HttpResponse:
    """`verify.py`, byte for byte as it lies in every bundle that we issue now."""
    answer = HttpResponse(verify_script(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify.py"'
    return answer


@require_safe
def pins(request: HttpRequest) -> HttpResponse:
    """What we publish for readers who check by themselves."""
    return HttpResponse(published(), content_type="text/plain; charset=utf-8")

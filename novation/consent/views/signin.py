"""Back from Microsoft: the sign-in by which a person proves to be the customer's administrator."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from novation.consent import identity, rate_limits, services
from novation.consent.models import Draft, Rendering
from novation.consent.visit import Redirect, Visit, shown, visited
from novation.domain.errors import NeedsOperator, TryLater
from novation.network import address_of

logger = logging.getLogger(__name__)

#: A code of Microsoft's is below a thousand characters; longer ones are somebody's experiment.
LONGEST = 4000


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def signin(visit: Visit) -> HttpResponse:
    """GET is where Microsoft sends the browser: it shows a button. Only POST has the code looked at."""
    asked = visit.request.POST if visit.request.method == "POST" else visit.request.GET
    found = _begun(visit, asked.get("state", ""))
    if not identity.configured() or found is None:
        return _refused(visit, None, "unknown", status=404)
    draft, page = found
    if asked.get("error"):
        return _refused(visit, draft, "cancelled")
    code = asked.get("code", "")
    if not code or len(code) > LONGEST:
        return _refused(visit, draft, "invalid")
    if visit.request.method != "POST":
        return shown(visit, "consent/signin.html", {"code": code, "state": page.pk.hex})
    if services.identity_of(draft, now=visit.now) is None:
        if rate_limits.blocked("code", address_of(visit.request), now=visit.now):
            return _refused(visit, draft, "later")
        try:
            proof = identity.prove(code, page.pk, visit.move.customer.tenant_id)
        except identity.NotProven as refused:
            rate_limits.failed("code", address_of(visit.request), now=visit.now)
            services.refuse_identity(draft, refused.reason, now=visit.now)
            return _refused(visit, draft, refused.reason)
        except TryLater:
            return _refused(visit, draft, "later", status=503)
        except NeedsOperator as error:
            logger.error("Sign-in of customers: %s", error)
            return _refused(visit, draft, "later", status=503)
        services.keep_identity(draft, page, proof, now=visit.now)
    return Redirect(f"{reverse('consent:check', args=[draft.pk])}#you")


def _begun(visit: Visit, state: str) -> tuple[Draft, Rendering] | None:
    """The choice and page on which this sign-in began, if it was in this very browser and not long ago."""
    page_id = identity.page_of(state)
    if page_id is None:
        return None
    page = Rendering.objects.filter(pk=page_id, draft__link=visit.link).select_related("draft__link").first()
    if page is None or page.draft.used_at is not None:
        return None
    return (page.draft, page) if services.page_of(page.draft, page.pk, now=visit.now) else None


def _refused(visit: Visit, draft: Draft | None, reason: str, status: int = 403) -> HttpResponse:
    context: dict[str, Any] = {"reason": reason, "draft": draft}
    return shown(visit, "consent/signin_refused.html", context, status=status)

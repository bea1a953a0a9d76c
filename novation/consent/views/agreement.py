"""Microsoft's agreement: on Microsoft's component, pressed by the customer alone."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from novation import clock
from novation.consent.visit import Redirect, Visit, policy, shown, visited
from novation.domain import states
from novation.moves.models import Attestation
from novation.moves.selectors.own_page import own_page
from novation.moves.services import agreement_links, tracks
from novation.notices import dates


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def agreement(visit: Visit) -> HttpResponse:
    """Shows Microsoft's page in a frame, as the one foreign thing; POST says "look now"."""
    move = visit.move
    if visit.request.method == "POST":
        tracks.schedule_now(move, at=clock.now())
        return Redirect(reverse("consent:status"))
    if move.decision_state not in states.CONSENTED:
        return Redirect(reverse("consent:start"))
    page = own_page(move)
    found = page.attestation
    usable = found is not None and (found.expires_at is None or found.expires_at > visit.now)
    state = "open" if usable and move.agreement_state == "issued" else "preparing"
    if move.agreement_state in states.SIGNED:
        state = "done"
    elif move.agreement_state == "refused":
        state = "refused"
    frame = component(found) if found is not None and state == "open" else ""
    response = shown(
        visit,
        "consent/agreement.html",
        {
            "page": page,
            "state": state,
            "address": found.url if found is not None and state == "open" else "",
            "frame": frame,
            "until": dates.day(found.expires_at) if found else "",
            "signatory": found.signatory if found is not None and state == "open" else {},
            "done_on": dates.day(move.agreement_since),
        },
    )
    response.headers["Content-Security-Policy"] = policy(
        settings.NOVATION_COMPONENT_ORIGIN if frame else "'none'"
    )
    return response


@require_POST
@visited
def fresh(visit: Visit) -> HttpResponse:
    """Asks for a new link, because this one does not work."""
    agreement_links.renew(visit.move, actor="customer", now=visit.now)
    return Redirect(reverse("consent:agreement"))


def component(attestation: Attestation) -> str:
    """The address for the frame; empty when it is not of the one origin that may stand in it."""
    parts = urlsplit(attestation.url)
    return attestation.url if f"{parts.scheme}://{parts.netloc}" == settings.NOVATION_COMPONENT_ORIGIN else ""

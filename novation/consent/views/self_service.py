"""Doing it oneself: three checkpoints, each green only when Microsoft's side shows it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from novation.consent.visit import Redirect, Visit, shown, visited
from novation.domain import states
from novation.moves.selectors.own_page import OwnPage, own_page
from novation.moves.services import tracks
from novation.notices import dates

#: Where a customer's administrator approves delegated rights (page gdap-obtain-admin-permissions-to-manage-customer).
APPROVAL = "/AdminPortal/Home#/partners/invitation/granularAdminRelationships/"


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def checkpoints(visit: Visit) -> HttpResponse:
    """The three checkpoints with their links; POST says "look now"."""
    move = visit.move
    if visit.request.method == "POST":
        tracks.schedule_now(move, at=visit.now)
        return Redirect(reverse("consent:self"))
    if move.decision_state != "self":
        return Redirect(reverse("consent:start"))
    page = own_page(move)
    return shown(
        visit,
        "consent/self.html",
        {
            "page": page,
            "relationship": page.parts["relationship"],
            "agreement": page.parts["agreement"],
            "access": page.parts["access"],
            "invitation": move.programme.invitation_url,
            "approval": approval_address(page),
            "relationship_on": dates.day(move.relationship_since or move.decision_since),
            "agreement_on": dates.day(move.agreement_since or move.decision_since),
            "access_on": dates.day(move.access_since or move.decision_since),
        },
    )


def approval_address(page: OwnPage) -> str:
    """Microsoft's page for approving our request; empty while there is none to approve."""
    if page.grant is None or page.parts["access"].state not in states.APPROVAL_SHOWN:
        return ""
    return f"{settings.NOVATION_ADMIN_URL}{APPROVAL}{page.grant.remote_id}"

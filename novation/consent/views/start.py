"""What this is about, how to check that it is real, and what changes for this customer."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from novation.consent.visit import Redirect, Visit, shown, shown_first, visited
from novation.domain import states
from novation.domain.stage import ENDED
from novation.moves.selectors.own_page import end_of_term, own_page
from novation.notices import dates


@require_safe
@visited
def start(visit: Visit) -> HttpResponse:
    """The first page; after a decision, the page that says how far it is."""
    move = visit.move
    if move.decision_state in states.FINAL or move.stage in ENDED:
        return Redirect("/my/status/")
    page = own_page(move)
    response = shown(
        visit,
        "consent/start.html",
        {
            "page": page,
            "rows": [
                {
                    "name": item.name,
                    "seats": item.quantity,
                    "ends": dates.day(end_of_term(item.ends, visit.now)),
                }
                for item in page.items
            ],
            "read_on": dates.day(move.baseline_at),
        },
    )
    return shown_first(visit, "start", response)

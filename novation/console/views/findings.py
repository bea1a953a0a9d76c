"""What only a person can judge: differences, unknown outcomes, failures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from novation import clock
from novation.console import words
from novation.console.pages import page, show
from novation.console.views.customer import item_row
from novation.domain.steps import StepKind
from novation.moves.selectors import findings, home


@page
def index(request: HttpRequest) -> HttpResponse:
    """All open findings."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    found = findings.findings(programme)
    return show(
        request,
        "console/findings.html",
        {
            "programme": programme,
            "now": clock.now(),
            "found": found,
            "items": [item_row(item) for item in found.items],
            "steps": [(step, words.STEPS.get(StepKind(step.kind), step.kind)) for step in found.steps],
        },
    )

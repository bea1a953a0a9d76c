"""What only a person can judge: differences, unknown outcomes, failures."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from novation import clock
from novation.console import labels
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right
from novation.console.views.customer import item_row
from novation.moves.models import UnexpectedCustomer
from novation.moves.selectors import findings, home
from novation.moves.services.observed import unexpected_customers

VERDICTS: dict[str, Promise | str] = {
    UnexpectedCustomer.Verdict.WRONG_TENANT: gettext_lazy("One of our customers used the wrong tenant"),
    UnexpectedCustomer.Verdict.OURS: gettext_lazy("A customer of the new account, not of this programme"),
    UnexpectedCustomer.Verdict.UNKNOWN: gettext_lazy("Nobody knows it; watch it"),
}


def _render(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
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
            "error": error,
            "found": found,
            "items": [item_row(item) for item in found.items],
            "steps": [(step, labels.step_label(step.kind)) for step in found.steps],
            "verdicts": list(VERDICTS.items()),
            "strangers": [(one, VERDICTS.get(one.verdict, "")) for one in found.strangers],
        },
        status=status,
    )


@act(Right.WORK)
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Says whose an uninvited tenant is; fields `verdict`, `reference`, `note`."""
    stranger = UnexpectedCustomer.objects.filter(pk=pk).first()
    if stranger is None:
        return missing(request, _("There is no such tenant"))
    try:
        unexpected_customers.judge(
            stranger,
            request.POST.get("verdict", ""),
            reference=request.POST.get("reference", ""),
            note=request.POST.get("note", ""),
            person=request.user,
            now=clock.now(),
        )
    except REFUSALS as error:
        return _render(request, error=sentence(error), status=422)
    messages.success(request, _("Kept. Nothing was changed at Microsoft."))
    return redirect("console:findings")


@page
def index(request: HttpRequest) -> HttpResponse:
    """All open findings."""
    return _render(request)

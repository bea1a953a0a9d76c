"""Which way fits the programme, what to ask first, how long the old account must live, and a forecast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as gl

from novation import clock
from novation.console.pages import page, show
from novation.domain.simulation import Assumptions, Cause, enough_runs, forecast
from novation.domain.transfer_options import Fit, advise
from novation.moves.models import Programme
from novation.moves.selectors import forecasting, home
from novation.moves.selectors import transfer_options as selector

FITS = {
    Fit.USE: ("done", gl("Build on it")),
    Fit.ASK: ("wait", gl("Ask Microsoft first")),
    Fit.REST: ("rest", gl("For the rest")),
    Fit.NO: ("stay", gl("Does not fit")),
}
CAUSES = {
    Cause.WAVES: gl("Days between the waves"),
    Cause.CUSTOMERS: gl("Customers’ answers"),
    Cause.OPERATORS: gl("Operators’ hours"),
    Cause.API: gl("Microsoft’s rate limit"),
    Cause.MAIL: gl("Mail rate and hours"),
    Cause.GUARD: gl("Guard windows before renewals"),
    Cause.MICROSOFT: gl("Microsoft’s processing"),
    Cause.REST: gl("Rest before the clean-up"),
}
#: More customers would keep the page waiting; the command has a bar.
MOST = 5_000
#: Customers of a wave that is not laid down yet, and days between two.
SIZE, EVERY = 500, timedelta(days=7)


@page
def index(request: HttpRequest) -> HttpResponse:
    """The advice; with `?forecast=1` also a forecast with the default assumptions."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    known = selector.situation(programme)
    advice = advise(known)
    wanted = request.GET.get("forecast") == "1"
    return show(
        request,
        "console/way.html",
        {
            "programme": programme,
            "known": known,
            "advice": advice,
            "ways": [(way, *FITS[way.fit]) for way in advice.ways],
            "wanted": wanted,
            "forecast": _forecast(programme) if wanted else None,
            "too_many": known.customers > MOST,
        },
    )


def _forecast(programme: Programme) -> dict[str, Any] | None:
    """Finish, busiest day and what binds; None when nobody is on the way or there are too many for a page."""
    now, policy = clock.now(), programme.policy
    cases = forecasting.cases(programme, start=now, size=SIZE, every=EVERY)
    if not 0 < len(cases) <= MOST:
        return None
    given = Assumptions(
        policy=policy,
        accept_minutes=float(policy.accept_minutes),
        api_rate=float(settings.NOVATION_API_RATE),
        mail_rate=float(settings.NOVATION_MAIL_RATE),
    )
    came = forecast(cases, given, start=now, runs=max(3, enough_runs(len(cases)) // 5), seed=1)
    return {
        "came": came,
        "hours": round(came.busiest_minutes / 60, 1),
        "binds": [
            (CAUSES[Cause(name)], round(share * 100)) for name, share in came.shares.items() if share >= 0.005
        ],
        "assumed": [
            (_("let us act"), round(given.mandate * 100)),
            (_("accept themselves"), round(given.self * 100)),
            (_("say no"), round(given.declined * 100)),
            (_("ask first"), round(given.ask * 100)),
            (_("never answer"), round(given.silent * 100)),
        ],
        "given": given,
    }

"""`novation simulate`: when will it be over, which day is the busiest, and what binds?"""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from novation import clock
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.domain.simulation import Assumptions, Case, Forecast, enough_runs, forecast, invented
from novation.moves.models import Programme
from novation.moves.selectors import forecasting

#: What binds, in words.
CAUSES = {
    "waves": "the days between the waves",
    "customers": "customers' answers",
    "operators": "the operators' hours",
    "api": "Microsoft's rate limit",
    "mail": "the mail rate and its hours",
    "guard": "guard windows before renewals",
    "microsoft": "Microsoft's processing",
    "rest": "the rest before the clean-up",
}


def simulate(options: argparse.Namespace) -> int:
    """Plays the programme many times and prints the forecast; changes nothing."""
    start = _start(options.start)
    programme = Programme.objects.order_by("-id").first()
    policy = programme.policy if programme else Policy()
    given = assumptions(options, policy)
    every = timedelta(days=options.every)
    found = _cases(programme, options, start, every)
    runs = options.runs or enough_runs(len(found))
    with Progress(console=Console(stderr=True), transient=True, disable=options.json) as bar:
        task = bar.add_task(f"{runs} runs of {len(found):,} customers", total=runs)
        came = forecast(
            found, given, start=start, runs=runs, seed=options.seed, on_run=lambda: bar.advance(task)
        )
    if options.json:
        values = {**came.to_json(), "assumptions": given.to_json(), "real": options.customers is None}
        print(json.dumps(values, indent=2))
    else:
        _show(came, real=options.customers is None)
    return 0


def assumptions(options: argparse.Namespace, policy: Policy) -> Assumptions:
    """The options as assumptions; what was not given has its default.

    Raises:
        BadInput: shares that do not add up, or a number that makes no sense.
    """
    values: dict[str, Any] = {
        "policy": policy,
        "accept_minutes": float(policy.accept_minutes),
        "api_rate": float(settings.NOVATION_API_RATE),
        "mail_rate": float(settings.NOVATION_MAIL_RATE),
    }
    for name in ("mandate", "self", "declined", "ask", "bounced", "slow"):
        if (given := getattr(options, name)) is not None:
            values[name] = given / 100
    for name in (
        "answer_days", "workdays", "operators", "office_hours", "accept_minutes", "microsoft_hours", "api_rate",
        "mail_rate",
    ):  # fmt: skip
        if (given := getattr(options, name)) is not None:
            values[name] = given
    return Assumptions(**values)


def _start(text: str) -> datetime:
    now = clock.now()
    if not text:
        return now
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no date.", where="--start", remedy="Write it like 2027-01-11.") from None
    return day if day.tzinfo else day.replace(tzinfo=now.tzinfo)


def _cases(
    programme: Programme | None, options: argparse.Namespace, start: datetime, every: timedelta
) -> list[Case]:
    sizes = tuple(options.wave_size) or (50, 500)
    if options.customers is not None:
        if not 1 <= options.customers <= 1_000_000:
            raise BadInput("--customers must be between 1 and 1,000,000.")
        return invented(options.customers, seed=options.seed, start=start, waves=sizes, every=every)
    if programme is None:
        raise BadInput(
            "There is no programme yet.", remedy="Give --customers to forecast with invented ones."
        )
    found = forecasting.cases(programme, start=start, size=sizes[-1], every=every)
    if not found:
        raise BadInput("Every customer is finished.", remedy="Give --customers to forecast others.")
    return found


def _show(came: Forecast, *, real: bool) -> None:
    whose = "customers of this programme" if real else "invented customers"
    console = Console(highlight=False)
    table = Table("", "Forecast", title=f"{came.customers:,} {whose}, {came.runs} runs", show_header=False)
    table.add_row("Finished, as likely as not by (P50)", f"{came.finish_p50:%a %d %b %Y}")
    table.add_row("Finished, nine times in ten by (P90)", f"{came.finish_p90:%a %d %b %Y}")
    table.add_row("Nine customers in ten by (P50)", f"{came.most_p50:%a %d %b %Y}")
    table.add_row("Ends", ", ".join(f"{number:,.0f} {end}" for end, number in came.ends.items()))
    table.add_row(
        "Busiest day",
        f"{came.busiest:%a %d %b %Y}: {came.busiest_tasks:,} tasks ({came.busiest_minutes / 60:.1f} hours), "
        f"{came.busiest_mails:,} mails, {came.busiest_calls:,} calls",
    )
    table.add_row(
        "In all",
        f"{came.operator_hours:,.0f} hours of operators, {came.mails:,} mails, {came.calls:,} calls",
    )
    table.add_row("What binds", f"{CAUSES[came.binds]} ({came.shares[came.binds]:.0%} of the waiting)")
    others = [f"{CAUSES[name]} {share:.0%}" for name, share in came.shares.items() if share >= 0.005]
    table.add_row("The last tenth waits for", ", ".join(others))
    console.print(table)
    console.print(
        "Answer rates are assumptions until a pilot has shown yours: see `novation simulate --help`."
    )

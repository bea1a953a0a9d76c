"""A plan on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from novation.domain.planning import Brake, WavePlan
from novation.domain.policy import Policy
from novation.domain.steps import RULES, is_write
from novation.moves.selectors import planning


def show(plan: WavePlan, policy: Policy, *, full: bool, title: str) -> None:
    """Prints sums and durations; with `full` a line for each customer."""
    console = Console(highlight=False)
    table = Table("What", "Which", "Number", title=title)
    table.columns[2].justify = "right"
    for kind, number in plan.steps.items():
        rule = RULES[kind]
        does = "writes to" if is_write(kind) else "reads"
        table.add_row("call", f"{kind} ({does} {rule.account})", f"{number:,}")
    for purpose, number in plan.mails.items():
        table.add_row("mail", purpose, f"{number:,}")
    for task, number in plan.tasks.items():
        table.add_row("task", task, f"{number:,}")
    console.print(table)
    reminded = plan.reminders(len(policy.reminders))
    console.print(
        f"{_owned(plan)} {plan.reads:,} readings, {plan.writes:,} calls with an effect, "
        f"{sum(plan.mails.values()):,} mails (up to {reminded:,} reminders more)."
    )
    spent = plan.minutes(planning.rates(policy))
    console.print(
        f"At the least {length(spent['api'])} of calls, {length(spent['mail'])} of mail and "
        f"{length(spent['operators'])} of operators. `novation simulate` says how long it will really take."
    )
    for code, number in plan.findings.most_common():
        console.print(f"  {number:,} × {code}")
    if full:
        console.print(_lines(plan))
    console.print(f"Checksum {plan.checksum}")


def _owned(plan: WavePlan) -> str:
    """What the customers own, as far as it was read. What was not read is not 0."""
    if plan.nothing_read:
        return (
            f"{plan.customers:,} customers, none of them read yet: subscriptions, seats and transfer requests are "
            "not known, nor who has no address. Start the engine (`novation run`), which reads them."
        )
    owned = (
        f"{plan.customers:,} customers, {plan.subscriptions:,} subscriptions with {plan.seats:,} seats in "
        f"{plan.requests:,} transfer requests."
    )
    return (
        f"{owned} {plan.unread:,} customers are not read yet and not in these numbers."
        if plan.unread
        else owned
    )


def show_limits(held: Sequence[Brake]) -> None:
    """Prints why a plan is not launched, and what to change."""
    for brake in held:
        print(f"UNSAFE  {brake.cause}\n        {brake.remedy}")


def length(minutes: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if minutes < 2:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _lines(plan: WavePlan) -> Table:
    table = Table("Customer", "Mail to", "Subscriptions", "Seats", "Requests", "Calls", "Findings")
    for line in plan.lines:
        goods = str(line.subscriptions) if line.read else "not read"
        goods += f", {line.stays} stay" if line.stays else ""
        goods += f", {line.held} wait for a renewal" if line.held else ""
        calls = ", ".join(f"{number}× {kind}" if number > 1 else kind for kind, number in line.steps.items())
        seats, requests = (f"{line.seats:,}", str(line.requests)) if line.read else ("", "")
        to = line.to or ("nobody" if line.read else "not read")
        table.add_row(
            f"{line.reference} {line.name}", f"{to} ({line.language})", goods, seats, requests, calls or line.ends,
            ", ".join(line.findings),
        )  # fmt: skip
    return table

"""The end of a rehearsal on the terminal: what a manager wants to know, and what an auditor asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

#: What each invariant says, in a sentence.
SENTENCES: dict[str, str] = {
    "every_customer_accounted_for": "Every customer is accounted for, once",
    "nobody_waits_for_nobody": "Whoever has not finished waits for somebody or for a date",
    "no_item_in_both_accounts": "No subscription is billed by both accounts",
    "no_item_in_neither_account": "No subscription is lost between the accounts",
    "seats_before_equal_seats_after": "Seats before equal seats after",
    "subscriptions_before_equal_after": "Subscriptions before equal subscriptions after",
    "no_repeated_write": "No call with an effect was made twice",
    "no_consent_without_act": "Every consent was somebody's act; operators acted on valid mandates alone",
    "no_notice_to_the_wrong_person": "No mail spoke of another customer than its reader",
    "who_agreed_has_moved": "Whoever agreed has moved, or was stopped by an operator, or still waits",
    "nobody_moved_without_agreeing": "Nobody moved without agreeing",
    "every_outcome_is_known": "The outcome of every call is known",
    "writes_agree_with_the_call_record": "Our record of calls agrees with Microsoft's side",
    "every_bundle_verifies": "Every customer has a bundle, and every bundle verifies",
    "evidence_log_holds": "The evidence log is complete and unchanged",
    "nobody_gave_up": "No simulated person met a page that made no sense",
}


def print_report(console: Console, summary: Mapping[str, Any]) -> None:
    """Prints the tables."""
    console.print(_figures(summary))
    console.print(_verdicts(summary))
    for line in collect_notes(summary):
        console.print(f"  {line}", highlight=False, markup=False)


def _figures(s: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{s['customers']} customers, {s['virtual_days']} days in {s['wall_seconds']:.0f} seconds"
    )
    table.add_column("What", no_wrap=True)
    table.add_column("Number", justify="right")
    table.add_column("Meaning")
    call_record = s["call_record"]
    rows: list[tuple[str, object, str]] = [
        ("Moved", s["moved"], "closed with the new account, verified item by item"),
        ("Declined", s["declined"], "said no, and stay to the end of their terms"),
        ("Stayed", s["stayed"], "took their word back, or were stopped by an operator"),
        ("Unreachable", s["unreachable"], "no address, or silent after two reminders and a call"),
        ("Waiting", s["needs_operator"], "not finished; each waits for a person or a date"),
        ("Subscriptions", f"{s['subscriptions_moved']:,}", f"moved, of {s['subscriptions_before']:,}; "
         f"{s['subscriptions_ended']} ended by their own term"),
        ("Seats", f"{s['seats_before']:,} → {s['seats_after']:,}", "before and after, both accounts together"),
        ("Decisions", sum(s["decisions"].values()), ", ".join(f"{n} {k}" for k, n in s["decisions"].items())),
        ("Mails", f"{s['notices_sent']:,}", f"received over SMTP; {s['mails_refused']} came back"),
        ("Calls", f"{s['remote_calls']:,}", f"{s['throttled']:,} throttled, {sum(call_record['faults'].values()):,} "
         "faults injected"),
        ("Writes", f"{s['remote_writes']:,}", f"{call_record['effects']:,} effects on Microsoft's side, "
         f"{s['repeated_writes']} repeated, {s['steps_looked_up']} looked up"),
        ("Evidence", f"{s['events']:,}", f"entries; {s['bundles_verified']} of {s['bundles']} bundles pass all checks"),
    ]  # fmt: skip
    if foreseen := s.get("forecast"):
        said = f"the simulator foresaw {foreseen['p50']} (nine times in ten {foreseen['p90']} at most)"
        rows.append(("Days", s["virtual_days"], said))
    for name, number, meaning in rows:
        table.add_row(name, str(number), meaning)
    return table


def _verdicts(s: Mapping[str, Any]) -> Table:
    table = Table(title="What must hold")
    table.add_column("", no_wrap=True)
    table.add_column("Invariant")
    for name, holds in s["invariants"].items():
        table.add_row("[green]holds[/]" if holds else "[bold red]BROKEN[/]", SENTENCES.get(name, name))
    return table


def collect_notes(s: Mapping[str, Any]) -> list[str]:
    """Examples for whatever is broken, and what a reader should know of a good end."""
    lines = [f"Not imported, {sentence}" for sentence in s["import_problems"]]
    for name in (
        "repeated", "consents_examples", "notices_examples", "writes_examples", "bundles_wrong", "log_faults",
        "forgotten", "mishaps",
    ):  # fmt: skip
        lines += [f"{name}: {example}" for example in s[name][:5]]
    lines += [f"waits: {reference}: {why}" for reference, why in list(s["unfinished"].items())[:5]]
    if s["kills"]:
        lines.append(f"The engine was killed {s['kills']} times on the way.")
    if s["web_kills"]:
        lines.append(f"The web server was killed {s['web_kills']} times on the way.")
    return lines

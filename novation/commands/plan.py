"""A dry run: what each customer's facts call for, and the calls and mails that would come of it."""

from __future__ import annotations

import argparse
from collections import Counter

from django.conf import settings
from rich.console import Console
from rich.table import Table

from novation import clock
from novation.commands.accounts import the_programme
from novation.domain.decide import decide
from novation.domain.decision import AskOperator, Do, Finished, Note, Plan, Tell, Wait
from novation.domain.steps import RULES, is_write
from novation.engine.facts import load
from novation.moves.models import Move


def plan(options: argparse.Namespace) -> int:
    """Prints what is due now, for every customer of the programme; changes nothing."""
    programme, now = the_programme(), clock.now()
    rows = Move.objects.filter(programme=programme).select_related(
        "programme__source", "programme__target", "customer", "wave"
    )
    due: Counter[tuple[str, str, str]] = Counter()
    calls = 0
    chunk: list[Move] = []
    for move in [*rows.order_by("reference").iterator(chunk_size=200), None]:
        if move is not None:
            chunk.append(move)
        if chunk and (move is None or len(chunk) == 200):
            facts = load(chunk, clock.clock())
            for one in chunk:
                line = _line(decide(facts[one.pk], now))
                due[line] += 1
                calls += line[0] == "call"
            chunk = []
    table = Table("What", "Which", "Why", "Customers", title=f"{programme}: due at {now:%d %b %Y %H:%M} UTC")
    for (what, which, why), count in sorted(due.items(), key=lambda pair: (pair[0][0], -pair[1])):
        table.add_row(what, which, why, f"{count:,}")
    console = Console()
    console.print(table)
    minutes = calls / max(1, settings.NOVATION_RATE)
    console.print(f"{calls:,} calls now, {minutes:.1f} minutes at {settings.NOVATION_RATE} a minute.")
    return 0


def _line(decision: object) -> tuple[str, str, str]:
    match decision:
        case Do(step=step, why=why):
            kind = "writes" if is_write(step) else "reads"
            return "call", f"{step} ({kind} {RULES[step].account})", why
        case Tell(purpose=purpose, why=why):
            return "mail", purpose, why
        case AskOperator(task=task, why=why):
            return "task", str(task), why
        case Plan(batches=batches, why=why):
            return "plan", f"{len(batches)} transfer requests", why
        case Note(why=why, sets=sets):
            return "note", ", ".join(f"{track}: {state}" for track, state in sets.items()), why
        case Wait(who=who, why=why):
            return "wait", f"for {who}", why
        case Finished(why=why):
            return "ended", "", why
        case _:
            return "?", "", ""

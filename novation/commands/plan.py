"""A dry run: what each customer's facts call for, and the calls and mails that would come of it."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from rich.console import Console
from rich.table import Table

from novation import clock
from novation.commands import plans, transfer_options
from novation.commands.accounts import the_programme
from novation.domain.decide import decide
from novation.domain.errors import BadInput
from novation.domain.facts import Facts
from novation.domain.next_action import (
    Finished,
    MakeCall,
    OpenTask,
    SendNotice,
    SetTracks,
    SplitTransfers,
    Wait,
)
from novation.domain.planning import exceeded_limits
from novation.domain.steps import RULES, is_write
from novation.engine.facts import load
from novation.moves.models import Move, Programme, Wave
from novation.moves.selectors import planning
from novation.moves.services import planning as service
from novation.notices.services import wave_launch


def plan(options: argparse.Namespace) -> int:
    """Prints what a wave would do, or what is due and still to come for all customers; changes nothing there."""
    programme, now = the_programme(), clock.now()
    if options.wave is not None:
        return _wave(_named(programme, options.wave), options, now)
    moves = planning.open_moves(programme)
    facts: dict[int, Facts] = {}
    for begin in range(0, len(moves), 200):
        facts.update(load(moves[begin : begin + 200], clock.clock()))
    whole = planning.of_all(programme, moves, facts, now)
    if options.json:
        print(json.dumps(whole.to_json(planning.rates(programme.policy), full=options.full), indent=2))
        return 0
    _due(programme, now)
    plans.show(whole, programme.policy, full=options.full, title=f"{programme}: what is still to come")
    print("\n".join(transfer_options.lines(programme, questions=True)))
    return 0


def _named(programme: Programme, number: int) -> Wave:
    found = Wave.objects.select_related("programme").filter(programme=programme, number=number).first()
    if found is None:
        raise BadInput(f"There is no wave {number}.", remedy="`novation wave list` shows them.")
    return found


def _wave(wave: Wave, options: argparse.Namespace, now: datetime) -> int:
    """The plan of one wave; it is kept in HOME, so that a later `apply` can say what changed. 1 when a brake holds."""
    made = planning.of_wave(wave, now)
    policy = wave.programme.policy
    held = exceeded_limits(made, policy)
    place = _place(made.checksum)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(made.snapshot(), ensure_ascii=False), encoding="utf-8")
    if options.json:
        content = made.to_json(planning.rates(policy), full=options.full)
        content["brakes"] = [{"setting": b.setting, "cause": b.cause, "remedy": b.remedy} for b in held]
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        plans.show(made, policy, full=options.full, title=f"{wave}: if everybody lets us act")
        plans.show_limits(held)
        if not held:
            print(f"Launch exactly this: novation apply --wave {wave.number} --plan {made.checksum}")
    return 1 if held else 0


def apply(options: argparse.Namespace) -> int:
    """Launches a wave if its plan is still the one that was reviewed."""
    programme, now = the_programme(), clock.now()
    wave = _named(programme, options.wave)
    if not options.plan.strip():
        raise BadInput("No plan is named.", remedy=f"See it first: novation plan --wave {wave.number}.")
    with transaction.atomic():
        service.confirm(wave, options.plan, now=now, actor="command", reviewed=kept(options.plan))
        wave_launch.launch(wave, person=None, now=now, actor="command")
    print(f"{wave} is launched: {wave.moves.count():,} customers will be informed.")
    return 0


def kept(checksum: str) -> dict[str, Any] | None:
    """The reviewed plan as `novation plan` kept it; None when it was reviewed elsewhere."""
    try:
        found: dict[str, Any] = json.loads(_place(checksum).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _place(checksum: str) -> Path:
    name = "".join(letter for letter in checksum.lower() if letter in "0123456789abcdef")
    return Path(settings.NOVATION_HOME) / "plans" / f"{name}.json"


def _due(programme: Programme, now: datetime) -> None:
    """What every customer's facts call for now."""
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
    minutes = calls / max(1, settings.NOVATION_API_RATE)
    console.print(f"{calls:,} calls now, {minutes:.1f} minutes at {settings.NOVATION_API_RATE} a minute.")


def _line(decision: object) -> tuple[str, str, str]:
    match decision:
        case MakeCall(step=step, why=why):
            kind = "writes" if is_write(step) else "reads"
            return "call", f"{step} ({kind} {RULES[step].account})", why
        case SendNotice(purpose=purpose, why=why):
            return "mail", purpose, why
        case OpenTask(task=task, why=why):
            return "task", str(task), why
        case SplitTransfers(batches=batches, why=why):
            return "plan", f"{len(batches)} transfer requests", why
        case SetTracks(why=why, sets=sets):
            return "note", ", ".join(f"{track}: {state}" for track, state in sets.items()), why
        case Wait(who=who, why=why):
            return "wait", f"for {who}", why
        case Finished(why=why):
            return "ended", "", why
        case _:
            return "?", "", ""

"""The commands of `novation`: each takes parsed options, calls a service or a selector, and prints."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Command:
    """What a command line leads to, and what must be ready before it begins."""

    function: str  # module:function, imported when it is called for
    needs_database: bool = True  # brought up to date first, or one sentence says why it cannot be


#: Every command of `novation.cli`. Those without a database make homes of their own, or need none.
COMMANDS = {
    "run": Command("novation.commands.processes:run"),
    "web": Command("novation.commands.processes:web"),
    "engine": Command("novation.commands.processes:engine"),
    "migrate": Command("novation.commands.migrate:migrate"),
    "check": Command("novation.commands.check:check"),
    "connect": Command("novation.commands.accounts:connect"),
    "programme": Command("novation.commands.accounts:programme"),
    "policy": Command("novation.commands.policy:policy"),
    "import": Command("novation.commands.moves:load"),
    "operator": Command("novation.commands.people:operator"),
    "wave": Command("novation.commands.moves:wave"),
    "move": Command("novation.commands.moves:move"),
    "plan": Command("novation.commands.plan:plan"),
    "apply": Command("novation.commands.plan:apply"),
    "webhooks": Command("novation.commands.webhooks:webhooks"),
    "inbound-mail": Command("novation.commands.inbound_mail:inbound_mail"),
    "simulate": Command("novation.commands.simulate:simulate"),
    "evidence": Command("novation.commands.evidence:evidence"),
    "emulator": Command("novation.commands.rehearsals:emulator", needs_database=False),
    "demo": Command("novation.commands.rehearsals:demo", needs_database=False),
}


def run(options: argparse.Namespace) -> int:
    """Runs the chosen command; returns its exit code.

    Raises:
        BadInput: the settings, the home or the database cannot be used; the sentence says why.
    """
    command = COMMANDS[options.command]
    if not command.needs_database:
        return _call(command, options)

    import django

    django.setup()
    from novation.commands import migrate, outages

    with outages.told():
        migrate.bring_up_to_date()
        return _call(command, options)


def _call(command: Command, options: argparse.Namespace) -> int:
    module, _, function = command.function.partition(":")
    return int(getattr(import_module(module), function)(options))

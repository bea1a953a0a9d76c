"""The commands of `novation`: each takes parsed options, calls a service or a selector, and prints."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import django


def run(options: argparse.Namespace) -> int:
    """Runs the chosen command inside Django; returns its exit code."""
    django.setup()
    from novation.commands import (
        accounts,
        check,
        evidence,
        inbound_mail,
        moves,
        people,
        plan,
        policy,
        processes,
        simulate,
        webhooks,
    )

    table: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": processes.run,
        "web": processes.web,
        "engine": processes.engine,
        "migrate": processes.migrate,
        "check": check.check,
        "connect": accounts.connect,
        "programme": accounts.programme,
        "import": moves.load,
        "wave": moves.wave,
        "move": moves.move,
        "webhooks": webhooks.webhooks,
        "inbound-mail": inbound_mail.inbound_mail,
        "plan": plan.plan,
        "apply": plan.apply,
        "policy": policy.policy,
        "simulate": simulate.simulate,
        "operator": people.operator,
        "evidence": evidence.evidence,
    }
    return table[options.command](options)

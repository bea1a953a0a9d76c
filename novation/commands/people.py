"""Operators of the console."""

from __future__ import annotations

import argparse
import os
import secrets

from novation import clock
from novation.console.operators import create_operator


def operator(options: argparse.Namespace) -> int:
    """Adds an operator; the password comes from OPERATOR_PASSWORD or is made and shown once."""
    groups = options.group or ["operator", "approver"]
    given = os.environ.get("OPERATOR_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    person = create_operator(
        options.email, options.name or options.email, password, groups, now=clock.now(), actor="command"
    )
    print(f"{person.email} may sign in at /console/ ({', '.join(groups)}).")
    if given is None:
        print(f"Password, shown once: {password}")
    return 0

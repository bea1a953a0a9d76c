"""A benchmark in a process and a home of its own: a program can be given one database only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def apart(file: str, *arguments: str, **settings: str) -> dict[str, Any]:
    """Runs a file as a program and returns what it printed last, which is JSON.

    Args:
        file: the program.
        arguments: what it is given.
        settings: of its environment; nothing else of Novation's is left there.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("NOVATION_", "DATABASE_"))}
    with tempfile.TemporaryDirectory() as home:
        ours = {
            "NOVATION_HOME": home,
            "NOVATION_TIME_SERVICES": "",
            "DJANGO_SETTINGS_MODULE": "novation.settings",
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, file, *arguments],
            cwd=ROOT, env=keep | ours | settings, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))

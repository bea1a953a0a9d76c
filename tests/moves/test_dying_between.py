"""Never a change without its event, nor an event without its change: whatever the statement at which a process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_process_that_is_killed_leaves_both_or_neither(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NOVATION_", "DATABASE_"))}
    environment |= {"NOVATION_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "novation.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.moves.dying"],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *died, lived = done.stdout.splitlines()
    assert len(died) > 20  # as many places of death as there are statements, twice
    assert set(died) == {"asked 0 0 sound"}
    assert lived == "declined 1 1 sound"

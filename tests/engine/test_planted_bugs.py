"""The tests notice what they are there for: bugs are planted, and each is caught by the test that is named for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.planted import BUGS, Bug

ROOT = Path(__file__).resolve().parents[2]


def named(bug: Bug) -> str:
    return bug.name.replace(" ", "-")


def test_there_are_at_least_twenty() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 20


@pytest.mark.parametrize("bug", BUGS, ids=named)
def test_every_bug_still_fits_the_code(bug: Bug) -> None:
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old) == 1
    path, _, test = bug.test.partition("::")
    assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tests need, to plant in."""
    folder = tmp_path_factory.mktemp("garden")
    for name in ("novation", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def caught(garden: Path, bug: Bug) -> subprocess.CompletedProcess[str]:
    """Runs the bug's test with it."""
    path = garden / bug.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(bug.old, bug.new), encoding="utf-8")
    keep = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
    try:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", bug.test],
            cwd=garden,
            env={**keep, "PYTHONPATH": str(garden)},
            capture_output=True,
            text=True,
            timeout=600,
        )
    finally:
        path.write_text(sound, encoding="utf-8")


@pytest.mark.soak
@pytest.mark.parametrize("bug", BUGS, ids=named)
def test_every_planted_bug_is_caught(garden: Path, bug: Bug) -> None:
    done = caught(garden, bug)
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    assert " failed" in done.stdout or "FAILED" in done.stdout


@pytest.mark.soak
def test_without_a_bug_the_same_tests_pass(garden: Path) -> None:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
    tests = sorted({bug.test for bug in BUGS})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=garden,
        env={**keep, "PYTHONPATH": str(garden)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]

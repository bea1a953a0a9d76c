"""The import rules of .importlinter hold, and would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PLANTED = {
    "a framework in the rules": (
        "domain/planted.py",
        "import django.db\n",
        "The rules and the evidence format",
    ),
    "a database in the evidence": (
        "evidence/planted.py",
        "import sqlite3\n",
        "The rules and the evidence format",
    ),
    "a page in the services": ("moves/planted.py", "import novation.console\n", "Imports go down only"),
    "a page that calls Microsoft": (
        "console/planted.py",
        "import novation.partnercenter\n",
        "Only the engine speaks to Microsoft",
    ),
    "our rules in the client": (
        "partnercenter/planted.py",
        "import novation.domain\n",
        "The API client stands alone",
    ),
    "our client in the emulator": (
        "emulator/planted.py",
        "import novation.partnercenter\n",
        "The emulator stands alone",
    ),
    "the emulator in the engine": ("engine/planted.py", "import novation.emulator\n", "for rehearsals"),
    "a package without a layer": ("stray/__init__.py", "", "Imports go down only"),
    "moves in the log": ("evidencelog/planted.py", "import novation.moves.models\n", "Imports go down only"),
    "operations in the customers": (
        "customers/planted.py",
        "import novation.operations\n",
        "Imports go down only",
    ),
    "moves in the operations": ("operations/planted.py", "import novation.moves\n", "Imports go down only"),
    "mails in the moves": ("moves/planted.py", "import novation.notices\n", "Imports go down only"),
    "a door in the engine": ("engine/planted.py", "import novation.webhooks\n", "Imports go down only"),
    "one door in another": ("consent/planted.py", "import novation.console\n", "Imports go down only"),
    "the rehearsal in the engine": (
        "engine/planted.py",
        "import novation.rehearsal\n",
        "Imports go down only",
    ),
}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / ".importlinter", tree)
    ignore = shutil.ignore_patterns("__pycache__", "static", "templates", "locale")
    shutil.copytree(ROOT / "novation", tree / "novation", ignore=ignore)
    return tree


def test_imports_go_down_only() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_import_is_reported(copy: Path, name: str) -> None:
    place, text, contract = PLANTED[name]
    planted = copy / "novation" / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text)
    try:
        answer = lint(copy)
    finally:
        planted.unlink()
        if planted.name == "__init__.py":
            planted.parent.rmdir()
    assert answer.returncode == 1, answer.stdout + answer.stderr
    broken = answer.stdout.split("Broken contracts", 1)
    assert len(broken) == 2, answer.stdout
    assert contract in broken[1]

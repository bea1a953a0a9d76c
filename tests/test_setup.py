"""`bin/setup` says in one sentence what a machine lacks, and the locks fit pyproject.toml.

A test of the whole installation needs the package index, so `.ci/run` does that one by starting from
a fresh clone. Here `bin/setup` runs in a copy of its own with a PATH that holds only what the test put there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pip
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


class Machine:
    """A machine of which we decide what is installed: a tree with bin/setup in it, and a PATH."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self.path = folder / "path"
        self.path.mkdir()
        for name in ("bin", "tools", "requirements"):
            shutil.copytree(ROOT / name, self.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", self.tree)
        for tool in ("sh", "dirname", "sed"):
            (self.path / tool).symlink_to(str(shutil.which(tool)))

    def provide(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def setup(self, kind: str = "runtime", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.tree / "bin" / "setup"), kind],
            env={"PATH": str(self.path), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def sentence_of(answer: subprocess.CompletedProcess[str]) -> str:
    """The one line said on failure; more than one line, or success, fails the test."""
    assert answer.returncode == 1
    lines = answer.stderr.splitlines()
    assert len(lines) == 1, answer.stderr
    assert answer.stdout == ""
    return lines[0]


def test_a_machine_without_python_is_told_what_to_install(machine: Machine) -> None:
    assert "none was found" in sentence_of(machine.setup())


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    machine.provide("python3", 'case "$1" in -V) echo "Python 3.9.2";; *) exit 1;; esac')
    said = sentence_of(machine.setup())
    assert "3.11 or newer" in said
    assert "3.9.2" in said


def test_a_python_without_the_venv_module_names_the_package(machine: Machine) -> None:
    machine.provide("python3", 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')
    assert "apt-get install python3-venv" in sentence_of(machine.setup())


def test_a_python_that_has_venv_is_preferred_to_one_that_has_not(machine: Machine) -> None:
    machine.provide("python3", 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')
    machine.provide("python3.12", 'case "$1" in tools/*) echo "chosen: 3.12, $2";; esac')
    answer = machine.setup("dev")
    assert answer.stdout == "chosen: 3.12, dev\n"


def test_a_python_newer_than_the_tested_ones_is_the_last_choice(machine: Machine) -> None:
    machine.provide(
        "python3", 'case "$2" in *"(3, 15)"*) exit 1;; esac; case "$1" in tools/*) echo new;; esac'
    )
    assert machine.setup().stdout == "new\n"
    machine.provide("python3.11", 'case "$1" in tools/*) echo tested;; esac')
    assert machine.setup().stdout == "tested\n"


@pytest.mark.parametrize(
    ("given", "expected"), [("/nowhere/python3", "not a program"), ("oldpython", "too old")]
)
def test_a_wrong_python_override_is_not_replaced_silently(
    machine: Machine, given: str, expected: str
) -> None:
    machine.provide("python3", "exit 0")
    machine.provide("oldpython", "exit 1")
    assert expected in sentence_of(machine.setup(PYTHON=given))


def test_a_tree_that_may_not_be_written_says_so(machine: Machine) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    machine.tree.chmod(0o555)
    try:
        assert "No right to write" in sentence_of(machine.setup(PYTHON=sys.executable))
    finally:
        machine.tree.chmod(0o755)


def ready_made(machine: Machine) -> Path:
    """Gives the machine a `.venv` with a copy of our pip (quicker than ensurepip); returns its stamp."""
    place = machine.tree / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    (site,) = place.glob("lib/python*/site-packages")
    shutil.copytree(Path(pip.__file__).parent, site / "pip", ignore=shutil.ignore_patterns("__pycache__"))
    return place / "novation-setup.json"


def test_without_a_network_one_sentence_says_so_and_the_next_run_tries_again(machine: Machine) -> None:
    stamp = ready_made(machine)
    for name in ("runtime", "dev"):
        (machine.tree / "requirements" / f"{name}.txt").write_text(
            f"absent==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
        )
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "HOME": str(machine.tree),
        "PIP_RETRIES": "0",
    }
    answer = machine.setup(**nowhere)
    assert answer.returncode == 1
    assert "Check the network" in answer.stderr.splitlines()[-1]
    assert not stamp.exists()


def test_a_second_run_does_nothing_until_the_lock_changes(machine: Machine) -> None:
    stamp = ready_made(machine)
    (machine.tree / "requirements" / "runtime.txt").write_text("")
    first = machine.setup()
    assert first.returncode == 0, first.stderr
    assert "Installing" in first.stderr
    assert (machine.tree / ".venv" / "bin" / "novation").exists()
    assert machine.setup().stderr == ""
    (machine.tree / "requirements" / "runtime.txt").write_text("# changed\n")
    assert "Installing" in machine.setup().stderr
    assert json.loads(stamp.read_text())["root"] == str(machine.tree)


def test_everything_is_compiled_where_processes_write_no_byte_code(machine: Machine) -> None:
    """Python then reads what is there and writes nothing: without set-up each process would compile anew."""
    place = ready_made(machine).parent
    (site,) = place.glob("lib/python*/site-packages")
    (machine.tree / "requirements" / "runtime.txt").write_text("")
    package, module = site / "package.py", machine.tree / "novation" / "module.py"
    module.parent.mkdir()
    package.write_text("import novation.module\n")
    (module.parent / "__init__.py").write_text("")
    module.write_text("NUMBER = 1\n")
    (site / "broken.py").write_text("print 'for another Python'\n")

    def compiled() -> set[str]:
        """Which of the two Python took from byte code."""
        ran = subprocess.run(
            [place / "bin" / "python", "-v", "-c", "import package"],
            capture_output=True, text=True, check=True, cwd=machine.tree, env={"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return {name for name in ("package", "module") if f"/{name}.cpython" in _taken(ran.stderr)}

    assert compiled() == set()
    answer = machine.setup(PYTHONDONTWRITEBYTECODE="1")
    assert answer.returncode == 0, answer.stderr
    assert compiled() == {"package", "module"}
    module.write_text("NUMBER = 2  # another length\n")
    assert compiled() == {"package"}
    assert machine.setup(PYTHONDONTWRITEBYTECODE="1").stderr == ""
    assert compiled() == {"package", "module"}


def _taken(said: str) -> str:
    """The lines of `python -v` that name the byte code which was used."""
    return "\n".join(line for line in said.splitlines() if line.startswith("# code object from '"))


def test_an_environment_that_was_moved_is_made_anew(machine: Machine, tmp_path: Path) -> None:
    ready_made(machine)
    (machine.tree / "requirements" / "runtime.txt").write_text("")
    assert machine.setup().returncode == 0
    moved = tmp_path / "elsewhere with a space"
    machine.tree.rename(moved)
    machine.tree = moved
    answer = machine.setup()
    assert answer.returncode == 0, answer.stderr
    assert "Creating .venv" in answer.stderr
    (moved / "novation").mkdir()
    (moved / "novation" / "cli.py").write_text("def main():\n    print('hello')\n    return 3\n")
    ran = subprocess.run([str(moved / ".venv/bin/novation")], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, "hello\n")


def locked(kind: str) -> dict[str, str]:
    found = re.findall(
        r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^ \\]+)", (ROOT / f"requirements/{kind}.txt").read_text(), re.M
    )
    return dict(found)


def project() -> dict[str, list[str]]:
    read = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = read["project"]["dependencies"]
    return {"runtime": runtime, "dev": runtime + read["dependency-groups"]["dev"]}


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_the_lock_fits_the_project(kind: str) -> None:
    """When this fails: make lock."""
    have = locked(kind)
    for text in project()[kind]:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert name in have, f"{text} is not in requirements/{kind}.txt: make lock"
        assert wanted.specifier.contains(have[name], prereleases=True), (
            f"{name}=={have[name]} is not {text}: make lock"
        )


def test_the_dev_lock_contains_the_runtime_lock() -> None:
    assert locked("runtime").items() <= locked("dev").items()


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_every_locked_package_has_hashes_and_no_host_is_named(kind: str) -> None:
    text = (ROOT / f"requirements/{kind}.txt").read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]

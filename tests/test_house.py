"""The house rules that a machine can check: names, sizes, the one clock, nothing of somebody's machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {".git", ".venv", "var", "dist", "build", "node_modules", "__pycache__", ".hypothesis"}
LEFTOVERS = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc"}
SPLIT_AT = 500
WIDEST = 120
NOW = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
    ("time", "time"),
    ("time", "time_ns"),
}
# No folder of a person or a workplace; the parts are apart so that this line does not find itself.
MACHINE = re.compile("/(?:home|Users)/[a-z]" + "|/ro" + "ot/|/wo" + "rk/(?:main|shared)")


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Every file of the project with one of the suffixes; all of them when none is given."""
    for path in sorted(under.iterdir()):
        if (
            path.name in LEFT_OUT
            or path.is_symlink()
            or (path.name.startswith(".") and path.name.endswith("_cache"))
        ):
            continue
        if path.is_dir():
            yield from files(*suffixes, under=path)
        elif not suffixes or path.suffix in suffixes:
            yield path


def inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_are_named_by_their_subject() -> None:
    """Style sheets and templates included; only names that a library asks for (allauth, Django) are exempt."""
    named = [path for path in files() if path.stem in LEFTOVERS or path.parent.name in LEFTOVERS]
    asked_for = {"novation/sqlite/base.py", "novation/postgresql/base.py"}
    assert [n for n in map(inside, named) if "/allauth/" not in n and n not in asked_for] == []


def test_no_file_has_outgrown_its_subject() -> None:
    long = {
        inside(path): lines
        for path in files(".py", ".html", ".css", ".js", ".sh")
        if not {"vendor", "migrations"}.intersection(path.parts)
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > SPLIT_AT
    }
    assert long == {}


def wide_lines(text: str) -> list[int]:
    """The numbers of the lines of `text` that are longer than `WIDEST`."""
    return [number for number, line in enumerate(text.splitlines(), 1) if len(line) > WIDEST]


def test_no_line_of_a_page_is_too_long_to_read() -> None:
    """Templates, style sheets and scripts; the formatters of `make check` break what they can, not everything."""
    wide = {
        inside(path): lines
        for path in files(".html", ".txt", ".css", ".js", under=ROOT / "novation")
        if {"templates", "static"}.intersection(path.relative_to(ROOT).parts)
        and "vendor" not in path.parts
        and (lines := wide_lines(path.read_text(encoding="utf-8")))
    }
    assert wide == {}


def test_a_planted_long_line_is_found() -> None:
    assert wide_lines("<p>\n" + "x" * 121 + "\n" + "x" * 120) == [2]


def reads_the_time(source: str) -> list[int]:
    """The lines of `source` that ask the machine what time it is."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (getattr(node.value, "id", getattr(node.value, "attr", "")), node.attr) in NOW
    ]


def test_time_is_read_in_the_clocks_alone() -> None:
    found = {
        inside(path): lines
        for path in files(".py", under=ROOT / "novation")
        if path.name != "clock.py" and (lines := reads_the_time(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "line",
    ["datetime.now(UTC)", "datetime.datetime.now()", "time.time()", "timezone.now()", "f(default=time.time)"],
)
def test_a_planted_reading_of_the_time_is_found(line: str) -> None:
    assert reads_the_time(f"x = 1\ny = {line}\n") == [2]


def test_nothing_names_a_machine_of_ours() -> None:
    found = [
        f"{inside(path)}:{number}"
        for path in files()
        if path.suffix not in {".png", ".mo", ".woff2", ".ico", ".sqlite3", ".zip", ".pdf"}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert found == []


def test_only_used_silences_are_kept_and_each_gives_its_reason() -> None:
    """`# noqa: S603 (why)` and `# type: ignore[code]  # why`: a bare silence is not allowed."""
    silence = re.compile(r"#\s*(?:type:\s*ignore(?:\[[\w, -]+\])?|noqa(?::\s*[A-Z0-9, ]+)?)(.*)$")
    bare = [
        f"{inside(path)}:{number}"
        for path in files(".py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := silence.search(line)) and len(found[1].strip(" #()")) < 5
    ]
    assert bare == []


def test_what_a_run_leaves_is_not_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git clone")
    wrong = [
        name
        for name in tracked.stdout.splitlines()
        if name.startswith(("var/", ".venv/")) or name.endswith((".sqlite3", ".pyc", ".pem", ".key"))
    ]
    assert wrong == []

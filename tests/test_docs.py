"""The documentation keeps up with the code: nothing undocumented, nothing gone, no dead link."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from novation import cli
from novation.domain import steps, tracks
from novation.evidence.tags import Tag
from tools import commands, reference

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READERS = {"text", "secret", "flag", "number", "seconds"}


def settings_read() -> dict[str, object]:
    """Name -> default of every variable that novation/settings.py asks the environment for."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse((ROOT / "novation" / "settings.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
            name, *default = node.args
            assert isinstance(name, ast.Constant)
            found[str(name.value)] = (
                default[0].value if default and isinstance(default[0], ast.Constant) else ""
            )
    return found


def settings_documented() -> dict[str, str]:
    """Name -> default as the table in docs/reference/settings.md gives it."""
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \|", page, re.M))


def test_every_setting_is_documented_and_no_other() -> None:
    assert settings_documented().keys() == settings_read().keys()


def test_the_documented_defaults_are_the_real_ones() -> None:
    for name, default in settings_read().items():
        shown = settings_documented()[name]
        if isinstance(default, bool):
            assert shown == f"`{str(default).lower()}`", name
        elif default != "":
            assert shown == f"`{default}`", name
        else:
            assert not re.fullmatch("`.*`", shown), f"{name} has no default"


def test_the_generated_pages_are_fresh() -> None:
    """When this fails: make reference."""
    assert reference.stale() == []


def test_every_state_step_task_and_event_is_defined() -> None:
    page = (REFERENCE / "states.md").read_text(encoding="utf-8")
    for track, states in tracks.STATES.items():
        section = page.split(f"### {track.value}:", 1)[1].split("###", 1)[0]
        for state in states:
            assert f"| `{state}` |" in section
    for member in (*steps.StepKind, *steps.TaskKind, *steps.TaskOutcome, *Tag):
        assert re.search(rf"^\| `{re.escape(member.value)}` \|.*\w", page, re.M), member


def test_no_generated_meaning_is_empty() -> None:
    """An empty cell means that a member has no comment behind it."""
    for name in reference.PAGES:
        page = (REFERENCE / name).read_text(encoding="utf-8")
        assert re.findall(r"^\|.*\|  \|.*$", page, re.M) == [], name


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_command_named_in_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ *(?:\$ )?)make ([a-z]+)", text, re.M))
    assert named <= targets


def test_make_alone_lists_every_command_with_one_line() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    (phony,) = [line.partition(":")[2].split() for line in lines if line.startswith(".PHONY")]
    told = {found[1] for line in lines if (found := re.match(r"([a-z]+):.*## \S", line))}
    assert set(phony) - told == {"runtime", "dev"}


def test_every_command_is_documented_with_what_it_takes() -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for command, parser, said in commands.commands(cli.parser(), "novation"):
        assert said or parser.description, f"{command} has no help"
        _, _, section = page.partition(f"## `{command}`\n")
        section = section.partition("\n## ")[0]
        for option, _, meaning in commands.options(parser):
            assert meaning, f"{command} {option} has no help"
            assert f"| `{option}` |" in section, f"{command} {option}: make reference"


def test_every_finding_of_check_is_explained_and_no_other() -> None:
    finding = re.compile(r"novation\.[A-Z]\d{3}")
    code = (ROOT / "novation" / "commands" / "check.py").read_text(encoding="utf-8")
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    assert set(finding.findall(code)) == set(finding.findall(page))


def test_every_page_of_the_docs_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in links(page)]
    assert [page.relative_to(ROOT).as_posix() for page in PAGES if page not in seen] == []

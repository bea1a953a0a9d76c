"""Writes the generated parts of docs/reference: `make reference`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the text around it is written
by hand. The words come from the code: the comment behind a member is its definition. `tests/test_docs.py`
fails when a page is stale.
"""

import ast
import io
import os
import re
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import django

from novation.domain import policy, stage, steps, tracks
from novation.evidence import tags
from tools import client_page, commands, emulator_page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
PAGES = ("commands.md", "settings.md", "states.md")
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.S)


def comments(kind: type) -> dict[str, str]:
    """Name -> the comment behind it, for every assignment in the body of a class."""
    source = Path(str(sys.modules[kind.__module__].__file__)).read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = {token.start[0]: token.string.strip("# ") for token in tokens if token.type == tokenize.COMMENT}
    (body,) = [
        node.body
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    ]
    found = {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            comment = " ".join(said[line] for line in lines if line in said)
            found[target.id] = re.sub(r"^noqa: \w+ - ", "", comment)
    return found


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def members(kind: type[StrEnum], head: str) -> str:
    said = comments(kind)
    return table((head, "meaning"), ((f"`{member.value}`", said[member.name]) for member in kind))


def track_states() -> str:
    """One table per track: what is stored, what is shown, who must act, what may follow."""
    said = comments(tracks.Track)
    parts = []
    for track, states in tracks.STATES.items():
        rows = (
            (
                f"`{name}`",
                shown.word,
                shown.code.value,
                shown.who.value,
                ", ".join(f"`{after}`" for after in sorted(shown.then)) or "(the end)",
            )
            for name, shown in states.items()
        )
        heads = ("state", "shown as", "code", "who acts", "may be followed by")
        parts.append(f"### {track.value}: {said[track.name]}\n\n{table(heads, rows)}")
    return "\n".join(parts)


def step_kinds() -> str:
    rules = [steps.RULES[kind] for kind in steps.kinds()]
    rows = ((f"`{rule.kind}`", rule.account, rule.repeat.value, str(rule.label)) for rule in rules)
    return table(("step", "account", "repeat", "what it does"), rows)


def task_kinds() -> str:
    said = comments(steps.TaskKind)
    rows = (
        (f"`{kind.value}`", said[kind.name], ", ".join(f"`{outcome.value}`" for outcome in outcomes))
        for kind, outcomes in steps.OUTCOMES.items()
    )
    return table(("task", "why it is opened", "how it can end"), rows)


def span(length: timedelta) -> str:
    """A duration as people say it: `7 days`, `6 hours`, `10 minutes`."""
    for name, unit in (("day", policy.DAY), ("hour", policy.HOUR), ("minute", policy.MINUTE)):
        if length % unit == timedelta(0):
            count = length // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{length.total_seconds():g} seconds"


def policy_settings() -> str:
    said = comments(policy.Policy)

    def rows() -> Iterator[tuple[str, str, str]]:
        default = policy.Policy()
        for name in default.to_json():
            value = getattr(default, name)
            values = value if isinstance(value, tuple) else (value,)
            shown = ", ".join(
                span(part) if isinstance(part, timedelta) else str(part).lower() for part in values
            )
            yield f"`{name}`", shown or "(empty)", said[name]

    return table(("name", "default", "meaning"), rows())


def command_line() -> str:
    from novation import cli  # late: the other pages do not need a working command line

    return commands.page(cli.parser())


def event_tags() -> str:
    return members(tags.Tag, "event")


PARTS: dict[str, Callable[[], str]] = {
    "commands": command_line,
    "stages": lambda: members(stage.Stage, "stage"),
    "codes": lambda: members(tracks.Code, "code"),
    "tracks": track_states,
    "steps": step_kinds,
    "repeats": lambda: table(
        ("letter", "a repeat"),
        (
            ("R", "only reads"),
            ("I", "has no further effect, by nature"),
            ("K", "is recognised by its request id, and answered with the first answer"),
            ("N", "must never be sent blindly: an unknown outcome is looked up first"),
        ),
    ),
    "tasks": task_kinds,
    "outcomes": lambda: members(steps.TaskOutcome, "outcome"),
    "tags": event_tags,
    "policy": policy_settings,
}


def written(page: str) -> str:
    """`page` with its generated parts as the code says now.

    Raises:
        KeyError: the page names a part that nobody generates.
    """
    return PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", page)


def stale() -> list[str]:
    """The pages whose generated parts differ from the code."""
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in PAGES}
    return [name for name, text in texts.items() if written(text) != text]


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "novation.settings")
    django.setup()  # the steps are declared in the engine
    for name in stale():
        page = FOLDER / name
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"written: docs/reference/{name}")
    return client_page.main() or emulator_page.main()


if __name__ == "__main__":
    sys.exit(main())

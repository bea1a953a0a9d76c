"""Writes the table of operations into docs/reference/emulator.md: python -m tests.emulator.coverage"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import fields
from pathlib import Path

from novation.emulator import faults
from novation.emulator.faults import PROFILES, Knobs
from novation.emulator.http.routes import TABLE
from novation.emulator.rich_seed import KINDS
from tests.emulator.official import documented, routed, sources_of

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "emulator.md"
PACKAGE = ROOT / "novation" / "emulator"
# Codes that no list of ours has, with the place they come from.
OTHER_CODES = {
    "900421",  # vendor pages: MFA claim missing
    "900420",  # newer list: audience retired
    "900160",  # third-party scenarios: the transfer cannot be created
    "60012",  # page assign-licenses-to-a-user: no free licence
}
_TOKENS = {"both": "both", "user": "app+user", "app": "app-only"}


def operations(corpus: Path) -> str:
    """One row for each operation."""
    checked = sources_of(corpus)
    rows = [
        "| operation | call | token | page | checked against | known differences |",
        "|---|---|---|---|---|---|",
    ]
    for entry in sorted(TABLE, key=lambda e: (e.service == "page", e.group, e.name)):
        token = {"page": "none", "signin": "none"}.get(entry.service, _TOKENS[entry.tokens])
        sources = ", ".join(sorted(checked[entry.name])) or "reference only"
        call = f"`{entry.method} {entry.template}`"
        rows.append(
            f"| {entry.name} | {call} | {token} | {entry.page} | {sources} | {entry.note or 'none known'} |"
        )
    return "\n".join(rows)


def absent(corpus: Path) -> str:
    """Documented operations that the emulator does not have."""
    missing = sorted({(o.path, o.method) for o in documented(corpus) if routed(o.method, o.path) is None})
    folders: dict[str, list[str]] = {}
    for path, method in missing:
        parts = [p for p in path.split("/") if p and not p.startswith("{")]
        key = (
            parts[2]
            if len(parts) > 2 and parts[1] == "customers"
            else parts[1]
            if len(parts) > 1
            else parts[0]
        )
        folders.setdefault(key, []).append(f"`{method} {path}`")
    return "\n".join(f"- **{name}**: {', '.join(calls)}" for name, calls in sorted(folders.items()))


def knobs() -> str:
    """One row for each knob, with its meaning from the comment beside it."""
    source = Path(faults.__file__).read_text(encoding="utf-8").split("class FaultPlan", 1)[0]
    meaning = dict(re.findall(r"^    (\w+): [^=]+ = [^#\n]+?(?:  # (.+))?$", source, re.M))
    rows = ["| knob | none | default | hostile | meaning |", "|---|---|---|---|---|"]
    for knob in fields(Knobs):
        values = [getattr(PROFILES[name], knob.name) for name in ("none", "default", "hostile")]
        shown = " | ".join(str(list(v) if isinstance(v, tuple) else v) for v in values)
        rows.append(f"| `{knob.name}` | {shown} | {meaning[knob.name] or 'as its name says'} |")
    return "\n".join(rows)


def rich() -> str:
    """One row for each kind of a rich seed."""
    rows = ["| kind | what the customer has besides |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{name}` | {words} |" for name, (words, _) in KINDS.items())])


def filled(page: str, corpus: Path) -> str:
    """The page with its generated parts renewed."""
    for name, text in (
        ("operations", operations(corpus)),
        ("absent", absent(corpus)),
        ("knobs", knobs()),
        ("rich", rich()),
    ):
        begin, end = f"<!-- {name}: generated -->", f"<!-- end of {name} -->"
        head, rest = page.split(begin, 1)
        page = f"{head}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}"
    return page


if __name__ == "__main__":
    folder = Path(os.environ.get("NOVATION_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        sys.exit(f"There is no corpus at {folder}; set NOVATION_CORPUS.")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), folder), encoding="utf-8")

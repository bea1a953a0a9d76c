"""Writes the generated parts of docs/reference/emulator.md: `python -m tools.emulator_page`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the text around it is by hand.
`tests/emulator/test_emulator_page.py` fails when the page is stale.
"""

import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from novation.emulator import (
    faults,
    server,  # noqa: F401  (importing it fills the table of routes)
)
from novation.emulator.bends import KINDS as BENDS
from novation.emulator.documented_calls import documented_calls
from novation.emulator.faults import PROFILES, Knobs
from novation.emulator.http.routes import TABLE
from novation.emulator.rich_seed import KINDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "emulator.md"
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.S)
TOKENS = {"both": "both", "user": "app+user", "app": "app-only", "none": "none"}
PAGES_OF_THEIR_OWN = [route for route in TABLE if route.service == "page"]


def row(*cells: str) -> str:
    """One line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def calls() -> str:
    """Every documented call: how many there are, then one row for each that is answered."""
    found = documented_calls()
    count = Counter(call.answered for call in found)
    counted = f"{count['yes']} answered, {count['partly']} answered in part, {count['no']} not."
    lines = [
        f"{len(found)} documented calls: {counted}",
        "",
        row("call", "name", "answered", "token", "page", "what is missing", "differences and assumptions"),
        row(*["---"] * 7),
    ]
    lines += [
        row(f"`{c.method} {c.path}`", c.name, c.answered, TOKENS[c.tokens], c.page, c.missing, c.note)
        for c in found
        if c.answered != "no"
    ]
    return "\n".join(lines)


def absent() -> str:
    """Every documented call that is not answered, family by family."""
    families: dict[str, list[str]] = {}
    for call in documented_calls():
        if call.answered == "no":
            families.setdefault(call.family, []).append(f"`{call.method} {call.path}`")
    lines = [row("what", "answered", "calls"), row("---", "---", "---")]
    return "\n".join([*lines, *(row(name, "no", ", ".join(one)) for name, one in families.items())])


def pages() -> str:
    """What the emulator serves besides: pages for people and files behind addresses."""
    lines = [row("address", "what it is", "page"), row("---", "---", "---")]
    found = sorted(PAGES_OF_THEIR_OWN, key=lambda route: (route.group, route.template, route.method))
    return "\n".join([*lines, *(row(f"`{r.method} {r.template}`", r.name, r.page) for r in found)])


def knobs() -> str:
    """One row for each knob, with its meaning from the comment beside it."""
    source = Path(str(faults.__file__)).read_text(encoding="utf-8").split("class FaultPlan", 1)[0]
    meaning = dict(re.findall(r"^    (\w+): [^#\n]+#\s(.+)$", source, re.M))
    names = list(PROFILES)
    lines = [row("knob", *names, "meaning"), row(*["---"] * (len(names) + 2))]
    for knob in fields(Knobs):
        values = [getattr(PROFILES[name], knob.name) for name in names]
        shown = [str(list(v) if isinstance(v, tuple) else v) for v in values]
        lines.append(row(f"`{knob.name}`", *shown, meaning[knob.name]))
    return "\n".join(lines)


def bends() -> str:
    """One row for each kind of a bend."""
    lines = [row("kind", "what becomes of the answer"), row("---", "---")]
    return "\n".join([*lines, *(row(f"`{name}`", words) for name, words in BENDS.items())])


def rich() -> str:
    """One row for each kind of a rich seed."""
    lines = [row("kind", "what the customer has besides"), row("---", "---")]
    return "\n".join([*lines, *(row(f"`{name}`", words) for name, (words, _) in KINDS.items())])


def parts() -> Mapping[str, str]:
    """Name -> text of every generated part."""
    return {
        "calls": calls(),
        "absent": absent(),
        "pages": pages(),
        "knobs": knobs(),
        "rich": rich(),
        "bends": bends(),
    }


def fresh(page: str) -> str:
    """The page with its generated parts written anew. Raises KeyError for a part that nothing writes."""
    made = parts()
    return PART.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n\n{found[3]}", page)


def main() -> int:
    """Rewrite the page."""
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

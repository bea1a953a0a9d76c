"""Writes the generated parts of docs/reference/client.md: `python -m tools.client_page`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the text around it is by hand.
`tests/partnercenter/test_client_page.py` fails when the page is stale.
"""

import dataclasses
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from novation.partnercenter import errors
from novation.partnercenter.api_calls import API_CALLS
from novation.partnercenter.pace import Pace
from novation.partnercenter.uncertain import Uncertain

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "client.md"
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.S)
TOKENS = {
    ("app", "user"): "app, user",
    ("user", "app"): "user, app",
    ("user",): "user only",
    ("app",): "app only",
}


def api_calls() -> str:
    """The table of API calls, one section per group of the client."""
    parts: list[str] = []
    for group in dict.fromkeys(name.split(".")[0] for name in API_CALLS):
        rows = [
            "| call | request | token | class | rate group | page |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for name, row in API_CALLS.items():
            if name.startswith(f"{group}."):
                note = f"; {row.note}" if row.note else ""
                request = f"`{row.method} {row.path}`"
                tokens = TOKENS[row.tokens]
                rows.append(
                    f"| `{name}` | {request} | {tokens} | {row.kind} | {row.group} | `{row.page}`{note} |"
                )
        parts.append(f"### {group}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def error_tree() -> str:
    """The tree as the module draws it."""
    text = str(errors.__doc__)
    drawn = [line.removeprefix("    ") for line in text.splitlines() if line.startswith("    ")]
    return "```text\n" + "\n".join(drawn) + "\n```\n"


def settings(kind: type) -> str:
    """Name and default of each field of a settings class."""
    rows = ["| field | default |", "| --- | --- |"]
    for field in dataclasses.fields(kind):
        value = field.default
        if value is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            value = field.default_factory()
        rows.append(f"| `{field.name}` | `{value!r}` |")
    return "\n".join(rows) + "\n"


def parts() -> Mapping[str, str]:
    """Name -> text of every generated part."""
    return {
        "api-calls": api_calls(),
        "errors": error_tree(),
        "pace": settings(Pace),
        "uncertain": settings(Uncertain),
    }


def fresh(page: str) -> str:
    """The page with its generated parts written anew. Raises KeyError for a part that nothing writes."""
    made = parts()
    return PART.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n{found[3]}", page)


def main() -> int:
    """Rewrite the page."""
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

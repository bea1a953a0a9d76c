"""The figures on record as a page of the documentation: `docs/reference/figures.md` is written by `make bench`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

HEAD = """# Figures

Written by `make bench` from `bench/results.json`; do not edit. Each benchmark says in its own file (`bench/`) what it
measures and how. Seconds and milliseconds depend on the machine, ratios hardly do: compare those.
"""


def text(value: Any) -> str:
    """A figure as it is read by people: three digits, thousands with commas."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "| --- " + "| ---: " * (len(names) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _sections(figures: dict[str, Any]) -> Iterator[str]:
    """One table of single figures, and one for each set of measurements that have the same figures."""
    single = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    if single:
        yield ""
        yield from _table(("figure", "value"), ((name, text(value)) for name, value in single.items()))
    alike: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            yield from _sections({f"{name}: {inner}": part for inner, part in value.items()})
        elif isinstance(value, dict):
            alike.setdefault(tuple(value), {})[name] = value
    for keys, columns in alike.items():
        yield ""
        rows = ([key, *(text(column[key]) for column in columns.values())] for key in keys)
        yield from _table(("figure", *columns), rows)


def page(kept: dict[str, Any]) -> str:
    """The whole page.

    Args:
        kept: what `bench/results.json` holds.
    """
    lines = [HEAD]
    for name, result in sorted(kept["benches"].items()):
        lines += [f"## {name}", ""]
        lines.append(
            f"`make bench ARGS={name}` · {result['at'][:10]} · commit `{result['commit'][:12]}` · "
            f"Python {result['python']} · {result['machine']['cores']} cores"
        )
        if "figures" in result:
            lines += _sections(result["figures"])
        else:
            lines += ["", f"It failed: {result['failed']}"]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"

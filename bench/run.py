"""Runs the benchmarks: every module beside this one that has `measure() -> dict`.

    make bench                 all of them
    make bench ARGS="pace"     some of them, by module name

Prints one table and writes `bench/results.json` (of some: beside what is on record of the others) with the
commit, the Python and the machine, so that two results can be compared, and the page `docs/reference/figures.md`.
A benchmark that fails is shown as failed; the others still run.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from page import page, text
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
FIGURES = HERE.parent / "docs" / "reference" / "figures.md"


def benches(names: list[str]) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Name and `measure` of each benchmark, in the order of their names; all when `names` is empty."""
    for path in sorted(HERE.glob("*.py")):
        if path == Path(__file__) or (names and path.stem not in names):
            continue
        spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        if hasattr(module, "measure"):
            yield path.stem, module.measure


def commit() -> str:
    """The commit measured, with `+` when the tree has changes of its own; "unknown" outside a clone."""

    def git(*arguments: str) -> str:
        answer = subprocess.run(["git", *arguments], cwd=HERE, capture_output=True, text=True, check=False)
        return answer.stdout.strip() if answer.returncode == 0 else ""

    try:
        found = git("rev-parse", "HEAD")
        return (found + ("+" if git("status", "--porcelain") else "")) or "unknown"
    except FileNotFoundError:
        return "unknown"


def run(names: list[str], console: Console) -> dict[str, Any]:
    """Measures and returns what `bench/results.json` holds."""
    results: dict[str, Any] = {}
    for name, measure in benches(names):
        started = time.perf_counter()
        with console.status(f"measuring {name} …"):
            try:
                figures: dict[str, Any] = {"figures": measure()}
            except Exception as failed:
                traceback.print_exc()
                figures = {"failed": f"{type(failed).__name__}: {failed}"}
        # Each says for itself when and where it was measured: not all are measured together.
        results[name] = {**figures, "seconds": round(time.perf_counter() - started, 2), **measured()}
    return {**measured(), "benches": results}


def measured() -> dict[str, Any]:
    """When, what and where."""
    machine = {"system": platform.system(), "architecture": platform.machine(), "cores": os.cpu_count()}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "machine": machine,
    }


def rows(figures: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Figures as lines of a table; a nested dictionary gives `outer inner`."""
    for name, value in figures.items():
        label = f"{before} {name}".strip()
        if isinstance(value, dict):
            yield from rows(value, label)
        else:
            yield label, text(value)


def show(outcome: dict[str, Any], console: Console) -> None:
    title = f"{outcome['commit'][:12]} · Python {outcome['python']} · {outcome['machine']['cores']} cores"
    table = Table(title=title)
    table.add_column("benchmark")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, result in outcome["benches"].items():
        lines = list(rows(result["figures"])) if "figures" in result else [("failed", result["failed"])]
        for number, (label, value) in enumerate([*lines, ("seconds taken", str(result["seconds"]))]):
            table.add_row(name if number == 0 else "", label, value)
        table.add_section()
    console.print(table)


def _others(named: list[str]) -> dict[str, Any]:
    """What is on record of the benchmarks that are not run now; nothing when all are run."""
    if not named or not RESULTS.exists():
        return {}
    record: dict[str, Any] = json.loads(RESULTS.read_text())
    when = {name: record[name] for name in ("at", "commit", "python", "machine")}
    return {name: {**when, **result} for name, result in record["benches"].items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench/run.py", description="Runs the benchmarks beside this file.")
    parser.add_argument("names", nargs="*", help="benchmarks to run; all when none is named")
    options = parser.parse_args(arguments)
    known = {path.stem for path in HERE.glob("*.py")} - {Path(__file__).stem, "page"}
    if unknown := set(options.names) - known:
        have = ", ".join(sorted(known)) or "none"
        print(f"No benchmark called {', '.join(sorted(unknown))}; there are: {have}.")
        return 2
    console = Console()
    outcome = run(options.names, console)
    kept = {**outcome, "benches": {**_others(options.names), **outcome["benches"]}}
    RESULTS.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    if FIGURES.parent.is_dir():
        FIGURES.write_text(page(kept))
    show(outcome, console)
    return 1 if any("failed" in result for result in outcome["benches"].values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

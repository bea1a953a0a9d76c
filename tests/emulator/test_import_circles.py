"""No module of the client or the emulator imports itself by way of another, not even for a type."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def imports_of(package: Path) -> dict[str, set[str]]:
    """Module -> the modules of the same package that it imports, also under TYPE_CHECKING and inside functions."""
    names: dict[str, Path] = {}
    for path in package.rglob("*.py"):
        parts = (package.name, *path.relative_to(package).with_suffix("").parts)
        names[".".join(part for part in parts if part != "__init__")] = path
    found: dict[str, set[str]] = {}
    for name, path in names.items():
        wanted: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                # ``from package import module`` names a module, ``from module import thing`` a thing in it.
                wanted |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        plain = {text.removeprefix("novation.") for text in wanted}
        # Running a package's __init__ is no import of what it re-exports.
        found[name] = {text for text in plain if text in names and text not in (name, package.name)}
    return found


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle of modules, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for wanted in sorted(graph[name]):
            if found := walk(wanted, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


@pytest.mark.parametrize("package", ["emulator", "partnercenter"])
def test_no_module_imports_itself_by_way_of_another(package: str) -> None:
    graph = imports_of(ROOT / "novation" / package)
    assert len(graph) > 20
    assert circle_in(graph) == []


def test_a_planted_circle_for_a_type_alone_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "emulator"
    folder.mkdir()
    (folder / "a.py").write_text("from novation.emulator.b import B\n")
    (folder / "b.py").write_text("if TYPE_CHECKING:\n    from novation.emulator.c import C\n")
    (folder / "c.py").write_text("def f():\n    from novation.emulator import a\n")
    assert circle_in(imports_of(folder)) == ["emulator.a", "emulator.b", "emulator.c", "emulator.a"]

"""No module imports itself by way of others, not even for types alone."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def imports_of(source: str, modules: set[str]) -> set[str]:
    """The modules of ours that a source imports at its top level, also under TYPE_CHECKING.

    An import inside a function waits until it is called, so it closes no circle.
    """
    found: set[str] = set()
    tree = ast.parse(source)
    inside = {id(node) for outer in ast.walk(tree) if is_function(outer) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                full = f"{node.module}.{name.name}"
                found.add(full if full in modules else node.module)
        elif isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
    return found & modules


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (Tarjan), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def ours() -> dict[str, set[str]]:
    sources = {}
    for path in (ROOT / "novation").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        sources[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return {name: imports_of(source, set(sources)) - {name} for name, source in sources.items()}


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(ours()) == []


def test_a_planted_circle_is_found_for_types_alone_too() -> None:
    modules = {"a", "b", "c"}
    graph = {
        "a": imports_of("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b\n", modules),
        "b": imports_of("import c\n", modules),
        "c": imports_of("import a\n", modules),
    }
    assert circles(graph) == [["a", "b", "c"]]
    graph["c"] = imports_of("def later():\n    import a\n", modules)
    assert circles(graph) == []

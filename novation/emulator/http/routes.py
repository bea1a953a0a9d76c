"""The table of operations. It is what the gate asks and what the documentation is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from novation.emulator.http.calls import Answer, Call

Handler = Callable[[Call], Answer]
BOTH, USER, APP = "both", "user", "app"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. ``tokens``: both, user (app+user only) or app (app-only only)."""

    method: str
    template: str
    name: str
    service: str
    group: str
    tokens: str
    page: str
    note: str
    write: bool
    handler: Handler


@dataclass(slots=True)
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


TABLE: list[Route] = []
_ROOT = _Node()


def route(
    method: str, template: str, name: str, *, group: str, page: str, tokens: str = BOTH, service: str = "partner",
    note: str = "", write: bool | None = None, also: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:  # fmt: skip
    """Puts a handler into the table. ``also`` are further spellings of the path."""

    def enter(handler: Handler) -> Handler:
        writes = method not in {"GET", "HEAD"} if write is None else write
        entry = Route(method, template, name, service, group, tokens, page, note, writes, handler)
        TABLE.append(entry)
        for path in (template, *also):
            _insert(path, entry)
        return handler

    return enter


def _insert(path: str, entry: Route) -> None:
    node, names = _ROOT, []
    for segment in path.strip("/").split("/"):
        if segment.startswith("{"):
            names.append(segment.strip("{}"))
            node.variable = node.variable or _Node()
            node = node.variable
        else:
            node = node.static.setdefault(segment.lower(), _Node())
    node.routes[entry.method] = (entry, tuple(names))


def find(method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
    """The route for a call, its path values, and whether the path exists for another method.

    Fixed segments are compared without regard to case and win over variable ones.
    """
    found = _walk(_ROOT, [s for s in path.split("/") if s], 0, [])
    if found is None:
        return None, {}, False
    node, values = found
    entry = node.routes.get(method)
    if entry is None:
        return None, {}, bool(node.routes)
    return entry[0], dict(zip(entry[1], values, strict=True)), True


def _walk(node: _Node, segments: list[str], at: int, values: list[str]) -> tuple[_Node, list[str]] | None:
    if at == len(segments):
        return (node, values) if node.routes else None
    child = node.static.get(segments[at].lower())
    if child is not None and (found := _walk(child, segments, at + 1, values)) is not None:
        return found
    if node.variable is not None:
        return _walk(node.variable, segments, at + 1, [*values, segments[at]])
    return None

"""Joins the files of this folder into the one file `verify.py` of a bundle, always with the same bytes."""

import ast
from functools import cache
from importlib.resources import files

PACKAGE = "novation.evidence.verifier"
# Each part imports from earlier ones only, so that joining them in this order gives a working program.
PARTS = (
    "clock",
    "outcome",
    "forms",
    "entry_forms",
    "archive",
    "merkle",
    "notes",
    "certificates",
    "examination",
    "openssl",
    "content_checks",
    "key_checks",
    "event_checks",
    "attribution_checks",
    "time_checks",
    "witness_checks",
    "command",
)
HEAD = '''#!/usr/bin/env python3
"""Checks an evidence bundle: python3 verify.py evidence-....zip

Needs Python 3.8 or later and the command `openssl` 3.0 or later; uses no network. `--help` lists the options.
To be independent of whoever gave you the bundle, take this file from a bundle or a source that you trust.
"""

from __future__ import annotations
'''


@cache
def verify_script() -> bytes:
    """The bytes of `verify.py`."""
    folder = files(PACKAGE)
    imports: set[str] = set()
    bodies = []
    for part in PARTS:
        source = (folder / f"{part}.py").read_text("utf-8")
        lines = source.splitlines(keepends=True)
        for node in ast.parse(source).body:
            if _is_import(node):
                taken = range(node.lineno - 1, node.end_lineno or node.lineno)
                if not ast.unparse(node).startswith(("from " + PACKAGE, "from __future__")):
                    imports.add(ast.unparse(node))
                for number in taken:
                    lines[number] = ""
        docstring = ast.parse(source).body[0]
        assert isinstance(docstring, ast.Expr)  # noqa: S101 - every part begins with its docstring
        for number in range(docstring.lineno - 1, docstring.end_lineno or 1):
            lines[number] = "# " + lines[number].replace('"""', "").rstrip() + "\n"
        bodies.append("".join(lines).strip("\n") + "\n")
    ordered = sorted(imports, key=lambda line: (line.startswith("from"), line))
    return "\n\n".join([HEAD.rstrip("\n") + "\n\n" + "\n".join(ordered) + "\n", *bodies]).encode()


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)

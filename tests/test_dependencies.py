"""What pyproject.toml declares is used, and what the product imports is declared."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from itertools import pairwise
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
#: Declared and never named in our code, with the reason.
UNSEEN = {
    "psycopg": "Django loads it when DATABASE_URL names PostgreSQL",
    "tzdata": "notices/zones.py and zoneinfo read its files",
}
NAMES = re.compile(r"^[a-z_][\w]*(\.\w+)*$")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {normal(Requirement(text).name) for text in project["dependencies"]}


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted((ROOT / "novation").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported() -> dict[str, Path]:
    """Top-level module -> one file that imports it, without those of Python and of ours."""
    found: dict[str, Path] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            found.update({name.partition(".")[0]: path for name in names})
    return {
        name: path
        for name, path in found.items()
        if name not in sys.stdlib_module_names and name != "novation"
    }


def mentioned() -> set[str]:
    """Modules that are named in a string: the apps and layers of Django's settings, and what `python -m` runs."""
    found: set[str] = set()
    for path, tree in sources():
        for node in ast.walk(tree):
            elements = node.elts if isinstance(node, ast.List) else []
            texts = [one.value if isinstance(one, ast.Constant) else None for one in elements]
            if path.name == "settings.py":
                found.update(text for text in texts if isinstance(text, str) and NAMES.match(text))
            found.update(str(text) for flag, text in pairwise(texts) if flag == "-m")
    return {name.partition(".")[0] for name in found}


def distributions() -> dict[str, set[str]]:
    """Module -> the distributions that bring it."""
    return {
        module: {normal(name) for name in names}
        for module, names in metadata.packages_distributions().items()
    }


def test_every_declared_dependency_is_used() -> None:
    brought = distributions()
    used = {name for module in {*imported(), *mentioned()} for name in brought.get(module, set())}
    assert declared() - used == set(UNSEEN)


def test_every_import_of_the_product_is_declared() -> None:
    brought, allowed = distributions(), declared()
    undeclared = {
        f"{module} in {path.relative_to(ROOT)}"
        for module, path in imported().items()
        if not brought.get(module, set()) & allowed
    }
    assert undeclared == set()

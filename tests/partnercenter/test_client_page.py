"""The page about the client is fresh, and what it shows works."""

from __future__ import annotations

import re

from novation import partnercenter
from novation.partnercenter import errors, signatures, webhooks
from tools import client_page


def test_the_generated_parts_are_fresh() -> None:
    """When this fails: python -m tools.client_page"""
    page = client_page.PAGE.read_text(encoding="utf-8")
    assert client_page.fresh(page) == page


def test_every_error_stands_in_the_tree_under_its_parent() -> None:
    tree = client_page.error_tree()
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    public = [kind for kind in kinds if not kind.__name__.startswith("_")]
    lines = tree.splitlines()
    depth = {name: line.index(name) for line in lines for name in re.findall(r"[A-Z]\w+", line)[:1]}
    for kind in public:
        assert kind.__name__ in depth, kind
        parent = next(k for k in kind.__mro__[1:] if k in public or k is Exception)
        if parent is not Exception:
            assert depth[kind.__name__] == depth[parent.__name__] + 4


def test_the_first_example_names_only_what_exists() -> None:
    page = client_page.PAGE.read_text(encoding="utf-8")
    (names,) = re.findall(r"from novation\.partnercenter import (.+)", page)
    assert all(hasattr(partnercenter, name.strip()) for name in names.split(","))
    compile(page.split("```python\n")[1].split("```")[0], "client.md", "exec")
    for name in re.findall(r"signatures\.(\w+)\(", page):
        assert hasattr(signatures, name)
    assert hasattr(webhooks, "read_event")

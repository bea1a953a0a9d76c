"""The closed set of tags: each is recorded by the product, and sets of them with a meaning stand once."""

import re
from pathlib import Path

import novation
from novation.evidence.tags import Tag

ROOT = Path(novation.__file__).parent


def test_every_tag_is_recorded_somewhere() -> None:
    """A tag is a promise for years; one that nothing records promises what is not kept."""
    named: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] not in ("evidence", "console") or path.name in (
            "signin.py",
            "operators.py",
        ):
            named.update(re.findall(r"\bTag\.([A-Z_]+)\b", path.read_text(encoding="utf-8")))
    assert sorted({tag.name for tag in Tag} - named) == []

"""Reads the environment: typed, with `_FILE` for secrets, and loud about anything it cannot use."""

from __future__ import annotations

import os
from pathlib import Path

from novation.domain.errors import BadInput

#: Every name that was asked for; a NOVATION_ variable outside it is a misspelling.
KNOWN: set[str] = set()


def text(name: str, default: str = "") -> str:
    """The variable's value, or the default when it is unset."""
    KNOWN.add(name)
    return os.environ.get(name, default)


def secret(name: str, default: str = "") -> str:
    """Like `text`, but `NAME_FILE` may name a file that holds the value.

    Raises:
        BadInput: the file is named but cannot be read, or both are set.
    """
    KNOWN.update((name, f"{name}_FILE"))
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name, default)
    if name in os.environ:
        raise BadInput(f"Both {name} and {name}_FILE are set.", remedy="Keep one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInput(f"The file named by {name}_FILE cannot be read: {error.strerror}.") from error


def flag(name: str, default: bool) -> bool:
    """True for `true`, False for `false`; nothing else is understood."""
    value = text(name, "true" if default else "false").lower()
    if value not in ("true", "false"):
        raise BadInput(f"{name} is {value!r}.", remedy="Write true or false.")
    return value == "true"


def number(name: str, default: int) -> int:
    """A whole number, not below zero."""
    value = text(name, str(default))
    if not value.isdigit():
        raise BadInput(f"{name} is {value!r}.", remedy="Write a whole number.")
    return int(value)


def seconds(name: str, default: float) -> float:
    """A duration in seconds, above zero; parts of a second are allowed."""
    value = text(name, str(default))
    try:
        found = float(value)
    except ValueError:
        found = 0.0
    if not 0.0 < found < 1e6:
        raise BadInput(f"{name} is {value!r}.", remedy="Write seconds, like 60 or 0.5.")
    return found


def refuse_unknown() -> None:
    """Raises BadInput for a NOVATION_ variable that nobody reads: most likely a misspelling."""
    unknown = sorted(name for name in os.environ if name.startswith("NOVATION_") and name not in KNOWN)
    if unknown:
        raise BadInput(
            f"Unknown setting {', '.join(unknown)} in the environment.",
            remedy="See docs/reference/settings.md for the names.",
        )

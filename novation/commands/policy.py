"""The periods and limits of the programme: shown, and changed with an event."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from novation import clock
from novation.commands.accounts import the_programme
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.moves.models import Programme
from novation.moves.services import programmes

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def policy(options: argparse.Namespace) -> int:
    """`get` prints the policy, or the values that are named; `set NAME=VALUE` changes it."""
    programme = the_programme()
    return _set(programme, options.words) if options.action == "set" else _get(programme, options.words)


def _get(programme: Programme, names: Sequence[str]) -> int:
    values = programme.policy.to_json()
    for name in names:
        _known(name, name in values)
    for name in names or values:
        print(f"{name} = {_shown(getattr(programme.policy, name))}")
    return 0


def _set(programme: Programme, words: Sequence[str]) -> int:
    if not words:
        raise BadInput("Nothing is named.", remedy="novation policy set NAME=VALUE; `policy get` lists them.")
    values = programme.policy.to_json()
    for word in words:
        name, equals, given = word.partition("=")
        _known(word, bool(equals) and name in values)
        values[name] = _read(name, given, getattr(Policy(), name))
    changed = programmes.change_policy(programme, Policy.from_json(values), now=clock.now(), actor="command")
    print(f"Changed: {', '.join(changed)}." if changed else "Nothing was changed.")
    return 0


def _known(word: str, known: bool) -> None:
    if not known:
        raise BadInput(f"{word!r} is no setting of the policy.", remedy="`novation policy get` lists them.")


def _read(name: str, given: str, default: Any) -> Any:
    """A value as `Policy.to_json` writes it."""
    if isinstance(default, str):
        return given
    if isinstance(default, bool):
        if given in ("true", "false"):
            return given == "true"
    elif isinstance(default, int):
        if given.isdigit():
            return int(given)
    elif isinstance(default, tuple):
        return [_seconds(name, part) for part in given.split(",")]
    else:
        return _seconds(name, given)
    raise BadInput(f"{name}={given!r} cannot be used.", remedy=f"Write it like {_shown(default)}.")


def _seconds(name: str, given: str) -> float:
    found = re.fullmatch(r"([0-9]{1,5})([dhm])", given)
    if found is None:
        raise BadInput(f"{name}={given!r} is no period.", remedy="Write it like 21d, 6h or 30m.")
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))}).total_seconds()


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(_shown(part) for part in value)
        case timedelta():
            minutes = int(value.total_seconds() // 60)
            unit, size = next((u, s) for u, s in (("d", 1440), ("h", 60), ("m", 1)) if minutes % s == 0)
            return f"{minutes // size}{unit}"
    return str(value)

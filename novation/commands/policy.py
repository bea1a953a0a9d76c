"""The periods and limits of the programme: shown, and changed with an event."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from typing import Any

from novation import clock
from novation.commands.accounts import the_programme
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.moves.services import programmes

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def policy(options: argparse.Namespace) -> int:
    """Without words it lists the policy; `NAME=VALUE` changes it."""
    programme = the_programme()
    values = programme.policy.to_json()
    for word in options.set:
        name, equals, given = word.partition("=")
        if not equals or name not in values:
            raise BadInput(f"{word!r} is no setting of the policy.", remedy="novation policy lists them.")
        values[name] = _read(name, given, getattr(Policy(), name))
    wanted = Policy.from_json(values)
    if options.set:
        changed = programmes.change_policy(programme, wanted, now=clock.now(), actor="command")
        print(f"Changed: {', '.join(changed)}." if changed else "Nothing was changed.")
    else:
        for name in values:
            print(f"{name} = {_shown(getattr(wanted, name))}")
    return 0


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

"""The keys that sign the evidence log, one after the other. Their secret halves are files, never rows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from novation import keys
from novation.evidence.note import LogKey
from novation.evidencelog.models import LogKey as Row


def log_key() -> LogKey:
    """The newest key of this installation's log; its name is the origin in every checkpoint.

    Read anew each time, so that a running engine follows a change at its next signature.
    """
    newest = Row.objects.order_by("-number").values_list("number", flat=True).first()
    return _key(newest or 1)


def log_vkeys() -> list[str]:
    """The public halves of all keys, the oldest first, for those who only compare: no secret is opened."""
    later = list(Row.objects.values_list("vkey", flat=True))
    return [keys.kept(_public(1), lambda: _key(1).vkey.encode()).decode(), *later]


def log_vkey() -> str:
    """The public half of the newest key."""
    return log_vkeys()[-1]


def handovers() -> list[bytes]:
    """The notes by which each later key followed the one before, in order."""
    return [bytes(note) for note in Row.objects.values_list("handover", flat=True)]


def new_key(number: int) -> LogKey:
    """The key of this number, its file made when it is not there yet. Nobody trusts it before a hand-over."""
    return _key(number, new=True)


def publish(number: int, vkey: str) -> None:
    """Lays the public half beside the secret one, for people who pin it; programs read the rows."""
    _public(number).write_text(vkey, encoding="utf-8")


def _key(number: int, *, new: bool = False) -> LogKey:
    return LogKey.from_seed(
        settings.NOVATION_LOG_ORIGIN, keys.log_seed(Path(settings.NOVATION_HOME), number, new=new)
    )


def _public(number: int) -> Path:
    return Path(settings.NOVATION_HOME) / "keys" / ("log.vkey" if number == 1 else f"log-{number}.vkey")

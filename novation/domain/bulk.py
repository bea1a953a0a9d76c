"""May an act on many customers touch this one, and what binds the answer until the act is confirmed? Pure rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from novation.domain import states
from novation.domain.stage import ENDED

#: From this number on it is not enough to press a button: the number of customers is typed.
TYPED_ABOVE = 50


class LeftOut(StrEnum):
    """Why a customer is not touched."""

    ENDED = "ended"  # the move is finished
    RUNS = "runs"  # the move is not finished
    PAUSED = "paused"  # it is paused by itself
    WAVE_PAUSED = "wave-paused"  # it is paused with its wave
    PROGRAMME_PAUSED = "all-paused"  # it is paused with the programme
    NOT_PAUSED = "not-paused"  # there is no pause of its own to end
    OTHER_PAUSE = "other-pause"  # somebody paused it for another reason
    IN_WAVE = "in-wave"  # it is in a wave
    NO_LINK = "no-link"  # there is no link that a fresh one could replace
    LINK_IS_NEW = "link-is-new"  # a fresh link was asked for a moment ago
    # Only at the press:
    CHANGED = "changed"  # no longer what the page showed
    REFUSED = "refused"  # the service refused it and says why
    FAULT = "fault"  # an unexpected error; nothing was changed


@dataclass(frozen=True)
class Standing:
    """What the rules look at in one move. What an act does not need may be left at its default.

    Args:
        wave: number of its wave.
        pause: which pause holds it: the same for customers who were paused for one reason by one person, or at once.
        link: the newest attestation.
        link_is_new: a fresh link was asked for within the last minutes.
    """

    stage: str
    paused: bool = False
    wave: int | None = None
    wave_paused: bool = False
    programme_paused: bool = False
    pause: str = ""
    agreement: str = ""
    link: str = ""
    link_is_new: bool = False

    @property
    def ended(self) -> bool:
        """Nothing more happens in this move."""
        return self.stage in ENDED


@dataclass(frozen=True)
class Rule:
    """One act's rule.

    Args:
        judge: standing and option of the act → why the customer is left out; None when it is concerned.
        binds: fields of `Standing` that must not have changed between the page and the press.
    """

    judge: Callable[[Standing, str], LeftOut | None]
    binds: tuple[str, ...]

    def facts(self, standing: Standing) -> str:
        """What binds, as one line."""
        return " ".join(f"{name}={getattr(standing, name)}" for name in self.binds)


def digest_of(act: str, option: str, lines: Iterable[tuple[int, str]]) -> str:
    """Names exactly what was shown: SHA-256 over the act, its option, and the customers concerned with their facts.

    Args:
        lines: id of the move, and its facts.
    """
    text = "\n".join([act, option, *(f"{pk} {facts}" for pk, facts in sorted(lines))])
    return hashlib.sha256(text.encode()).hexdigest()


def must_be_typed(number: int, *, final: bool) -> bool:
    """True when the number of customers is to be typed: many are concerned, or it cannot be undone."""
    return final or number > TYPED_ABOVE


def _pause(one: Standing, _option: str) -> LeftOut | None:
    if one.ended:
        return LeftOut.ENDED
    if one.paused:
        return LeftOut.PAUSED
    if one.wave_paused:
        return LeftOut.WAVE_PAUSED
    return LeftOut.PROGRAMME_PAUSED if one.programme_paused else None


def _resume(one: Standing, option: str) -> LeftOut | None:
    if one.ended:
        return LeftOut.ENDED
    if one.paused:
        return None if one.pause == option else LeftOut.OTHER_PAUSE
    if one.wave_paused:
        return LeftOut.WAVE_PAUSED
    return LeftOut.PROGRAMME_PAUSED if one.programme_paused else LeftOut.NOT_PAUSED


def _wave(one: Standing, _option: str) -> LeftOut | None:
    if one.ended:
        return LeftOut.ENDED
    return LeftOut.IN_WAVE if one.wave is not None else None


def _agreement(one: Standing, _option: str) -> LeftOut | None:
    if one.ended:
        return LeftOut.ENDED
    if one.agreement not in states.LINK_REPLACEABLE:
        return LeftOut.NO_LINK
    return LeftOut.LINK_IS_NEW if one.link_is_new else None


def _erase(one: Standing, _option: str) -> LeftOut | None:
    return None if one.ended else LeftOut.RUNS


PAUSE = Rule(_pause, ("ended", "paused", "wave_paused", "programme_paused"))
#: Only the pause that was shown is ended. One that somebody set for another reason stays, also when it is newer.
RESUME = Rule(_resume, ("ended", "paused", "pause"))
WAVE = Rule(_wave, ("ended", "wave"))
AGREEMENT = Rule(_agreement, ("ended", "agreement", "link"))
ERASE = Rule(_erase, ("stage",))
EVIDENCE = Rule(lambda _one, _option: None, ())

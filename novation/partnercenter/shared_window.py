"""One sliding window that several processes share: a pure state machine over a small JSON value.

Asking a database before every call would cost more than the call, so a process takes a *slice* of places at a
time. A slice counts in full from the moment it is granted until one window after the last answer to its calls;
places that were not used go back. What the server counts in any window therefore never exceeds the limit, however
many processes call, and a process that dies holds its slice only as long as its calls could last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novation.partnercenter.pace import Pace, Window

_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Grant:
    """What was given: ``places`` calls under the name ``slice``, or none and the seconds to ``wait``."""

    slice: str = ""
    places: int = 0
    wait: float = 0.0


class SharedWindow(Window):
    """The window of one rate group. All times are seconds of one clock that all processes read (the database's).

    ``state`` is what `dump` returned, or empty for a new window.
    """

    def __init__(self, limit: int, pace: Pace, state: dict[str, Any]) -> None:
        super().__init__(limit, pace)
        self._slices: dict[str, tuple[int, float]] = {
            name: (int(places), float(until)) for name, (places, until) in state.get("slices", {}).items()
        }
        self._number = int(state.get("number", 0))
        self._share = float(state.get("share", 1.0))
        self._paused_until = float(state.get("paused_until", 0.0))
        self._last_change = float(state.get("last_change", 0.0))
        self._refusals_in_a_row = int(state.get("refusals", 0))
        self._good_since_refusal = int(state.get("good", 0))

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "slices": {name: list(slice_) for name, slice_ in self._slices.items()},
            "number": self._number,
            "share": self._share,
            "paused_until": self._paused_until,
            "last_change": self._last_change,
            "refusals": self._refusals_in_a_row,
            "good": self._good_since_refusal,
        }

    @property
    def used(self) -> int:
        """Places that count at the moment of the last question."""
        return sum(places for places, _until in self._slices.values())

    def grant(self, now: float, *, wanted: int, lasts: float) -> Grant:
        """Gives up to ``wanted`` places. ``lasts``: seconds after which every call of the slice is surely over."""
        if now < self._paused_until:
            return Grant(wait=self._paused_until - now)
        self._recover(now)
        self._slices = {name: slice_ for name, slice_ in self._slices.items() if slice_[1] > now}
        free = self.allowed - self.used
        if free < 1:
            first = min(until for _places, until in self._slices.values())
            # An open slice may come back long before it must.
            return Grant(wait=min(max(first - now, 0.001), self._pace.window / 60.0))
        self._number += 1
        name, places = str(self._number), min(wanted, free)
        self._slices[name] = (places, now + lasts + self._pace.window + _MARGIN)
        return Grant(name, places)

    def close(self, now: float, name: str, *, used: int) -> None:
        """All calls of a slice are over: what was used counts for one window more, the rest is free at once."""
        if name in self._slices:
            if used:
                self._slices[name] = (used, now + self._pace.window + _MARGIN)
            else:
                del self._slices[name]

    def answered(self, number: int) -> None:
        """So many answers came that were not a 429."""
        self._good_since_refusal += number

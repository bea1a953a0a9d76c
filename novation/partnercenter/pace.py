"""How fast one partner account may call: settings, and the sliding window as a pure state machine.

Microsoft publishes 500 requests per minute and tenant for customer, subscription and order resources, two
validation events per minute, and asks to obey ``Retry-After`` (pages ``customer-resources``,
``subscription-resources``, ``order-resources``, ``api-throttling-guidance``, ``partner-center-webhooks``).
Failed and retried calls count. Nothing is published for the other groups; they get the same figure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A hair more than the window, for rounding of timers on both sides.
_MARGIN = 0.05
# What is left of the speed after the first, second and third refusal without good answers between; then half.
_SLOWER = {1: 0.98, 2: 0.9, 3: 0.8}


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits and patience of one account.

    ``per_minute``: calls of one rate group in any ``window`` seconds; ``groups`` overrides it by group name.
    ``in_flight``: calls under way at the same time, all groups together.
    ``tries``: how often a read is tried on 5xx, network faults and unreadable answers; pauses between tries
    grow from ``backoff`` to ``longest_backoff`` seconds with jitter.
    ``max_wait``: seconds that one call may spend on 429 pauses before it gives up with ``Throttled``.
    ``pause``: seconds to pause on a 429 that names none.
    ``slowest``: the share of the limit below which slowing down stops; ``recovery``: seconds without a 429
    until a twentieth of the limit is given back.
    """

    per_minute: int = 500
    in_flight: int = 8
    groups: Mapping[str, int] = field(default_factory=lambda: {"webhooks.test": 2})
    window: float = 60.0
    tries: int = 4
    backoff: float = 0.5
    longest_backoff: float = 20.0
    max_wait: float = 180.0
    pause: float = 30.0
    slowest: float = 0.1
    recovery: float = 3.0

    def limit(self, group: str) -> int:
        """Calls allowed in one window for ``group``."""
        return max(1, self.groups.get(group, self.per_minute))


class Window:
    """Sliding window for one group. All times are seconds of one monotonic clock, given by the caller.

    A call holds its place from the moment it is granted until one window after its answer. The server counts
    it somewhere between sending and answering, so no window of the server's can hold more than the limit,
    whatever the latency was.
    """

    def __init__(self, limit: int, pace: Pace) -> None:
        self._limit = limit
        self._pace = pace
        self._open = 0
        self._answered: deque[float] = deque()
        self._share = 1.0
        self._paused_until = float("-inf")
        self._last_change = float("-inf")
        self._refusals_in_a_row = 0
        self._good_since_refusal = 0

    @property
    def allowed(self) -> int:
        """Calls allowed in one window now, after slowing down."""
        return max(1, int(self._limit * self._share + 1e-9))

    def take(self, now: float) -> float:
        """Take a place and return 0.0, or return the seconds to wait before asking again."""
        if now < self._paused_until:
            return self._paused_until - now
        self._recover(now)
        self._forget(now)
        used = self._open + len(self._answered)
        if used < self.allowed:
            self._open += 1
            return 0.0
        surplus = used - self.allowed
        if surplus < len(self._answered):
            return max(0.001, self._answered[surplus] + self._pace.window + _MARGIN - now)
        # Everything that counts is under way; an answer frees a place one window later at the earliest.
        return self._pace.window / 60.0

    def give_back(self, now: float, *, counted: bool = True) -> None:
        """The call is over at ``now``. ``counted`` is False only if it is certain that nothing was sent."""
        self._open -= 1
        if counted:
            self._answered.append(now)

    def refused(self, now: float, retry_after: float) -> None:
        """The server said 429: pause for ``retry_after`` seconds and slow down.

        One burst counts once. The first refusal costs a little, since it may be somebody else's traffic;
        refusals that follow each other without good answers between cost much more.
        """
        if now >= self._paused_until:
            self._refusals_in_a_row = 1 if self._good_since_refusal >= 20 else self._refusals_in_a_row + 1
            factor = _SLOWER.get(self._refusals_in_a_row, 0.5)
            self._share = max(self._pace.slowest, self._share * factor)
        self._good_since_refusal = 0
        self._paused_until = max(self._paused_until, now + retry_after)
        self._last_change = max(self._last_change, self._paused_until)

    def accepted(self) -> None:
        """An answer came that was not a 429."""
        self._good_since_refusal += 1

    def state(self) -> dict[str, Any]:
        """Everything that changes, as plain values; ``restore`` takes it back."""
        return {
            "open": self._open,
            "answered": list(self._answered),
            "share": self._share,
            # JSON knows no infinity.
            "paused_until": None if self._paused_until == float("-inf") else self._paused_until,
            "last_change": None if self._last_change == float("-inf") else self._last_change,
            "refusals": self._refusals_in_a_row,
            "good": self._good_since_refusal,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become what ``state`` describes."""
        never = float("-inf")
        self._open = int(state["open"])
        self._answered = deque(state["answered"])
        self._share = float(state["share"])
        self._paused_until = never if state["paused_until"] is None else float(state["paused_until"])
        self._last_change = never if state["last_change"] is None else float(state["last_change"])
        self._refusals_in_a_row, self._good_since_refusal = int(state["refusals"]), int(state["good"])

    def _recover(self, now: float) -> None:
        if self._share >= 1.0:
            return
        steps = int((now - self._last_change) / self._pace.recovery)
        if steps > 0:
            self._share = min(1.0, self._share + 0.05 * steps)
            self._last_change = now

    def _forget(self, now: float) -> None:
        end = now - self._pace.window - _MARGIN
        while self._answered and self._answered[0] <= end:
            self._answered.popleft()

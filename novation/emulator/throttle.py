"""Rate limits: a sliding window of sixty wall seconds per account and kind of resource.

Page ``api-throttling-guidance``; 500 a minute for customers, subscriptions and orders is published,
for the other kinds the same number is assumed.
"""

from __future__ import annotations

from collections import deque

WINDOW = 60.0


class Throttle:
    """Counts admitted calls. Time is an argument (steady seconds)."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._bursts: dict[str, float] = {}

    def admit(self, account: str, kind: str, now: float) -> int | None:
        """None when the call may pass, else the whole seconds to wait."""
        until = self._bursts.get(account, 0.0)
        if now < until:
            return max(1, round(until - now + 0.5))
        if self.per_minute <= 0:
            return None
        calls = self._calls.setdefault((account, kind), deque())
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= self.per_minute:
            return max(1, round(calls[0] + WINDOW - now + 0.5))
        calls.append(now)
        return None

    def burst(self, account: str, seconds: float, now: float) -> None:
        """Refuses everything of an account for a while."""
        self._bursts[account] = max(self._bursts.get(account, 0.0), now + seconds)

    def forget(self) -> None:
        """Empties all windows."""
        self._calls.clear()
        self._bursts.clear()

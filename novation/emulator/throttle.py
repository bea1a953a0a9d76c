"""Rate limits: a sliding window of sixty wall seconds per account and kind of resource.

Page ``api-throttling-guidance``; 500 a minute for customers, subscriptions and orders is published,
for the other kinds the same number is assumed. The page says that some calls are counted for each pair of
partner and customer; which ones and how many is not published, so that second bucket is off unless asked for.
"""

from __future__ import annotations

from collections import deque

WINDOW = 60.0


class Throttle:
    """Counts admitted calls. Time is an argument (steady seconds)."""

    def __init__(self, per_minute: int, per_customer: int = 0) -> None:
        self.per_minute = per_minute
        self.per_customer = per_customer
        self._calls: dict[tuple[str, str, str], deque[float]] = {}
        self._bursts: dict[str, float] = {}

    def admit(self, account: str, kind: str, now: float, customer: str = "") -> int | None:
        """None when the call may pass, else the whole seconds to wait. A refused call counts in no window."""
        until = self._bursts.get(account, 0.0)
        if now < until:
            return max(1, round(until - now + 0.5))
        windows = []
        for limit, who in ((self.per_minute, ""), (self.per_customer if customer else 0, customer.lower())):
            if limit <= 0:
                continue
            calls = self._calls.setdefault((account, kind, who), deque())
            while calls and calls[0] <= now - WINDOW:
                calls.popleft()
            if len(calls) >= limit:
                return max(1, round(calls[0] + WINDOW - now + 0.5))
            windows.append(calls)
        for calls in windows:
            calls.append(now)
        return None

    def start_burst(self, account: str, seconds: float, now: float) -> None:
        """Refuses everything of an account for a while."""
        self._bursts[account] = max(self._bursts.get(account, 0.0), now + seconds)

    def reset(self) -> None:
        """Empties all windows."""
        self._calls.clear()
        self._bursts.clear()

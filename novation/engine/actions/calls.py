"""What every action uses: the two clients, and the lease check right before a write leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from novation.clock import Clock
from novation.domain.errors import TryLater
from novation.engine.work import Came, Result, Work
from novation.failpoints import failpoint
from novation.partnercenter import Call, PartnerCenter


@dataclass(frozen=True, slots=True)
class Accounts:
    """The clients of our two partner accounts, and the clock that leases are measured with."""

    source: PartnerCenter
    target: PartnerCenter
    clock: Clock

    def turned(self) -> Accounts:
        """The same accounts for a move back: what was the target is its source."""
        return Accounts(self.target, self.source, self.clock)

    def call(self, work: Work) -> Call:
        """The names of a write, with a check that the claim still holds when the bytes leave."""

        def before_send() -> None:
            # Half the lease is kept for the answer: a worker that was paused must not send any more.
            now = self.clock.now()
            if now >= work.lease_until:
                raise TryLater("The lease ran out before the call was sent.")
            failpoint("before-send")

        return Call(request_id=work.request_id, correlation_id=work.correlation_id, before_send=before_send)


def done(value: Mapping[str, Any]) -> Result:
    """A reading, or a look-up that found the effect."""
    return Result(came=Came.DONE, value=value)


def not_there(text: str) -> Result:
    """A look-up that found no effect. The record waits for the quiet period before it believes this."""
    return Result(came=Came.NOT_DONE, text=text)

"""Drives the virtual clock: it runs slowly while anybody works, and jumps when everybody waits for a date.

So a slow machine or a dead engine never makes a deadline pass, and the same seed comes to the same end
however long it takes. A jump is made only when no call is under way, no outcome unknown and no mail
unsent: periods of real time (leases, codes, the quiet period of an unknown outcome) never lie across one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from novation.domain.errors import NeedsOperator
from novation.rehearsal.calendar import DUE_HOURS, next_hour
from novation.rehearsal.clock_hold import jump_permit
from novation.rehearsal.db_probe import ProbeResult, earliest, is_stamp_pending, probe_database
from novation.rehearsal.scheduler import Scheduler

#: Real seconds between polls while anybody works; each costs a query.
POLL_SECONDS = 0.1
#: The same once nobody does.
QUIET_SECONDS = 0.02
#: Quiet polls in a row before a jump.
QUIET_POLLS = 2
#: Real seconds in which at least something must have changed.
STUCK_SECONDS = 120.0
#: Virtual time after which a programme that does not end is given up.
MAX_VIRTUAL_TIME = timedelta(days=400)


@dataclass
class ClockDriver:
    """Drives one rehearsal to its end.

    Args:
        now: reads the virtual clock.
        jump: turns it forward.
        scheduler: what people will do.
        next_sitting: gives the next sitting of the operators at or after a moment.
        start_sitting: plans a sitting of the operators for now.
        hold: lock file that keeps the clock from jumping.
        on_poll: called after each poll, for progress, watching and killing.
    """

    now: Callable[[], datetime]
    jump: Callable[[datetime], None]
    scheduler: Scheduler
    next_sitting: Callable[[datetime], datetime]
    start_sitting: Callable[[], None]
    hold: Path
    on_poll: Callable[[datetime, ProbeResult], None]
    jumps: int = 0
    waited: dict[str, float] = field(default_factory=dict)
    polls: int = 0
    _polled: float = field(default_factory=time.monotonic, repr=False)
    _last: tuple[object, ...] = field(default=(), repr=False)
    _changed: float = field(default_factory=time.monotonic, repr=False)

    def run(self) -> ProbeResult:
        """Runs until every move has ended and every mail is sent, or nothing can change any more.

        Raises:
            NeedsOperator: nothing has changed for two minutes although something is due.
        """
        begin = self.now()
        sitting = self.next_sitting(begin)
        quiet = 0
        while True:
            now = self.now()
            self.polls += 1
            if now >= sitting:
                if probe_database(now).tasks:
                    self.start_sitting()
                sitting = self.next_sitting(now + timedelta(seconds=1))
            started = self.scheduler.start_due(now)
            active = self.scheduler.active  # before the look: what an act leaves behind is seen by it
            probe = probe_database(now)
            self.on_poll(now, probe)
            self._raise_if_stuck(probe, active)
            if started or active or probe.busy:
                quiet = 0
                time.sleep(POLL_SECONDS)
                self._record_wait(probe, active)
                continue
            self._polled = time.monotonic()
            quiet += 1
            if quiet < QUIET_POLLS:
                time.sleep(QUIET_SECONDS)
                continue
            target = self._next_jump(probe, sitting)
            if target is None or now - begin > MAX_VIRTUAL_TIME:
                return probe
            if self._jump(max(target, now)):
                quiet = 0
            else:
                time.sleep(QUIET_SECONDS)
                self.waited["stamps"] = self.waited.get("stamps", 0.0) + time.monotonic() - self._polled

    def _jump(self, target: datetime) -> bool:
        """Turns the clock forward unless a stamp is awaited, which would then speak of another day."""
        with jump_permit(self.hold) as permitted:
            if not permitted or is_stamp_pending(self.now()):
                return False
            self.jump(target)
        self.jumps += 1
        return True

    def _record_wait(self, probe: ProbeResult, active: int) -> None:
        """Adds up what the clock waited for, in real seconds."""
        passed = time.monotonic() - self._polled
        for name, waits in (
            ("people", active), ("calls due", probe.due), ("outcomes unknown", probe.unknown), ("mails", probe.mails)
        ):  # fmt: skip
            if waits:
                self.waited[name] = self.waited.get(name, 0.0) + passed
        self._polled = time.monotonic()

    def _next_jump(self, probe: ProbeResult, sitting: datetime) -> datetime | None:
        """Where to jump: None when nothing will happen any more."""
        if not probe.open_moves and self.scheduler.next_due() is None:
            return None
        due = next_hour(probe.next_due, DUE_HOURS) if probe.next_due and probe.open_moves else None
        return earliest((due, self.scheduler.next_due(), sitting if probe.tasks else None))

    def _raise_if_stuck(self, probe: ProbeResult, active: int) -> None:
        state = (probe, active, self.jumps)
        if state != self._last:
            self._last, self._changed = state, time.monotonic()
        elif time.monotonic() - self._changed > STUCK_SECONDS:
            raise NeedsOperator(
                f"Nothing has changed for {STUCK_SECONDS:.0f} seconds: {probe.due} moves due, {probe.unknown} outcomes "
                f"unknown, {probe.mails} mails unsent, {active} people at it. The logs say why."
            )

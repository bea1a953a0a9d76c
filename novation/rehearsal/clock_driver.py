"""Governs the virtual clock: it runs slowly while anybody works, and jumps when everybody waits for a date.

So a slow machine or a dead engine never makes a deadline pass, and the same seed comes to the same end
however long it takes. A jump is made only when no call is under way, no outcome unknown and no mail
unsent: periods of real time (leases, codes, the quiet period of an unknown outcome) never lie across one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from novation.domain.errors import NeedsOperator
from novation.rehearsal.calendar import LOOKING, next_hour
from novation.rehearsal.db_probe import Pulse, earliest, look, unstamped
from novation.rehearsal.scheduler import Agenda

#: Real seconds between looks.
LOOK = 0.05
#: Quiet looks in a row before a jump.
SURE = 2
#: Real seconds in which at least something must have changed.
STUCK = 120.0
#: Virtual time after which a programme that does not end is given up.
LONGEST = timedelta(days=400)


@dataclass
class Governor:
    """Drives one rehearsal to its end.

    Args:
        now: reads the virtual clock.
        jump: turns it forward.
        agenda: what people will do.
        office_hours: gives the next sitting of the operators at or after a moment.
        sit: plans a sitting of the operators for now.
        on_look: called after each look, for progress, watching and killing.
    """

    now: Callable[[], datetime]
    jump: Callable[[datetime], None]
    agenda: Agenda
    office_hours: Callable[[datetime], datetime]
    sit: Callable[[], None]
    on_look: Callable[[datetime, Pulse], None]
    jumps: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    looks: int = 0
    _looked: float = field(default_factory=time.monotonic, repr=False)
    _last: tuple[object, ...] = field(default=(), repr=False)
    _changed: float = field(default_factory=time.monotonic, repr=False)

    def run(self) -> Pulse:
        """Runs until every move has ended and every mail is sent, or nothing can change any more.

        Raises:
            NeedsOperator: nothing has changed for two minutes although something is due.
        """
        begin = self.now()
        sitting = self.office_hours(begin)
        quiet = 0
        while True:
            now = self.now()
            self.looks += 1
            if now >= sitting:
                if look(now).tasks:
                    self.sit()
                sitting = self.office_hours(now + timedelta(seconds=1))
            started = self.agenda.start_due(now)
            active = self.agenda.active  # before the look: what an act leaves behind is seen by it
            pulse = look(now)
            self.on_look(now, pulse)
            self._notice(pulse, active)
            if started or active or pulse.busy:
                quiet = 0
                time.sleep(LOOK)
                self._book(pulse, active)
                continue
            self._looked = time.monotonic()
            quiet += 1
            if quiet < SURE:
                time.sleep(LOOK / 3)
                continue
            if unstamped(now):
                # A stamp that comes after the jump would speak of another day than its checkpoint.
                time.sleep(LOOK)
                self.spent["stamps"] = self.spent.get("stamps", 0.0) + LOOK
                continue
            following = self._following(pulse, sitting)
            if following is None or now - begin > LONGEST:
                return pulse
            self.jump(max(following, now))
            self.jumps += 1
            quiet = 0

    def _book(self, pulse: Pulse, active: int) -> None:
        """Adds up what the clock waited for, in real seconds."""
        for name, waits in (
            ("people", active), ("calls due", pulse.due), ("outcomes unknown", pulse.unknown), ("mails", pulse.mails)
        ):  # fmt: skip
            if waits:
                self.spent[name] = self.spent.get(name, 0.0) + time.monotonic() - self._looked
        self._looked = time.monotonic()

    def _following(self, pulse: Pulse, sitting: datetime) -> datetime | None:
        """Where to jump: None when nothing will happen any more."""
        if not pulse.open_moves and self.agenda.next() is None:
            return None
        due = next_hour(pulse.next_due, LOOKING) if pulse.next_due and pulse.open_moves else None
        return earliest((due, self.agenda.next(), sitting if pulse.tasks else None))

    def _notice(self, pulse: Pulse, active: int) -> None:
        state = (pulse, active, self.jumps)
        if state != self._last:
            self._last, self._changed = state, time.monotonic()
        elif time.monotonic() - self._changed > STUCK:
            raise NeedsOperator(
                f"Nothing has changed for {STUCK:.0f} seconds: {pulse.due} moves due, {pulse.unknown} outcomes "
                f"unknown, {pulse.mails} mails unsent, {active} people at it. The logs say why."
            )

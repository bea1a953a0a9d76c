"""The virtual clock jumps when everybody waits, and only then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from novation.domain.errors import NeedsOperator
from novation.rehearsal import clock_driver
from novation.rehearsal.clock_driver import ClockDriver
from novation.rehearsal.clock_hold import hold_clock, jump_permit
from novation.rehearsal.db_probe import ProbeResult
from novation.rehearsal.scheduler import Scheduler

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUIET = ProbeResult(due=0, unknown=0, mails=0, tasks=0, next_due=None, open_moves=0, entries=1)
TOMORROW = ProbeResult(
    due=0, unknown=0, mails=0, tasks=0, next_due=NOON + timedelta(days=1), open_moves=1, entries=1
)


@dataclass
class Script:
    """What the database says, poll by poll, and what happened."""

    probes: list[ProbeResult]
    stamps_pending: list[bool] = field(default_factory=list)
    now: datetime = NOON
    jumps: list[datetime] = field(default_factory=list)

    def probe(self, _now: datetime) -> ProbeResult:
        return self.probes.pop(0) if len(self.probes) > 1 else self.probes[0]

    def jump(self, target: datetime) -> None:
        self.jumps.append(target)
        self.now = target


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Script], ClockDriver]:
    def run(script: Script) -> ClockDriver:
        monkeypatch.setattr(clock_driver, "probe_database", script.probe)
        monkeypatch.setattr(
            clock_driver,
            "is_stamp_pending",
            lambda _now: bool(script.stamps_pending and script.stamps_pending.pop()),
        )
        for name in ("POLL_SECONDS", "QUIET_SECONDS"):
            monkeypatch.setattr(clock_driver, name, 0.0)
        scheduler = Scheduler(1)
        driver = ClockDriver(
            now=lambda: script.now, jump=script.jump, scheduler=scheduler,
            next_sitting=lambda moment: moment + timedelta(days=30), start_sitting=lambda: None,
            hold=tmp_path / "clock.lock", on_poll=lambda _now, _probe: None,
        )  # fmt: skip
        driver.run()
        scheduler.close()
        return driver

    return run


def test_it_jumps_to_the_next_resting_hour(drive: Callable[[Script], ClockDriver]) -> None:
    script = Script([TOMORROW] * clock_driver.QUIET_POLLS + [QUIET])
    assert drive(script).jumps == 1
    assert script.jumps == [datetime(2026, 11, 25, 16, tzinfo=UTC)]


def test_it_stays_while_a_call_is_due(drive: Callable[[Script], ClockDriver]) -> None:
    busy = ProbeResult(due=3, unknown=0, mails=0, tasks=0, next_due=NOON, open_moves=1, entries=1)
    assert drive(Script([busy] * 5 + [QUIET])).jumps == 0


def test_it_waits_for_stamps_before_it_jumps(drive: Callable[[Script], ClockDriver]) -> None:
    script = Script([TOMORROW] * (clock_driver.QUIET_POLLS + 2) + [QUIET], stamps_pending=[True, True])
    assert drive(script).jumps == 1
    assert script.stamps_pending == []


def test_nothing_that_changes_is_a_failure_with_a_reason(
    drive: Callable[[Script], ClockDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_driver, "STUCK_SECONDS", -1.0)
    busy = ProbeResult(due=3, unknown=0, mails=0, tasks=0, next_due=NOON, open_moves=1, entries=1)
    with pytest.raises(NeedsOperator, match="3 moves due"):
        drive(Script([busy]))


def test_nobody_jumps_while_somebody_holds_the_clock(tmp_path: Path) -> None:
    lock = tmp_path / "clock.lock"
    with hold_clock(lock), jump_permit(lock) as permitted:
        assert not permitted
    with jump_permit(lock) as permitted:
        assert permitted

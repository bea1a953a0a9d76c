"""`novation demo`: starts the parts, runs the programme to its end, and evaluates it."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

from novation import __version__
from novation.domain.errors import BadInput
from novation.rehearsal import home
from novation.rehearsal.browser import Browser, PageError, shared_connections
from novation.rehearsal.calendar import OPERATOR_HOURS, next_hour
from novation.rehearsal.chaos import KillSchedule
from novation.rehearsal.customers import Customer, CustomerDirectory, SharedServices, other_address
from novation.rehearsal.emulator_control import Company, Emulator
from novation.rehearsal.ground_truth_log import GroundTruthLog
from novation.rehearsal.mailbox import Mailbox, ReceivedMail
from novation.rehearsal.operators import OperatorSession, OperatorTeam
from novation.rehearsal.personas import create_persona
from novation.rehearsal.scheduler import Scheduler
from novation.rehearsal.stack import Stack

if TYPE_CHECKING:
    from novation.rehearsal.fixtures import OperatorAccount, Setup

#: Simulated people who act at the same time.
PEOPLE_AT_ONCE = 8
#: The second wave follows the pilot after so long.
PILOT_DURATION = timedelta(days=1)


@dataclass(frozen=True)
class Options:
    """What a rehearsal is asked for."""

    customers: int
    seed: int
    faults: str
    database: str
    json: Path | None
    kills: int
    web_kills: int
    stay: bool
    home: Path


def main(options: argparse.Namespace) -> int:
    """Runs a rehearsal; 0 only when every invariant holds.

    Raises:
        BadInput: an option cannot be used.
        NeedsOperator: a part did not come up, or ended.
    """
    if not 1 <= options.customers <= 100_000:
        raise BadInput("--customers must be between 1 and 100,000.")
    if options.kills < 0 or options.web_kills < 0:
        raise BadInput("--kills and --web-kills must not be negative.")
    console = Console()
    chosen = Options(
        customers=options.customers,
        seed=options.seed,
        faults=options.faults,
        database=options.database,
        json=options.json.absolute() if options.json else None,
        kills=options.kills,
        web_kills=options.web_kills,
        stay=options.stay == "yes" or (options.stay == "auto" and console.is_terminal and sys.stdin.isatty()),
        home=home.home_folder(options.home),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return Rehearsal(chosen, console).run()


class Rehearsal:
    """One run, from an empty folder to the verdict."""

    def __init__(self, options: Options, console: Console) -> None:
        self.options, self.console = options, console
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.ground_truth = GroundTruthLog()
        self.directory = CustomerDirectory({})
        self.stack = Stack(options.home, options.database, Mailbox(self._deliver))

    def _deliver(self, mail: ReceivedMail) -> None:
        self.directory.deliver(mail)

    def run(self) -> int:
        """Runs it, and ends every process that it started, whatever happens."""
        home.prepare_home(self.options.home)
        logging.basicConfig(
            filename=self.options.home / "logs" / "people.log", level=logging.INFO, force=True
        )
        for name in ("httpx2", "httpcore2", "mail.log"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            with self.console.status("Setting the stage …"):
                setup, companies, begin = self._start_stack()
            self.seconds["stage"] = time.monotonic() - self.started
            summary = self._run_programme(setup, companies, begin)
            self._write_results(summary, setup.people[-1])
            return 0 if all(summary["invariants"].values()) else 1
        finally:
            self.stack.close()

    def _start_stack(self) -> tuple[Setup, list[Company], datetime]:
        chosen = self.options
        emulator = self.stack.start_outside(
            customers=chosen.customers, seed=chosen.seed, faults=chosen.faults
        )
        # It loads while the tables are made, and is asked for no page before.
        self.stack.start_web()
        self.stack.apply_environment()
        # Django reads the environment once, so it is not imported before it is settled.
        import django

        django.setup()
        from novation import clock
        from novation.rehearsal import fixtures, oracle, summary  # noqa: F401 (all that may be missing is missed now)

        fixtures.prepare_database(own=not chosen.database)
        if self.stack.time_services is not None:
            self.stack.time_services.pin_chains()
        companies = emulator.companies()
        begin = clock.now()
        setup = fixtures.create_programme(emulator.ready, companies, folder=chosen.home, now=begin)
        self.stack.start_engine()
        self.active_items = oracle.active_items(emulator.truths([company.tenant for company in companies]))
        self.now = _thread_safe(clock.now)
        self._create_customers(companies, emulator)
        self.stack.wait_for_web()
        self.stack.mailbox.set_own_addresses(person.email for person in setup.people)
        self.team = self._sign_in_operators(setup, emulator)
        return setup, companies, begin

    def _create_customers(self, companies: list[Company], emulator: Emulator) -> None:
        transport = shared_connections()
        self.browser: Callable[[], Browser] = lambda: Browser(transport, self.stack.address)
        self.scheduler = Scheduler(PEOPLE_AT_ONCE)
        shared = SharedServices(
            self.scheduler, self.stack.mailbox, emulator, self.ground_truth, self.browser, self.now
        )
        customers = {}
        for company in companies:
            nature = create_persona(self.options.seed, company.tenant)
            addresses = {company.email, other_address(company)} - {""}
            customers[company.tenant] = Customer(company, nature, shared, addresses)
        self.directory = CustomerDirectory(customers)
        self.stack.mailbox.reject_addresses(self.directory.dead_addresses())

    def _sign_in_operators(self, setup: Setup, emulator: Emulator) -> OperatorTeam:
        worker, approver = (
            OperatorSession(person.email, person.name, person.password, self.browser())
            for person in setup.people[:2]
        )
        for session in (worker, approver):
            session.sign_in()
        return OperatorTeam(
            worker,
            approver,
            self.directory.customers,
            emulator,
            self.ground_truth,
            self.options.seed,
            self.now,
        )

    def _run_programme(self, setup: Setup, companies: list[Company], begin: datetime) -> dict[str, Any]:
        from novation.rehearsal.clock_driver import ClockDriver
        from novation.rehearsal.clock_hold import hold_file
        from novation.rehearsal.db_probe import ProbeResult, count_looked_up_steps
        from novation.rehearsal.progress import Display, Figures

        emulator = self._emulator
        kills = KillSchedule(self.options.kills, len(companies), self.options.seed)
        web_kills = KillSchedule(self.options.web_kills, len(companies), self.options.seed, of="web")
        first = next_hour(begin + timedelta(hours=1), OPERATOR_HOURS)
        for number, (wave, size) in enumerate(setup.waves):
            self._plan_launch(first + number * PILOT_DURATION, wave, size)

        def figures() -> Figures:
            counters = emulator.summary()
            mails = len(self.stack.mailbox.mails)
            return Figures(
                counters["calls"], counters["throttled"], mails, count_looked_up_steps(), self.stack.kills
            )

        self.stack.start_exporter()
        display = Display(self.console, len(companies), figures, begin)

        def on_poll(now: datetime, probe: ProbeResult) -> None:
            if kills.is_due(probe.entries):
                self.stack.kill_engine()
            if self.scheduler.active and web_kills.is_due(probe.entries):  # while somebody has a page open
                self.stack.kill_web()
            self.stack.check_children()
            display.show(now, probe)

        driver = ClockDriver(
            now=self.now,
            jump=emulator.advance_to,
            scheduler=self.scheduler,
            next_sitting=lambda moment: next_hour(moment, OPERATOR_HOURS),
            start_sitting=lambda: self.scheduler.schedule(
                self.now(), "operators' sitting", self.team.work_queue
            ),
            hold=hold_file(self.options.home),
            on_poll=on_poll,
        )
        with display:
            driver.run()
        self.seconds["play"] = time.monotonic() - self.started - self.seconds["stage"]
        self._jumps = driver.jumps
        self.seconds |= {f"waited for {what}": taken for what, taken in driver.waited.items()}
        self.scheduler.close()
        self.ground_truth.save(self.options.home / "ground-truth.jsonl")
        return self._evaluate(setup, companies, begin, kills.left + web_kills.left)

    @property
    def _emulator(self) -> Emulator:
        if self.stack.emulator is None:
            raise RuntimeError("The parts are not started.")
        return self.stack.emulator

    def _plan_launch(self, moment: datetime, wave: int, size: int) -> None:
        def launch() -> None:
            try:
                self.team.launch_wave(wave, size)
            except PageError as problem:
                if self.stack.web_kills == before:
                    raise
                # The pages went away meanwhile: whether it was launched is seen when they are back.
                logging.getLogger(__name__).info("Wave %s: %s", wave, problem)
                self._plan_launch(next_hour(self.now() + timedelta(minutes=30), OPERATOR_HOURS), wave, size)

        before = self.stack.web_kills
        self.scheduler.schedule(moment, f"launch of wave {wave}", launch)

    def _evaluate(
        self, setup: Setup, companies: list[Company], begin: datetime, kills_left: int
    ) -> dict[str, Any]:
        from novation import clock
        from novation.rehearsal import bundles, oracle, summary
        from novation.rehearsal.exporter import read_verdicts

        emulator, ended = self._emulator, self.now()
        self.stack.stop_exporter()
        with Progress(console=self.console, transient=True, disable=not self.console.is_terminal) as bar:
            task = bar.add_task("Exporting and verifying evidence", total=len(companies))
            exported = bundles.export_and_verify(
                self.options.home / "bundles",
                read_verdicts(self.options.home),
                clock=clock.clock(),
                step=lambda done: bar.update(task, completed=done),
            )
        items = oracle.compare_items(emulator.truths([c.tenant for c in companies]), self.active_items)
        misdelivered = (f"mail to nobody: {mail.to}" for mail in self.directory.misdelivered)
        owners = {a: c.company.tenant for c in self.directory.customers.values() for a in c.addresses}
        found = summary.collect_figures(
            companies=companies,
            items=items,
            call_record_summary=emulator.summary(),
            call_record=list(emulator.call_record()),
            acts=self.ground_truth.acts(),
            mails=self.stack.mailbox.mails,
            owners=owners,
            bundles=exported,
        )
        found |= {
            "version": __version__,
            "seed": self.options.seed,
            "faults": self.options.faults,
            "home": str(self.options.home),
            "imported": setup.imported,
            "import_problems": list(setup.unusable),
            "mails_refused": self.stack.mailbox.refused,
            "mishaps": [*self.scheduler.failures, *misdelivered][:20],
            "kills": self.stack.kills,
            "web_kills": self.stack.web_kills,
            "kills_left": kills_left,
            "engine_falls": self.stack.crashes,
            "virtual_days": (ended - begin).days,
            "forecast": self._forecast(setup, begin),
            "jumps": self._jumps,
            "seconds": {name: round(taken, 1) for name, taken in self.seconds.items()},
            "cpu_seconds": self.stack.cpu_seconds(),
            "wall_seconds": round(time.monotonic() - self.started, 1),
        }
        return summary.with_invariants(found)

    def _forecast(self, setup: Setup, begin: datetime) -> dict[str, Any]:
        """What the simulator says of such customers, without having seen what they did."""
        from novation.moves.selectors import home
        from novation.rehearsal.expected import forecast_rehearsal

        programme = home.programme()
        if programme is None:
            raise RuntimeError("The parts are not started.")
        return forecast_rehearsal(
            self.options.customers,
            begin=begin,
            waves=tuple(size for _, size in setup.waves) or (1,),
            every=PILOT_DURATION,
            policy=programme.policy,
            seed=self.options.seed,
        )

    def _write_results(self, summary: dict[str, Any], person: OperatorAccount) -> None:
        from novation.rehearsal import report

        report.print_report(self.console, summary)
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        for path in filter(None, (self.options.json, self.options.home / "summary.json")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if self.options.stay:
            self._keep_console_open(person)

    def _keep_console_open(self, person: OperatorAccount) -> None:
        """Leaves the console open until Ctrl-C."""
        self._emulator.set_speed(1.0)
        self.console.print(f"\nThe console is open: {self.stack.address}/console/")
        self.console.print(f"Sign in as {person.email} with {person.password}", highlight=False)
        self.console.print("Ctrl-C ends it.")
        try:
            while True:
                self.stack.check_children()
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.console.print("Ended.")


def _thread_safe(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock for several threads."""
    lock = threading.Lock()

    def read() -> datetime:
        with lock:
            return now()

    return read

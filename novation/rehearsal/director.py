"""`novation demo`: sets the stage, lets the programme run to its end, and judges it."""

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
from novation.rehearsal.browser import Browser, NoPage, shared_connections
from novation.rehearsal.calendar import WORKING, next_hour
from novation.rehearsal.chaos import Killer
from novation.rehearsal.customers import Customer, Surroundings, Town, other_address
from novation.rehearsal.emulator_control import Company, Emulator
from novation.rehearsal.ground_truth_log import Journal
from novation.rehearsal.mailbox import Letter, Mailbox
from novation.rehearsal.operators import Desk, Office
from novation.rehearsal.personas import character
from novation.rehearsal.scheduler import Agenda
from novation.rehearsal.stack import World

if TYPE_CHECKING:
    from novation.rehearsal.fixtures import Ground, Person

#: Simulated people who act at the same time.
PEOPLE = 8
#: The second wave follows the pilot after so long.
PILOT_LASTS = timedelta(days=1)


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
        home=home.place(options.home),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return Rehearsal(chosen, console).run()


class Rehearsal:
    """One run, from an empty folder to the verdict."""

    def __init__(self, options: Options, console: Console) -> None:
        self.options, self.console = options, console
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.journal = Journal()
        self.town = Town({})
        self.world = World(options.home, options.database, Mailbox(self._deliver))

    def _deliver(self, letter: Letter) -> None:
        self.town.deliver(letter)

    def run(self) -> int:
        """Runs it, and ends every process that it started, whatever happens."""
        home.fresh(self.options.home)
        logging.basicConfig(
            filename=self.options.home / "logs" / "people.log", level=logging.INFO, force=True
        )
        for name in ("httpx2", "httpcore2", "mail.log"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            with self.console.status("Setting the stage …"):
                ground, companies, begin = self._set_the_stage()
            self.seconds["stage"] = time.monotonic() - self.started
            summary = self._play(ground, companies, begin)
            self._finish(summary, ground.people[-1])
            return 0 if all(summary["invariants"].values()) else 1
        finally:
            self.world.close()

    def _set_the_stage(self) -> tuple[Ground, list[Company], datetime]:
        chosen = self.options
        emulator = self.world.start_outside(
            customers=chosen.customers, seed=chosen.seed, faults=chosen.faults
        )
        self.world.enter()
        # Django reads the environment once, so it is not imported before it is settled.
        import django

        django.setup()
        from novation import clock
        from novation.rehearsal import fixtures, oracle, summary  # noqa: F401 (all that may be missing is missed now)

        fixtures.prepare_database(own=not chosen.database)
        if self.world.timekeepers is not None:
            self.world.timekeepers.pin()
        self.world.start_web()
        companies = emulator.companies()
        begin = clock.now()
        ground = fixtures.lay(emulator.ready, companies, folder=chosen.home, now=begin)
        self.world.start_engine()
        self.originals = oracle.originals(emulator.truths([company.tenant for company in companies]))
        self.now = _reader(clock.now)
        self._people_the_town(companies, emulator)
        self.world.wait_for_web()
        self.world.mailbox.know(person.email for person in ground.people)
        self.office = self._open_the_office(ground, emulator)
        return ground, companies, begin

    def _people_the_town(self, companies: list[Company], emulator: Emulator) -> None:
        transport = shared_connections()
        self.browser: Callable[[], Browser] = lambda: Browser(transport, self.world.address)
        self.agenda = Agenda(PEOPLE)
        around = Surroundings(self.agenda, self.world.mailbox, emulator, self.journal, self.browser, self.now)
        customers = {}
        for company in companies:
            nature = character(self.options.seed, company.tenant)
            addresses = {company.email, other_address(company)} - {""}
            customers[company.tenant] = Customer(company, nature, around, addresses)
        self.town = Town(customers)
        self.world.mailbox.refuse(self.town.dead_addresses())

    def _open_the_office(self, ground: Ground, emulator: Emulator) -> Office:
        worker, approver = (
            Desk(person.email, person.name, person.password, self.browser()) for person in ground.people[:2]
        )
        for desk in (worker, approver):
            desk.sign_in()
        return Office(
            worker, approver, self.town.customers, emulator, self.journal, self.options.seed, self.now
        )

    def _play(self, ground: Ground, companies: list[Company], begin: datetime) -> dict[str, Any]:
        from novation.rehearsal.clock_driver import Governor
        from novation.rehearsal.db_probe import Pulse, looked_up
        from novation.rehearsal.progress import Display, Figures

        emulator = self._emulator
        killer = Killer(self.options.kills, len(companies), self.options.seed)
        web_killer = Killer(self.options.web_kills, len(companies), self.options.seed, of="web")
        first = next_hour(begin + timedelta(hours=1), WORKING)
        for number, (wave, size) in enumerate(ground.waves):
            self._plan_launch(first + number * PILOT_LASTS, wave, size)

        def figures() -> Figures:
            counters = emulator.summary()
            mails = len(self.world.mailbox.letters)
            return Figures(counters["calls"], counters["throttled"], mails, looked_up(), self.world.kills)

        display = Display(self.console, len(companies), figures, begin)

        def on_look(now: datetime, pulse: Pulse) -> None:
            if killer.due(pulse.entries):
                self.world.kill_engine()
            if self.agenda.active and web_killer.due(pulse.entries):  # while somebody has a page open
                self.world.kill_web()
            self.world.watch()
            display.show(now, pulse)

        governor = Governor(
            now=self.now,
            jump=emulator.advance_to,
            agenda=self.agenda,
            office_hours=lambda moment: next_hour(moment, WORKING),
            sit=lambda: self.agenda.at(self.now(), "operators' sitting", lambda: self._sit()),
            on_look=on_look,
        )
        with display:
            governor.run()
        self.seconds["play"] = time.monotonic() - self.started - self.seconds["stage"]
        self._jumps = governor.jumps
        self.seconds |= {f"waited for {what}": taken for what, taken in governor.spent.items()}
        self.agenda.close()
        self.journal.save(self.options.home / "journal.jsonl")
        return self._judge(ground, companies, begin, killer.left + web_killer.left)

    @property
    def _emulator(self) -> Emulator:
        if self.world.emulator is None:
            raise RuntimeError("The stage is not set.")
        return self.world.emulator

    def _sit(self) -> None:
        self.office.work()

    def _plan_launch(self, moment: datetime, wave: int, size: int) -> None:
        def launch() -> None:
            try:
                self.office.launch(wave, size)
            except NoPage as problem:
                if self.world.web_kills == before:
                    raise
                # The pages went away meanwhile: whether it was launched is seen when they are back.
                logging.getLogger(__name__).info("Wave %s: %s", wave, problem)
                self._plan_launch(next_hour(self.now() + timedelta(minutes=30), WORKING), wave, size)

        before = self.world.web_kills
        self.agenda.at(moment, f"launch of wave {wave}", launch)

    def _judge(
        self, ground: Ground, companies: list[Company], begin: datetime, kills_left: int
    ) -> dict[str, Any]:
        from novation import clock
        from novation.rehearsal import bundles, oracle, summary

        emulator, ended = self._emulator, self.now()
        with Progress(console=self.console, transient=True, disable=not self.console.is_terminal) as bar:
            task = bar.add_task("Exporting and verifying evidence", total=len(companies))
            exported = bundles.export_and_verify(
                self.options.home / "bundles",
                clock=clock.clock(),
                step=lambda done: bar.update(task, completed=done),
            )
        holdings = oracle.holdings(emulator.truths([c.tenant for c in companies]), self.originals)
        owners = {a: c.company.tenant for c in self.town.customers.values() for a in c.addresses}
        found = summary.figures(
            companies=companies,
            holdings=holdings,
            ledger_summary=emulator.summary(),
            ledger=list(emulator.ledger()),
            acts=self.journal.acts(),
            letters=self.world.mailbox.letters,
            owners=owners,
            bundles=exported,
        )
        found |= {
            "version": __version__,
            "seed": self.options.seed,
            "faults": self.options.faults,
            "home": str(self.options.home),
            "imported": ground.imported,
            "import_problems": list(ground.unusable),
            "mails_refused": self.world.mailbox.refused,
            "mishaps": [*self.agenda.mishaps, *(f"mail to nobody: {x.to}" for x in self.town.lost)][:20],
            "kills": self.world.kills,
            "web_kills": self.world.web_kills,
            "kills_left": kills_left,
            "engine_falls": self.world.falls,
            "virtual_days": (ended - begin).days,
            "forecast": self._expected(ground, begin),
            "jumps": self._jumps,
            "seconds": {name: round(taken, 1) for name, taken in self.seconds.items()},
            "cpu_seconds": self.world.cpu_seconds(),
            "wall_seconds": round(time.monotonic() - self.started, 1),
        }
        return summary.complete(found)

    def _expected(self, ground: Ground, begin: datetime) -> dict[str, Any]:
        """What the simulator says of such customers, without having seen what they did."""
        from novation.moves.selectors import home
        from novation.rehearsal.expected import expected

        programme = home.programme()
        if programme is None:
            raise RuntimeError("The stage is not set.")
        return expected(
            self.options.customers,
            begin=begin,
            waves=tuple(size for _, size in ground.waves) or (1,),
            every=PILOT_LASTS,
            policy=programme.policy,
            seed=self.options.seed,
        )

    def _finish(self, summary: dict[str, Any], person: Person) -> None:
        from novation.rehearsal import report

        report.show(self.console, summary)
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        for path in filter(None, (self.options.json, self.options.home / "summary.json")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if self.options.stay:
            self._stay(person)

    def _stay(self, person: Person) -> None:
        """Leaves the console open until Ctrl-C."""
        self._emulator.run_at(1.0)
        self.console.print(f"\nThe console is open: {self.world.address}/console/")
        self.console.print(f"Sign in as {person.email} with {person.password}", highlight=False)
        self.console.print("Ctrl-C ends it.")
        try:
            while True:
                self.world.watch()
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.console.print("Ended.")


def _reader(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock for several threads."""
    lock = threading.Lock()

    def read() -> datetime:
        with lock:
            return now()

    return read

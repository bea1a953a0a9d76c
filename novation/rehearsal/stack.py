"""The running parts of a rehearsal: emulator, mail server, web, engine, and the environment they share."""

from __future__ import annotations

import importlib
import os
import resource
import secrets
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from novation.clock import SharedClock
from novation.domain.errors import NeedsOperator
from novation.rehearsal import processes
from novation.rehearsal.emulator_control import Emulator
from novation.rehearsal.fake_tsa import FakeTimeServices
from novation.rehearsal.mailbox import Mailbox
from novation.rehearsal.processes import Child
from novation.serving import server

#: Virtual seconds in one real second while anybody works: a minute. In between the clock jumps.
CLOCK_SPEED = 60.0
#: Real seconds between checkpoints beside those that decisions cause: at this speed, one a day.
CHECKPOINT_SECONDS = "1200"
#: Real seconds that a call may take, by how Microsoft misbehaves: a hostile one is slow as well.
CALL_TIMEOUT = {"none": 0.6, "default": 0.6, "hostile": 2.0}
#: Real seconds that a part may take to come up.
STARTUP_SECONDS = 40.0
#: Real seconds for the exporter to finish the batch in hand.
EXPORT_SECONDS = 30.0
#: Times that an engine which ended by itself is started again.
MAX_RESTARTS = 3


#: What Django needs before it knows its settings, and our own modules that know no Django: half of its start.
PRELOADED = (
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.db.models",
    "django.forms",
    "novation.domain.decide",
    "novation.domain.simulation",
    "novation.evidence.verify",
)


def preload() -> None:
    """Imports what does not depend on settings, while other processes start."""
    for name in PRELOADED:
        importlib.import_module(name)


@dataclass
class Stack:
    """Everything that runs beside the director. `start_*` and `watch` belong into the main thread."""

    home: Path
    database: str
    mailbox: Mailbox
    emulator: Emulator | None = None
    time_services: FakeTimeServices | None = None
    web: Child | None = None
    engine: Child | None = None
    exporter: Child | None = None
    web_port: int = 0
    kills: int = 0
    web_kills: int = 0
    crashes: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def clock_file(self) -> Path:
        """The file that shares the virtual clock."""
        return self.home / "clock.json"

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.web_port}"

    def start_outside(self, *, customers: int, seed: int, faults: str) -> Emulator:
        """Starts Microsoft's side, the mail server and two time services; settles the environment of our parts."""
        self.mailbox.start()
        self.emulator = Emulator.start(
            customers=customers,
            seed=seed,
            faults=faults,
            speed=CLOCK_SPEED,
            clock_file=self.clock_file,
            log=self.home / "logs" / "emulator.log",
            environment=processes.clean_environment(),
            meanwhile=preload,
        )
        self.time_services = FakeTimeServices(SharedClock(self.clock_file).now)
        self.time_services.start()
        self.web_port = processes.free_port()
        ready = self.emulator.ready
        self.environment = processes.clean_environment() | {
            "DJANGO_SETTINGS_MODULE": "novation.rehearsal.settings",
            "NOVATION_HOME": str(self.home),
            "NOVATION_SECRET_KEY": secrets.token_hex(32),
            "NOVATION_CLOCK_FILE": str(self.clock_file),
            "NOVATION_API_URL": ready["api"],
            "NOVATION_LOGIN_URL": ready["login"],
            "NOVATION_GRAPH_URL": ready["graph"],
            "NOVATION_ADMIN_URL": ready["api"],
            "NOVATION_COMPONENT_ORIGIN": ready["api"],
            "NOVATION_PUBLIC_URL": self.address,
            "NOVATION_CHECKPOINT_EVERY": CHECKPOINT_SECONDS,
            "NOVATION_API_RATE": "60000",
            "NOVATION_API_CONCURRENCY": "16",
            "NOVATION_API_TIMEOUT": str(CALL_TIMEOUT[faults]),
            "NOVATION_MAIL": "smtp",
            "NOVATION_MAIL_PORT": str(self.mailbox.port),
            "NOVATION_MAIL_RATE": "60000",
            "NOVATION_MAIL_DAILY": "0",
            "NOVATION_TIME_SERVICES": self.time_services.setting,
            "NOVATION_LOG_LEVEL": "WARNING",
        }
        if self.database:
            self.environment["DATABASE_URL"] = self.database
        return self.emulator

    def apply_environment(self) -> None:
        """Gives this process the same environment, before Django reads it."""
        for name in [name for name in os.environ if name.startswith("NOVATION_") or name == "DATABASE_URL"]:
            del os.environ[name]
        os.environ.update(self.environment)

    def start_web(self) -> None:
        """Starts the pages; `wait_for_web` says when they are there."""
        command = server("127.0.0.1", self.web_port, 1)
        self.web = processes.start(
            "web", command, environment=self.environment, log=self.home / "logs" / "web.log",
            last_signal=signal.SIGTERM,
        )  # fmt: skip

    def wait_for_web(self) -> None:
        """Waits until the pages answer.

        Raises:
            NeedsOperator: they do not come up.
        """
        deadline = time.monotonic() + STARTUP_SECONDS
        # Without TLS there is nothing to verify, and reading the certificates would take longer than the page.
        with httpx2.Client(base_url=self.address, trust_env=False, verify=False, timeout=5.0) as client:
            while time.monotonic() < deadline and self.web is not None and self.web.alive:
                try:
                    if client.get("/accounts/login/").status_code == 200:
                        return
                except httpx2.HTTPError:
                    time.sleep(0.05)
        words = self.web.last_words() if self.web else ""
        raise NeedsOperator(f"The web server did not start: {words or 'see logs/web.log'}")

    def start_engine(self) -> None:
        """Starts the engine."""
        self.engine = processes.start(
            "engine", ["-m", "novation", "engine"], environment=self.environment,
            log=self.home / "logs" / "engine.log",
        )  # fmt: skip

    def start_exporter(self) -> None:
        """Starts the process that exports bundles meanwhile."""
        self.exporter = processes.start(
            "exporter", ["-m", "novation.rehearsal.exporter", str(self.home)], environment=self.environment,
            log=self.home / "logs" / "exporter.log",
        )  # fmt: skip

    def stop_exporter(self) -> None:
        """Lets the exporter finish what it has in hand."""
        if self.exporter is not None:
            self.exporter.stop(EXPORT_SECONDS)

    def kill_engine(self) -> None:
        """kill -9 and a new start."""
        if self.engine is not None:
            self.engine.kill()
        self.kills += 1
        self.start_engine()

    def kill_web(self) -> None:
        """kill -9 while people have pages open, and a new start; back when the pages answer again."""
        if self.web is not None:
            self.web.kill()
        self.web_kills += 1
        self.start_web()
        self.wait_for_web()

    def check_children(self) -> None:
        """Notices a part that has ended by itself: the engine is started again, the others end the rehearsal.

        Raises:
            NeedsOperator: a part is gone for good.
        """
        for child in (self.emulator.child if self.emulator else None, self.web):
            if child is not None and not child.alive:
                raise NeedsOperator(f"The {child.name} ended: {child.last_words()} ({child.log})")
        if self.engine is not None and not self.engine.alive:
            self.crashes.append(self.engine.last_words(1))
            if len(self.crashes) > MAX_RESTARTS:
                raise NeedsOperator(
                    f"The engine ended again and again: {self.crashes[-1]} ({self.engine.log})"
                )
            self.start_engine()

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time of each part since its start; `ended` are those that have ended, such as verifiers."""
        emulator = self.emulator.child if self.emulator else None
        parts = [child for child in (emulator, self.web, self.engine, self.exporter) if child]
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = {"director": time.process_time(), "ended": ended.ru_utime + ended.ru_stime}
        spent |= {child.name: child.cpu_seconds() for child in parts if child.alive}
        return {name: round(seconds, 1) for name, seconds in (spent | {"total": sum(spent.values())}).items()}

    def close(self) -> None:
        """Ends everything, the engine first, so that it can hand back what it holds."""
        for child in (self.exporter, self.engine, self.web):
            if child is not None:
                child.stop()
        if self.emulator is not None:
            self.emulator.close()
        if self.time_services is not None:
            self.time_services.stop()
        self.mailbox.stop()
